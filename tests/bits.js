// One hash of everything that the engine computes for a small model, to compare machines bit for bit. The same in C++:
// tests/cpp/test_bits.cpp. Runs in Node and on a page.

/** FNV-1a, 64 bits wide, over the bytes of numbers as they lie in memory. */
class BitHash {
  #value = 0xcbf29ce484222325n

  /** @param {ArrayBufferView} values */
  add(values) {
    for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) {
      this.#value = BigInt.asUintN(64, (this.#value ^ BigInt(byte)) * 0x100000001b3n)
    }
  }

  toString() {
    return this.#value.toString(16).padStart(16, '0')
  }
}

/**
 * Observes the rows as class 1 with seed 7, takes 60 steps, and runs 1, 8 and 64 futures of 40 steps with seed 9.
 *
 * @param {import('../js/model.js').Model} model
 * @param {number[][]} rows
 */
export function bitHash(model, rows) {
  const hash = new BitHash()
  const session = model.start({ class: 1, seed: 7 })
  hash.add(session.observe(rows, { logProb: 'parts' }))
  hash.add(session.raw())
  const runFutures = (/** @type {number} */ count) => {
    const futures = session.futures({ count, maxSteps: 40, seed: 9 })
    futures.advance()
    for (const values of [futures.points, futures.logProb, futures.lengths]) hash.add(values)
    futures.dispose()
  }
  for (const count of [1, 8, 64]) runFutures(count)
  const row = new Float32Array(model.dims)
  for (let i = 0; i < 60; i += 1) {
    session.step({}, row)
    hash.add(row)
    hash.add(Float32Array.of(session.logProb))
  }
  session.dispose()
  return `${hash}`
}
