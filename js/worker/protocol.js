/**
 * What a page and its worker say to each other, and how errors and handles are written down for the way.
 *
 * The page sends requests; the worker answers each, in order except for those that take long (`load`, `complete`), which
 * answer when they are done. Models, sessions and futures stay in the worker; the page knows them by a number, a handle.
 *
 * @module
 */

import { ERROR_CODES, MdnError } from '../errors.js'

/**
 * @typedef {object} Request
 * @property {number} id
 * @property {string} method A name of host.js' table, such as `session.observe`.
 * @property {number} [target] The handle the method belongs to.
 * @property {unknown[]} args Structured-cloneable; a handle as an argument is its number.
 * @property {{ signal: boolean, progress: boolean }} [listens] Whether the call can be aborted, and wants to hear progress.
 */

/** @typedef {{ abort: number, reason: unknown }} Abort The call to abort. */
/** @typedef {{ release: number }} Release A handle that the page has disposed of, or lost. */
/** @typedef {{ hold: string }} Hold Hold the web lock of this name as long as you live; see alive.js. */

/** @typedef {Request | Abort | Release | Hold} ToHost */

/** @typedef {{ id: number, value: any }} Answer */
/** @typedef {{ id: number, error: WireError }} Failure */
/** @typedef {{ id: number, progress: import('../load.js').LoadProgress }} Progress */
/** @typedef {{ held: string }} Held The lock is held. */

/** @typedef {Answer | Failure | Progress | Held} ToPage */

/**
 * An error as plain data: those of this package with all they know, others with name and message.
 *
 * @typedef {object} WireError
 * @property {string} name
 * @property {string} message
 * @property {string} [stack]
 * @property {import('../errors.js').ErrorCode} [code]
 * @property {string} [argument]
 * @property {string} [expected]
 * @property {string} [received]
 */

/** @typedef {{ seed: number, streamIndex: number, position: number, finished: boolean, logProb: number }} SessionFacts */

/** @typedef {{ handle: number, count: number, maxSteps: number, seed: number }} FuturesFacts */

/**
 * What changed in futures since the last answer.
 *
 * @typedef {object} FuturesNews
 * @property {boolean} running
 * @property {Int32Array} lengths Of all futures.
 * @property {Uint8Array} finished
 * @property {Float32Array} logProb
 * @property {Float32Array} rows The new rows only: those of future 0, then those of future 1 …
 */

/**
 * A mixture as plain data: the fields of Mixture by their names. `correlations` where there are two dimensions, `pen`
 * where there are categories.
 *
 * @typedef {object} PlainMixture
 * @property {number} count
 * @property {number} dims
 * @property {number} components
 * @property {Float32Array} weights [count, K]
 * @property {Float32Array} means [count, K, D]
 * @property {Float32Array} scales [count, K, D]
 * @property {Float32Array} scaleTril [count, K, D, D]
 * @property {Float32Array} [correlations] [count, K]
 * @property {Float32Array} categories [count, C]
 * @property {Float32Array} pen The same as `categories`.
 */

/**
 * @param {unknown} error
 * @returns {WireError}
 */
export function packError(error) {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message, stack } = error
  if (!(error instanceof MdnError)) return { name, message, stack }
  const { code, argument, expected, received } = error
  return { name, message, stack, code, argument, expected, received }
}

/**
 * @param {WireError} packed
 * @returns {Error}
 */
export function unpackError({ name, message, stack, code, argument, expected, received }) {
  const isOurs = code !== undefined && ERROR_CODES.includes(code)
  const error = isOurs ? new MdnError(code, message, { argument, expected, received }) : new Error(message)
  error.name = name
  // The worker's own stack says where it happened; this one would only say that a message came.
  if (stack !== undefined) error.stack = stack
  return error
}

/**
 * The buffers of an answer's typed arrays: they are copies made for it, so they are moved rather than copied again.
 *
 * @param {unknown} value A typed array, or objects that hold some; arrays are not looked into.
 * @param {Set<ArrayBuffer>} [found]
 * @returns {Set<ArrayBuffer>}
 */
export function buffersOf(value, found = new Set()) {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const part of Object.values(value)) buffersOf(part, found)
  }
  return found
}
