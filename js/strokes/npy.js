/**
 * NumPy's .npy format: one array. NEP 1 and `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
 *
 * Read: little-endian (or one-byte) bool, int8–64, uint8–64, float16, float32, float64, in C or (up to two dimensions)
 * Fortran order. Refused with 'unsupported': object arrays (they are Python pickles, which run code), text, complex
 * numbers, records, big-endian numbers.
 *
 * @module
 */

import { mdnError } from '../errors.js'

/** @typedef {import('./validate.js').NumericArray | BigInt64Array | BigUint64Array} AnyNumericArray */
/** @typedef {{ data: AnyNumericArray, shape: number[] }} NpyArray Row-major. */

const LONGEST_HEADER = 0x10000

/** @typedef {(buffer: ArrayBufferLike, offset: number, count: number) => AnyNumericArray} View */

/** @type {ReadonlyMap<string, { size: number, view: View }>} */
const TYPES = new Map([
  ['b1', type(1, (...place) => new Uint8Array(...place))],
  ['u1', type(1, (...place) => new Uint8Array(...place))],
  ['i1', type(1, (...place) => new Int8Array(...place))],
  ['u2', type(2, (...place) => new Uint16Array(...place))],
  ['i2', type(2, (...place) => new Int16Array(...place))],
  ['u4', type(4, (...place) => new Uint32Array(...place))],
  ['i4', type(4, (...place) => new Int32Array(...place))],
  ['u8', type(8, (...place) => new BigUint64Array(...place))],
  ['i8', type(8, (...place) => new BigInt64Array(...place))],
  ['f2', type(2, (...place) => Float32Array.from(new Uint16Array(...place), float16))],
  ['f4', type(4, (...place) => new Float32Array(...place))],
  ['f8', type(8, (...place) => new Float64Array(...place))],
])

/**
 * @param {number} size
 * @param {View} view
 */
function type(size, view) {
  return { size, view }
}

/**
 * @param {Uint8Array} bytes The whole file; the result may look into its memory.
 * @param {string} [name] For messages.
 * @returns {NpyArray} float16 comes as Float32Array, bool as Uint8Array of 0 and 1, 64-bit integers as BigInts.
 */
export function readNpy(bytes, name = 'the array') {
  const { descr, isFortran, shape, start } = readNpyHeader(bytes, name)
  const kind = TYPES.get(descr.slice(1))
  if (descr.slice(1, 2) === 'O')
    throw unsupported(name, 'is an array of Python objects, which only Python can unpickle')
  if (kind === undefined || !'<|=>'.includes(descr[0])) throw unsupported(name, `has the type ${descr}`)
  if (descr[0] === '>' && kind.size > 1) throw unsupported(name, 'has big-endian numbers')

  const count = shape.reduce((product, n) => product * n, 1)
  if (count * kind.size !== bytes.length - start) {
    throw broken(
      name,
      `a shape of (${shape.join(', ')}) takes ${count * kind.size} bytes, but there are ${bytes.length - start}`,
    )
  }
  const content = bytes.subarray(start)
  const aligned = content.byteOffset % kind.size === 0 ? content : content.slice()
  const data = kind.view(aligned.buffer, aligned.byteOffset, count)
  if (!isFortran || shape.length < 2) return { data, shape }
  if (shape.length > 2) throw unsupported(name, 'is in Fortran order with more than two dimensions')
  return { data: transpose(data, shape[1], shape[0]), shape }
}

/**
 * What a file says of its array, of any type.
 *
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {{ descr: string, isFortran: boolean, shape: number[], start: number }} `start` of the content.
 */
export function readNpyHeader(bytes, name) {
  const { header, start } = readHeader(bytes, name)
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]{1,20})['"]/.exec(header)?.[1]
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header)?.[1]
  const shapeText = /['"]shape['"]\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1]
  if (descr === undefined && /['"]descr['"]\s*:\s*\[/.test(header)) throw unsupported(name, 'is an array of records')
  if (descr === undefined || order === undefined || shapeText === undefined) throw broken(name, 'its header is damaged')
  const shape = (shapeText.match(/\d+/g) ?? []).map(Number)
  if (shape.length > 32) throw broken(name, 'it has too many dimensions')
  return { descr, isFortran: order === 'True', shape, start }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} name
 */
function readHeader(bytes, name) {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] // \x93NUMPY
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) throw broken(name, 'it is not a .npy file')
  const version = bytes[6]
  if (version < 1 || version > 3) throw unsupported(name, `is of .npy version ${version}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (version > 1 && bytes.length < 12) throw broken(name, 'its header is cut short')
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  const from = version === 1 ? 10 : 12
  if (from + length > bytes.length) throw broken(name, 'its header is cut short')
  if (length > LONGEST_HEADER) throw mdnError('too-large', `The header of ${name} is too long`, { received: length })
  return { header: new TextDecoder().decode(bytes.subarray(from, from + length)), start: from + length }
}

/**
 * @internal
 * @template {AnyNumericArray} A
 * @param {A} data [rows, columns]
 * @param {number} rows
 * @param {number} columns
 * @returns {A} [columns, rows]
 */
export function transpose(data, rows, columns) {
  const result = data.slice()
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = data[r * columns + c]
  }
  return /** @type {A} */ (result)
}

/**
 * IEEE 754 binary16: 1 sign bit, 5 exponent bits, 10 fraction bits.
 *
 * @param {number} bits
 * @returns {number}
 */
function float16(bits) {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/**
 * @param {string} name
 * @param {string} what
 */
function broken(name, what) {
  return mdnError('bad-file', `${name} cannot be read: ${what}`)
}

/**
 * @param {string} name
 * @param {string} what
 */
function unsupported(name, what) {
  return mdnError('unsupported', `${name} ${what}`, {
    fix: 'Save plain numbers, say astype(np.float32); lists of arrays as one array (np.concatenate) and one of offsets.',
  })
}
