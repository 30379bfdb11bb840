/**
 * Base64 → bytes, the same in browsers and Node, fast enough for megabytes and strict about what it accepts.
 *
 * @module
 */

import { mdnError } from '../errors.js'

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
  const characters = decode(text)
  // atob() passes over white space; then there are too few.
  if (characters?.length !== byteCount) throw mdnError('bad-file', `${what} is not base64`, { received: text })
  const bytes = new Uint8Array(byteCount)
  for (let i = 0; i < byteCount; i += 1) bytes[i] = characters.charCodeAt(i)
  return bytes
}

/** @param {string} text */
function decode(text) {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}
