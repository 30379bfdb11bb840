/**
 * Parsing of JSON that came from a file: `JSON.parse` with the checks that hostile input needs, made before it runs.
 *
 * @module
 */

import { mdnError } from './errors.js'

/** Deepest nesting accepted, as in the C++ reader (`JsonDocument::kMaxDepth`). */
export const JSON_DEPTH = 32

/** Names that reach an object's prototype; no file of ours has a reason to use them as keys. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Parses `text`, or throws 'bad-file'. One pass over the text, before `JSON.parse`, refuses nesting deeper than
 * {@link JSON_DEPTH}, a key that stands twice in one object (`JSON.parse` would silently keep the last) and the keys
 * `__proto__`, `constructor` and `prototype`. Time and memory are proportional to the length of the text.
 *
 * @param {string} text
 * @param {string} what Names the text in error messages: 'the header'.
 * @returns {unknown}
 */
export function parseJson(text, what) {
  checkStructure(text, what)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw mdnError('bad-file', `${what} is not JSON`, { expected: 'JSON text', received: text, cause })
  }
}

/**
 * True for an object made by `{…}`, not an array and not null.
 *
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
export function isJsonObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Walks the text by its brackets and strings. The text need not be valid: what this pass lets through, `JSON.parse`
 * judges.
 *
 * @param {string} text
 * @param {string} what
 */
function checkStructure(text, what) {
  /** @type {(Set<string> | null)[]} One entry an open bracket: the keys so far of an object, null for an array. */
  const open = []
  let keyExpected = false
  for (let i = 0; i < text.length; ++i) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(text, i)
        const keys = open[open.length - 1]
        if (keyExpected && keys) checkKey(text.slice(i, end + 1), keys, what)
        keyExpected = false
        i = end
        break
      }
      case 0x7b: // {
      case 0x5b: // [
        keyExpected = text[i] === '{'
        open.push(keyExpected ? new Set() : null)
        if (open.length > JSON_DEPTH) {
          throw mdnError('bad-file', `${what} is nested too deeply`, { expected: `at most ${JSON_DEPTH} levels` })
        }
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        keyExpected = false
        break
      case 0x2c: // ,
        keyExpected = true
        break
    }
  }
}

/**
 * Index of the quote that closes the string opened at `start`; the text's length where there is none.
 *
 * @param {string} text
 * @param {number} start
 */
function endOfString(text, start) {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) ++backslashes
    if (backslashes % 2 === 0) return end
  }
  return text.length
}

/**
 * @param {string} quoted The key with its quotes, as written.
 * @param {Set<string>} keys Keys of the same object so far; the new one is added.
 * @param {string} what
 */
function checkKey(quoted, keys, what) {
  let key = quoted
  try {
    key = JSON.parse(quoted) // so that an escaped spelling counts as the key it stands for
  } catch {
    // not a string: JSON.parse of the whole text refuses it
  }
  if (FORBIDDEN_KEYS.has(key)) {
    throw mdnError('bad-file', `${what} uses a forbidden key`, { expected: 'ordinary names', received: key })
  }
  if (keys.has(key)) {
    throw mdnError('bad-file', `${what} has a key twice`, { expected: 'each name once', received: key })
  }
  keys.add(key)
}
