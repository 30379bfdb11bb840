// Part of the slow reference: see model.js in this folder.
//
// Arrays out of an `.npz` (a zip of `.npy`), for Node only. Reads what NumPy's savez and savez_compressed write: entries
// stored or deflated, arrays little-endian, in C order, with a header of format 1.

import { inflateRawSync } from 'node:zlib'

const ARRAYS = {
  '<f4': Float32Array,
  '<f8': Float64Array,
  '<i2': Int16Array,
  '<i4': Int32Array,
  '<i8': BigInt64Array,
  '<u2': Uint16Array,
  '<u8': BigUint64Array,
  '|u1': Uint8Array,
}

export function readNpz(buffer) {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
  const text = (from, length) => new TextDecoder().decode(buffer.subarray(from, from + length))
  let end = buffer.length - 22 // the end record, which stands last as there is no comment
  while (view.getUint32(end, true) !== 0x06054b50) --end
  const arrays = {}
  let at = view.getUint32(end + 16, true) // the first entry of the directory
  for (let entries = view.getUint16(end + 10, true); entries > 0; --entries) {
    const compressed = view.getUint16(at + 10, true) === 8
    const size = view.getUint32(at + 20, true)
    const nameLength = view.getUint16(at + 28, true)
    const name = text(at + 46, nameLength)
    const local = view.getUint32(at + 42, true)
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true)
    const bytes = buffer.subarray(start, start + size)
    arrays[name.replace(/\.npy$/, '')] = readNpy(compressed ? inflateRawSync(bytes) : bytes)
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
  }
  return arrays
}

function readNpy(bytes) {
  const headerLength = bytes[8] + 256 * bytes[9]
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + headerLength))
  const type = /'descr': '([^']+)'/.exec(header)[1]
  return new ARRAYS[type](new Uint8Array(bytes.subarray(10 + headerLength)).buffer)
}
