/**
 * safetensors, the container of our model files: an 8-byte little-endian header length, a JSON header, then the values
 * of all tensors without gaps. (Format: https://github.com/huggingface/safetensors#format.)
 *
 * The reader trusts nothing: it checks every size against the bytes that are there before it allocates, and it copies
 * no values. The C++ core has the same checks and the same limits (cpp/io/safetensors.h).
 *
 * Numbers are little-endian, like every machine that WebAssembly runs on, so typed arrays are written as they are.
 *
 * @module
 */

import { describe, mdnError } from './errors.js'
import { isJsonObject, parseJson } from './json.js'

/**
 * Limits of the reader. A header this long describes some hundred thousand tensors; ours are a few kilobytes.
 * Nesting is limited by `JSON_DEPTH` of js/json.js.
 */
export const SAFETENSORS_LIMITS = Object.freeze({ headerBytes: 16 * 2 ** 20, tensors: 4096, rank: 4 })

const ELEMENT_BYTES = Object.freeze({ F32: 4, F16: 2, I8: 1 })

/** @typedef {keyof typeof ELEMENT_BYTES} Dtype */

/**
 * A named array in a file. `bytes` is a view into the file; its start is not aligned for wider types.
 *
 * @typedef {object} Tensor
 * @property {Dtype} dtype
 * @property {number[]} shape Row-major; `[]` is one number.
 * @property {Uint8Array} bytes
 */

/**
 * @typedef {object} SafetensorsFile
 * @property {Record<string, string>} metadata An object without a prototype.
 * @property {Map<string, Tensor>} tensors
 */

/**
 * Reads the header; the tensors are views into `bytes`.
 *
 * Throws 'bad-file' for anything cut short, extended, overlapping or otherwise damaged, 'too-large' above
 * {@link SAFETENSORS_LIMITS}, 'unsupported' for a dtype other than F32, F16 and I8. Values are not looked at: whoever
 * converts them to numbers judges NaN and infinity.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 * @returns {SafetensorsFile}
 */
export function readSafetensors(bytes) {
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) {
    throw mdnError('bad-argument', 'A safetensors file is given as bytes', {
      argument: 'bytes',
      expected: 'a Uint8Array or an ArrayBuffer',
      received: bytes,
    })
  }
  const file = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
  const headerBytes = readHeaderLength(file)
  const header = parseJson(decodeHeader(file.subarray(8, 8 + headerBytes)), 'the safetensors header')
  if (!isJsonObject(header)) throw damaged('the header is no JSON object', '{…}', header)
  const data = file.subarray(8 + headerBytes)

  const names = Object.keys(header).filter((name) => name !== '__metadata__')
  if (names.length > SAFETENSORS_LIMITS.tensors) {
    throw mdnError('too-large', 'Too many tensors in the safetensors file', {
      expected: `at most ${SAFETENSORS_LIMITS.tensors}`,
      received: names.length,
    })
  }
  const entries = names.map((name) => readEntry(name, header[name], data.length))
  checkCoverage(entries, data.length)
  return {
    metadata: readMetadata(header.__metadata__),
    tensors: new Map(
      entries.map(({ name, dtype, shape, begin, end }) => [name, { dtype, shape, bytes: data.subarray(begin, end) }]),
    ),
  }
}

/**
 * Writes a file. The same content gives the same bytes whatever the order of insertion: tensors stand by falling
 * element width, then by name, so that each starts at a multiple of its element's size; metadata by name. The header is
 * padded with spaces to a multiple of 8 bytes.
 *
 * @param {{ metadata?: Record<string, string>, tensors: Map<string, Tensor> | Record<string, Tensor> }} content
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeSafetensors({ metadata = {}, tensors }) {
  const entries = [...(tensors instanceof Map ? tensors : Object.entries(tensors))].sort(
    ([aName, a], [bName, b]) => ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype] || byName(aName, bName),
  )
  /** @type {[string, unknown][]} */
  const header = [['__metadata__', Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => byName(a, b)))]]
  let offset = 0
  for (const [name, { dtype, shape, bytes }] of entries) {
    const expected = shape.reduce((product, size) => product * size, 1) * ELEMENT_BYTES[dtype]
    if (bytes.length !== expected) {
      throw mdnError('bad-shape', `Tensor '${name}' has the wrong number of bytes`, {
        argument: name,
        expected: `${expected} for ${dtype} [${shape}]`,
        received: bytes.length,
      })
    }
    header.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }])
    offset += bytes.length
  }
  // Members are joined by hand because an object would move names such as '0' to the front.
  const members = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  const text = new TextEncoder().encode(`{${members.join(',')}}`)
  const headerBytes = Math.ceil(text.length / 8) * 8

  const file = new Uint8Array(8 + headerBytes + offset)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.set(text, 8)
  file.fill(0x20, 8 + text.length, 8 + headerBytes)
  let position = 8 + headerBytes
  for (const [, { bytes }] of entries) {
    file.set(bytes, position)
    position += bytes.length
  }
  return file
}

/**
 * A tensor over the values of a typed array (a view, not a copy): F32 of a Float32Array, I8 of an Int8Array and F16 of
 * a Uint16Array, which holds the bits that {@link toFloat16} gives.
 *
 * @param {Float32Array | Uint16Array | Int8Array} values
 * @param {number[]} shape
 * @returns {Tensor}
 */
export function tensorOf(values, shape) {
  const dtype = values instanceof Float32Array ? 'F32' : values instanceof Uint16Array ? 'F16' : 'I8'
  return { dtype, shape: [...shape], bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

/**
 * The values of a tensor as float32, in a new array: F16 expanded exactly, I8 multiplied by the scale of its column
 * (the last index), which stands in the F32 tensor `NAME_scale`.
 *
 * @param {Map<string, Tensor>} tensors
 * @param {string} name
 * @returns {Float32Array<ArrayBuffer>}
 */
export function readFloats(tensors, name) {
  const tensor = tensors.get(name)
  if (!tensor) throw damaged('a tensor is missing', `'${name}'`, [...tensors.keys()].join(', '))
  const { dtype, shape, bytes } = tensor
  const copy = new Uint8Array(bytes).buffer // aligned, which the view need not be
  if (dtype === 'F32') return new Float32Array(copy)
  if (dtype === 'F16') return fromFloat16(new Uint16Array(copy))

  const values = Float32Array.from(new Int8Array(copy))
  const scaleName = `${name}_scale`
  const columns = shape.length > 0 ? shape[shape.length - 1] : 1
  const scale = tensors.get(scaleName)?.dtype === 'F32' ? readFloats(tensors, scaleName) : undefined
  if (scale?.length !== columns) {
    throw mdnError('bad-shape', `The int8 tensor '${name}' needs a scale for each column`, {
      argument: scaleName,
      expected: `an F32 tensor of ${columns} values`,
      received: scale,
    })
  }
  for (let i = 0; i < values.length; ++i) values[i] *= scale[i % columns]
  return values
}

const floatBits = new Float32Array(1)
const intBits = new Uint32Array(floatBits.buffer)

/**
 * float32 → the bits of IEEE 754 half precision, rounded to nearest, ties to even. Magnitudes from 65520 become
 * infinity, NaN stays NaN.
 *
 * @param {Float32Array} values
 * @returns {Uint16Array<ArrayBuffer>}
 */
export function toFloat16(values) {
  const half = new Uint16Array(values.length)
  for (let i = 0; i < values.length; ++i) {
    floatBits[0] = values[i]
    const bits = intBits[0]
    const sign = (bits >>> 16) & 0x8000
    const magnitude = bits & 0x7fffffff
    if (magnitude > 0x7f800000) {
      half[i] = sign | 0x7e00
    } else if (magnitude >= 0x38800000) {
      // At least 2^-14, a normal half: drop 13 bits of the fraction, rounding up past the middle or at it when odd. A
      // carry runs into the exponent, as it should; past the largest half it gives infinity.
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
      half[i] = sign | Math.min((rounded - 0x38000000) >>> 13, 0x7c00)
    } else {
      half[i] = sign | roundHalfEven(Math.abs(values[i]) * 2 ** 24) // subnormal: multiples of 2^-24
    }
  }
  return half
}

/**
 * The bits of half precision → float32, exact.
 *
 * @param {Uint16Array} half
 * @returns {Float32Array<ArrayBuffer>}
 */
export function fromFloat16(half) {
  const values = new Float32Array(half.length)
  for (let i = 0; i < half.length; ++i) {
    const sign = half[i] & 0x8000 ? -1 : 1
    const exponent = (half[i] >>> 10) & 31
    const fraction = half[i] & 1023
    if (exponent === 31) values[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
    else if (exponent === 0) values[i] = sign * fraction * 2 ** -24
    else values[i] = sign * (1024 + fraction) * 2 ** (exponent - 25)
  }
  return values
}

/**
 * Rounds a kernel to int8 with one scale per column (per output unit): the largest magnitude of a column becomes ±127,
 * so the error is at most half a scale. Ties go to even. A column of zeros gets scale 1.
 *
 * @param {Float32Array} kernel [inputs, outputs], row-major.
 * @param {number} outputs
 * @returns {{ values: Int8Array<ArrayBuffer>, scales: Float32Array<ArrayBuffer> }} kernel ≈ values × scales[column]
 */
export function quantiseInt8PerColumn(kernel, outputs) {
  if (!Number.isInteger(outputs) || outputs < 1 || kernel.length % outputs !== 0) {
    throw mdnError('bad-shape', 'The kernel does not divide into columns', {
      argument: 'outputs',
      expected: `a divisor of ${kernel.length}`,
      received: outputs,
    })
  }
  const scales = new Float32Array(outputs)
  for (let i = 0; i < kernel.length; ++i) {
    const magnitude = Math.abs(kernel[i])
    if (!(magnitude < Number.POSITIVE_INFINITY)) {
      throw mdnError('bad-value', 'A weight is not finite', { argument: 'kernel', received: kernel[i] })
    }
    if (magnitude > scales[i % outputs]) scales[i % outputs] = magnitude
  }
  for (let column = 0; column < outputs; ++column) scales[column] = scales[column] / 127
  for (let column = 0; column < outputs; ++column) if (scales[column] === 0) scales[column] = 1

  const values = new Int8Array(kernel.length)
  for (let i = 0; i < kernel.length; ++i) {
    const value = roundHalfEven(kernel[i] / scales[i % outputs])
    values[i] = Math.max(-127, Math.min(127, value)) // a denormal scale is too coarse to keep the quotient in range
  }
  return { values, scales }
}

/** @param {number} x */
function roundHalfEven(x) {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/** @param {Uint8Array} file */
function readHeaderLength(file) {
  if (file.length < 8) throw damaged('the file is cut short', 'at least 8 bytes', `${file.length} bytes`)
  const length = Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  const present = file.length - 8
  if (length > present) {
    throw damaged(
      'the file is cut short or something else',
      `a header of ${length} bytes`,
      `${present} bytes after its length`,
    )
  }
  if (length > SAFETENSORS_LIMITS.headerBytes) {
    throw mdnError('too-large', 'The header of the safetensors file is too long', {
      expected: `at most ${SAFETENSORS_LIMITS.headerBytes} bytes`,
      received: length,
    })
  }
  return length
}

/** @param {Uint8Array} bytes */
function decodeHeader(bytes) {
  if (bytes[0] !== 0x7b) throw damaged('the header does not begin like one', "'{'", bytes[0])
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw mdnError('bad-file', 'safetensors: the header is not UTF-8 text', { cause })
  }
}

/**
 * @param {unknown} value
 * @returns {Record<string, string>}
 */
function readMetadata(value) {
  /** @type {Record<string, string>} */
  const metadata = Object.create(null)
  if (value === undefined) return metadata
  if (!isJsonObject(value)) throw damaged('__metadata__ is no object', 'an object of strings', value)
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw damaged(`__metadata__ ${describe(key)} is no string`, 'a string', text)
    metadata[key] = text
  }
  return metadata
}

/**
 * @typedef {{ name: string, dtype: Dtype, shape: number[], begin: number, end: number }} Entry
 *
 * @param {string} name
 * @param {unknown} value
 * @param {number} dataBytes
 * @returns {Entry}
 */
function readEntry(name, value, dataBytes) {
  const where = `tensor ${describe(name)}`
  if (!isJsonObject(value)) throw damaged(`${where} is no object`, '{ dtype, shape, data_offsets }', value)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    throw mdnError('unsupported', `safetensors: ${where} has an unknown dtype`, {
      expected: Object.keys(ELEMENT_BYTES).join(', '),
      received: dtype,
    })
  }
  const elementBytes = ELEMENT_BYTES[/** @type {Dtype} */ (dtype)]
  if (!Array.isArray(shape) || shape.length > SAFETENSORS_LIMITS.rank || !shape.every(isSize)) {
    throw damaged(`${where} has a bad shape`, `at most ${SAFETENSORS_LIMITS.rank} whole numbers`, shape)
  }
  let count = 1
  for (const size of shape) {
    count *= size
    if (count > dataBytes) throw damaged(`${where} is larger than the file`, `at most ${dataBytes} bytes`, `[${shape}]`)
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    throw damaged(`${where} has bad data_offsets`, '[begin, end]', offsets)
  }
  const [begin, end] = offsets
  if (begin > end || end > dataBytes) {
    throw damaged(`${where} lies outside the file`, `offsets from 0 to ${dataBytes}`, `[${begin}, ${end}]`)
  }
  if (end - begin !== count * elementBytes) {
    throw damaged(`${where} has the wrong size`, `${count * elementBytes} bytes for ${dtype} [${shape}]`, end - begin)
  }
  return { name, dtype: /** @type {Dtype} */ (dtype), shape, begin, end }
}

/**
 * The format allows neither gaps nor overlaps: by position, each tensor starts where the one before it ended.
 *
 * @param {Entry[]} entries
 * @param {number} dataBytes
 */
function checkCoverage(entries, dataBytes) {
  let position = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      throw damaged(`tensor ${describe(name)} overlaps another or leaves a gap`, `its start at ${position}`, begin)
    }
    position = end
  }
  if (position !== dataBytes) throw damaged('there are bytes after the last tensor', `${position} of data`, dataBytes)
}

/** @param {unknown} value */
function isSize(value) {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31
}

/**
 * @param {string} a
 * @param {string} b
 */
function byName(a, b) {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * @param {string} what
 * @param {string} expected
 * @param {unknown} received
 */
function damaged(what, expected, received) {
  return mdnError('bad-file', `safetensors: ${what}`, { expected, received })
}
