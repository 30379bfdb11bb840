/**
 * Zip archives: the list of entries and the bytes of one, checked. PKWARE, "APPNOTE.TXT – .ZIP File Format
 * Specification" 6.3.10; section numbers below are its.
 *
 * Read: stored and deflated entries (through the platform's DecompressionStream), 64-bit sizes in entries. Refused with
 * 'unsupported': encryption, other methods, several disks, archives beyond 65,534 entries or 4 GiB.
 *
 * A hostile archive gets 'bad-file' or 'too-large' before memory is spent: every entry must lie inside the file and
 * overlap no other, and its declared size must be one that deflate can reach and below the limit. What comes out must
 * have exactly the declared size and its CRC-32.
 *
 * @module
 */

import { mdnError } from '../errors.js'

/**
 * @typedef {object} ZipEntry
 * @property {string} name
 * @property {number} method 0 stored, 8 deflated.
 * @property {number} crc
 * @property {number} start Offset of its data in the file.
 * @property {number} compressedSize
 * @property {number} size
 */

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const LOCAL_HEADER = 0x04034b50
const LONGEST_COMMENT = 0xffff
const NOT_HERE = 0xffffffff // the value is in the 64-bit extra field

/** Deflate's best: 258 bytes from 2 bits (RFC 1951, §3.2.5), and a few bytes for the first block. */
const HIGHEST_RATIO = 1032
const SLACK = 64

/**
 * @param {Uint8Array} bytes The whole archive.
 * @param {{ maxEntries?: number, maxBytes?: number }} [limits] `maxBytes`: of all entries together, uncompressed.
 * @returns {ZipEntry[]}
 */
export function listZip(bytes, { maxEntries = 1024, maxBytes = 2 ** 30 } = {}) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  const count = view.getUint16(end + 10, true)
  const size = view.getUint32(end + 12, true)
  const start = view.getUint32(end + 16, true)
  if (count === 0xffff || size === NOT_HERE || start === NOT_HERE) throw unsupported('a 64-bit directory')
  if (
    view.getUint16(end + 4, true) !== 0 ||
    view.getUint16(end + 6, true) !== 0 ||
    view.getUint16(end + 8, true) !== count
  ) {
    throw unsupported('more than one disk')
  }
  if (count > maxEntries) {
    throw mdnError('too-large', 'The zip file has too many entries', {
      expected: `at most ${maxEntries}`,
      received: count,
    })
  }
  if (start + size !== end) throw broken('its directory is not where it should be')

  /** @type {ZipEntry[]} */
  const entries = []
  let at = start
  let total = 0
  for (let i = 0; i < count; i++) {
    const { entry, next } = readDirectoryEntry(bytes, view, at, end, start)
    total += entry.size
    if (total > maxBytes) {
      throw mdnError('too-large', 'The zip file would unpack to too much', {
        expected: `at most ${maxBytes} bytes`,
        received: total,
        fix: 'If the file is to be trusted, raise maxBytes.',
      })
    }
    entries.push(entry)
    at = next
  }
  if (at !== end) throw broken('its directory has the wrong length')
  const ordered = [...entries].sort((a, b) => a.start - b.start)
  for (let i = 1; i < ordered.length; i++) {
    if (ordered[i - 1].start + ordered[i - 1].compressedSize > ordered[i].start) throw broken('its entries overlap')
  }
  return entries
}

/**
 * @param {Uint8Array} bytes The whole archive.
 * @param {ZipEntry} entry
 * @returns {Promise<Uint8Array>} A fresh copy of the entry's content, its offset in its buffer 0.
 */
export async function unzip(bytes, entry) {
  const packed = bytes.subarray(entry.start, entry.start + entry.compressedSize)
  const content = entry.method === 0 ? new Uint8Array(packed) : await inflate(packed, entry.size, entry.name)
  if (crc32(content) !== entry.crc) throw broken(`the checksum of ${entry.name} is wrong`)
  return content
}

/**
 * Finds the end record (§4.3.16): the last one whose comment reaches exactly to the end of the file.
 *
 * @param {DataView} view
 */
function findEnd(view) {
  const last = view.byteLength - 22
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY && view.getUint16(at + 20, true) === last - at) return at
  }
  throw mdnError('bad-file', 'This is not a complete zip file: its end record is missing', {
    fix: 'Check that the whole file was read.',
  })
}

/**
 * One record of the directory (§4.3.12), with the start of the data taken from the local header (§4.3.7).
 *
 * @param {Uint8Array} bytes
 * @param {DataView} view
 * @param {number} at
 * @param {number} end End of the directory.
 * @param {number} dataEnd Start of the directory: entries end before it.
 * @returns {{ entry: ZipEntry, next: number }}
 */
function readDirectoryEntry(bytes, view, at, end, dataEnd) {
  if (at + 46 > end || view.getUint32(at, true) !== DIRECTORY_ENTRY) throw broken('its directory is damaged')
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const nameLength = view.getUint16(at + 28, true)
  const extraLength = view.getUint16(at + 30, true)
  const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
  if (next > end) throw broken('its directory is damaged')
  const nameBytes = bytes.subarray(at + 46, at + 46 + nameLength)
  const name = new TextDecoder().decode(nameBytes)
  if (flags & 0x2041) throw unsupported(`encryption (${name})`)
  if (method !== 0 && method !== 8) throw unsupported(`compression method ${method} (${name})`)

  const extra = new DataView(view.buffer, view.byteOffset + at + 46 + nameLength, extraLength)
  const [size, compressedSize, offset] = wideSizes(
    extra,
    [24, 20, 42].map((field) => view.getUint32(at + field, true)),
  )
  if (method === 0 && size !== compressedSize) throw broken(`the sizes of ${name} contradict each other`)
  if (size > compressedSize * HIGHEST_RATIO + SLACK) throw broken(`${name} claims a size that its data cannot have`)

  if (offset + 30 > dataEnd || view.getUint32(offset, true) !== LOCAL_HEADER)
    throw broken(`the header of ${name} is missing`)
  const localName = bytes.subarray(offset + 30, offset + 30 + view.getUint16(offset + 26, true))
  const isSame = localName.length === nameLength && localName.every((byte, i) => byte === nameBytes[i])
  if (!isSame || view.getUint16(offset + 8, true) !== method) throw broken(`the two headers of ${name} differ`)
  const start = offset + 30 + nameLength + view.getUint16(offset + 28, true)
  if (start + compressedSize > dataEnd) throw broken(`the data of ${name} is cut short`)
  return { entry: { name, method, crc: view.getUint32(at + 16, true), start, compressedSize, size }, next }
}

/**
 * Replaces the values that are 0xFFFFFFFF by those of the 64-bit extra field (§4.5.3), which holds just these, in order.
 *
 * @param {DataView} extra
 * @param {number[]} values
 */
function wideSizes(extra, values) {
  if (!values.includes(NOT_HERE)) return values
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue
    let from = at + 4
    const end = Math.min(extra.byteLength, from + extra.getUint16(at + 2, true))
    return values.map((value) => {
      if (value !== NOT_HERE) return value
      if (from + 8 > end) throw broken('a 64-bit size is missing')
      from += 8
      return Number(extra.getBigUint64(from - 8, true)) // rounding is harmless: it is compared with the size of the file
    })
  }
  throw broken('a 64-bit size is missing')
}

/**
 * @param {Uint8Array} packed
 * @param {number} size
 * @param {string} name
 */
async function inflate(packed, size, name) {
  if (typeof DecompressionStream === 'undefined') {
    throw unsupported('compression on this platform, which has no DecompressionStream,')
  }
  const source = new ReadableStream({
    start(controller) {
      controller.enqueue(packed)
      controller.close()
    },
  })
  const content = new Uint8Array(size)
  let length = 0
  try {
    const reader = source.pipeThrough(new DecompressionStream('deflate-raw')).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (length + value.length <= size) content.set(value, length)
      length += value.length
      if (length > size) {
        await reader.cancel()
        break
      }
    }
  } catch (cause) {
    throw broken(`the data of ${name} cannot be unpacked`, cause)
  }
  if (length !== size) throw broken(`${name} unpacks to ${length < size ? 'less' : 'more'} than it declares`)
  return content
}

/** @type {Uint32Array | undefined} */
let crcTable

/**
 * CRC-32 as in zip and gzip (RFC 1952, §8: polynomial 0xEDB88320, reflected).
 *
 * @param {Uint8Array} bytes
 * @returns {number} Unsigned.
 */
export function crc32(bytes) {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    return crc
  })
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8)
  return ~crc >>> 0
}

/**
 * @param {string} what
 * @param {unknown} [cause]
 */
function broken(what, cause) {
  return mdnError('bad-file', `The zip file is damaged: ${what}`, { cause })
}

/** @param {string} what */
function unsupported(what) {
  return mdnError('unsupported', `The zip file uses ${what} which cannot be read here`, {
    fix: 'Write it again with numpy.savez_compressed or an ordinary zip program.',
  })
}
