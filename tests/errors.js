import assert from 'node:assert/strict'
import { ERROR_CODES, MdnError } from '../js/errors.js'

/**
 * Whether something is a proper MdnError: a known code, and a message that is a sentence of reasonable length.
 *
 * @param {unknown} error
 * @returns {error is MdnError}
 */
export function isTyped(error) {
  return (
    error instanceof MdnError &&
    ERROR_CODES.includes(error.code) &&
    error.message.length > 10 &&
    error.message.length < 1000 &&
    error.message.endsWith('.')
  )
}

/**
 * @param {string} code
 * @param {RegExp} [message]
 */
const expected = (code, message) => (/** @type {unknown} */ error) => {
  if (!isTyped(error)) throw error
  assert.equal(error.code, code, error.message)
  if (message !== undefined) assert.match(error.message, message)
  return true
}

/**
 * Asserts that `work` throws an MdnError of this code.
 *
 * @param {() => unknown} work
 * @param {string} code
 * @param {RegExp} [message]
 */
export function throws(work, code, message) {
  assert.throws(work, expected(code, message))
}

/**
 * The same of a promise.
 *
 * @param {Promise<unknown>} promise
 * @param {string} code
 * @param {RegExp} [message]
 */
export async function rejects(promise, code, message) {
  await assert.rejects(promise, expected(code, message))
}
