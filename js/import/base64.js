/**
 * Base64 → bytes, the same in browsers and Node, fast enough for megabytes and strict about what it accepts.
 *
 * @module
 */

import { mdnError } from '../errors.js'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const INVALID = 64

const VALUES = new Uint8Array(128).fill(INVALID)
for (let i = 0; i < ALPHABET.length; ++i) VALUES[ALPHABET.charCodeAt(i)] = i

/**
 * Decodes `text` into exactly `byteCount` bytes, or throws 'bad-file'. The padding '=' may be left out. The length is
 * compared before anything is allocated.
 *
 * @param {string} text
 * @param {number} byteCount
 * @param {string} what Names the text in error messages.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64(text, byteCount, what) {
  const padding = ['', '==', '='][byteCount % 3]
  const padded = Math.ceil(byteCount / 3) * 4
  const digits = padded - padding.length
  if (text.length !== digits && !(text.length === padded && text.endsWith(padding))) {
    throw mdnError('bad-file', `${what} has the wrong length`, {
      expected: `${padded} base64 characters for ${byteCount} bytes`,
      received: text.length,
    })
  }
  const bytes = new Uint8Array(byteCount)
  let position = 0
  for (let i = 0; i < digits; i += 4) {
    const a = valueAt(text, i, digits)
    const b = valueAt(text, i + 1, digits)
    const c = valueAt(text, i + 2, digits)
    const d = valueAt(text, i + 3, digits)
    if ((a | b | c | d) & INVALID) {
      throw mdnError('bad-file', `${what} is not base64`, { received: text.slice(i, i + 4) })
    }
    const bits = (a << 18) | (b << 12) | (c << 6) | d
    bytes[position++] = bits >> 16 // writes past the end of the array are ignored
    bytes[position++] = bits >> 8
    bytes[position++] = bits
  }
  return bytes
}

/**
 * @param {string} text
 * @param {number} i
 * @param {number} digits
 */
function valueAt(text, i, digits) {
  return i < digits ? (VALUES[text.charCodeAt(i)] ?? INVALID) : 0
}
