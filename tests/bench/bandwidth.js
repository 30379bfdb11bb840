// How fast this machine reads memory, seen from WebAssembly: a module made of a few dozen bytes, whose one function
// reads a buffer in 16-byte vectors from one end to the other. A step of a model cannot be faster than one such reading
// of its weights.

const PAGE = 65536
const VECTORS = 8 // accumulators, and vectors an iteration: enough to hide the latency of a load

/**
 * @param {number} size Bytes of the buffer.
 * @returns {Promise<(times: number) => number>} Reads it so many times; the answer depends on every byte.
 */
export async function bandwidthReader(size) {
  const chunk = 16 * VECTORS
  const bytes = Math.ceil(size / chunk) * chunk
  const { instance } = await WebAssembly.instantiate(assemble(Math.ceil(bytes / PAGE)))
  const { memory, read } = /** @type {any} */ (instance.exports)
  new Uint32Array(memory.buffer).forEach((_, i, words) => {
    words[i] = Math.imul(i, 0x9e3779b9)
  })
  return (times) => {
    let all = 0
    for (let i = 0; i < times; i += 1) all ^= read(bytes)
    return all
  }
}

/**
 * (func (export "read") (param $end i32) (result i32) (local $at i32) (local $sum v128 × 8)
 *   loop   $sum[v] = $sum[v] xor load($at + 16 v)   for all v;   $at += 128;   again while $at < $end   end
 *   any lane of the xor of all $sum)
 *
 * @param {number} pages Of the memory it exports, too.
 */
function assemble(pages) {
  const I32 = 0x7f
  const V128 = 0x7b
  const END = 0
  const AT = 1
  const sum = (/** @type {number} */ v) => 2 + v
  const get = (/** @type {number} */ local) => [0x20, local]
  const set = (/** @type {number} */ local) => [0x21, local]
  const load = (/** @type {number} */ offset) => [0xfd, ...leb(0), 4, ...leb(offset)]
  const XOR = [0xfd, ...leb(0x51)]
  const vectors = Array.from({ length: VECTORS }, (_, v) => v)
  const body = [
    ...[0x03, 0x40], // loop
    ...vectors.flatMap((v) => [...get(sum(v)), ...get(AT), ...load(16 * v), ...XOR, ...set(sum(v))]),
    ...[...get(AT), 0x41, ...signedLeb(16 * VECTORS), 0x6a, 0x22, AT], // at + 128, kept in $at by local.tee
    ...[...get(END), 0x49, 0x0d, 0x00, 0x0b], // at < end: br_if 0; end of the loop
    ...get(sum(0)),
    ...vectors.slice(1).flatMap((v) => [...get(sum(v)), ...XOR]),
    ...[0xfd, ...leb(0x1b), 0], // i32x4.extract_lane 0
    0x0b,
  ]
  const locals = [2, 1, I32, VECTORS, V128]
  const name = (/** @type {string} */ text) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))]
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 1, I32]), // the type of the function
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...leb(pages)]), // the memory
    ...section(7, [2, ...name('read'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...sized([...locals, ...body])]),
  ])
}

/** @param {number[]} bytes */
const sized = (bytes) => [...leb(bytes.length), ...bytes]

/**
 * @param {number} id
 * @param {number[]} bytes
 */
const section = (id, bytes) => [id, ...sized(bytes)]

/**
 * Little-endian base 128.
 * @param {number} value
 * @returns {number[]}
 */
const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)])

/**
 * The same for a signed number, here never negative: the highest bit of the last byte is the sign.
 * @param {number} value
 * @returns {number[]}
 */
const signedLeb = (value) => (value < 64 ? [value] : [(value & 127) | 128, ...signedLeb(value >>> 7)])
