// Hostile input for the tests of every reader: seeded, so that a failure can be repeated.

/**
 * Numbers from 0 up to 1, the same for the same seed (mulberry32, a public-domain generator by Tommy Ettinger).
 *
 * @param {number} seed
 * @returns {() => number}
 */
export function seededRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Damaged copies of `bytes`: one to eight times a bit flipped, a byte set to a telling value, a piece removed, repeated
 * or overwritten by another.
 *
 * @param {Uint8Array} bytes
 * @param {{ count: number, seed: number, within?: number }} options `within`: only the first so many bytes are damaged.
 * @returns {Generator<Uint8Array<ArrayBuffer>>}
 */
export function* mutants(bytes, { count, seed, within = bytes.length }) {
  const random = seededRandom(seed)
  const below = (/** @type {number} */ n) => Math.floor(random() * n)
  const telling = [0, 1, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b, 0x5d, 0x65, 0x7b, 0x7d, 0x7f, 0x80, 0xff]
  for (let i = 0; i < count; ++i) {
    let mutant = new Uint8Array(bytes)
    for (let edits = 1 + below(8); edits > 0; --edits) {
      const at = below(Math.min(within, mutant.length))
      const length = 1 + below(16)
      switch (below(5)) {
        case 0:
          mutant[at] ^= 1 << below(8)
          break
        case 1:
          mutant[at] = telling[below(telling.length)]
          break
        case 2:
          mutant = concat(mutant.subarray(0, at), mutant.subarray(at + length))
          break
        case 3:
          mutant = concat(mutant.subarray(0, at + length), mutant.subarray(at))
          break
        case 4:
          mutant.copyWithin(at, below(mutant.length), below(mutant.length))
          break
      }
    }
    yield mutant
  }
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
function concat(a, b) {
  const joined = new Uint8Array(a.length + b.length)
  joined.set(a)
  joined.set(b, a.length)
  return joined
}
