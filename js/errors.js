/**
 * The one error type of the package.
 *
 * Every failure that a caller can cause or meet is an `MdnError`. Its `code` says which kind it is (the table below),
 * its `message` says what was expected, what came instead and how to put it right, and the same three facts can be
 * read by a program from `argument`, `expected` and `received`. Aborting through an `AbortSignal` is the exception:
 * it rejects with the reason of the signal, as `fetch` does.
 *
 * @module
 */

/**
 * Every code that an {@link MdnError} can carry:
 *
 * | code | meaning |
 * |---|---|
 * | `bad-file` | The bytes or text are not the format that they claim to be, or are damaged or cut short. |
 * | `bad-shape` | An array has the wrong length or the wrong nesting. |
 * | `bad-argument` | An argument is missing, of the wrong type, or not one of the values allowed. |
 * | `bad-value` | A number is NaN, infinite or outside the range that makes sense. |
 * | `unsupported` | The file or request is well formed, but uses something that this package does not handle. |
 * | `too-large` | The input, or what it asks for, is larger than the stated limit. |
 * | `mismatch` | Two things that belong together do not fit each other. |
 * | `disposed` | The object was used after its dispose(). |
 * | `network` | A download failed or the server answered with an error. |
 * | `not-ready` | A synchronous call came before `await ready()` (or `await load(…)`) had finished. |
 * | `unknown-class` | The model does not know the class that was named. |
 * | `worker` | The worker could not be started, or is gone, and with it all that was in it. |
 *
 * The first seven are those of the C++ core (`mdn::Code` in cpp/base/status.h, in the same order, starting at 1).
 */
export const ERROR_CODES = Object.freeze(
  /** @type {const} */ ([
    'bad-file',
    'bad-shape',
    'bad-argument',
    'bad-value',
    'unsupported',
    'too-large',
    'mismatch',
    'disposed',
    'network',
    'not-ready',
    'unknown-class',
    'worker',
  ]),
)

/** @typedef {(typeof ERROR_CODES)[number]} ErrorCode */

/**
 * What a raised error says. `expected` and `received` complete the sentences "Expected …" and "received …".
 *
 * @typedef {object} ErrorDetails
 * @property {string} [argument] Name of the argument, option or place in a file, as the caller wrote it.
 * @property {string} [expected] What would have been right.
 * @property {unknown} [received] What came: any value; it is described briefly, never printed whole.
 * @property {string} [fix] One sentence that says what to do.
 * @property {unknown} [cause] The error behind this one.
 */

/** A failure with a stable `code`; see {@link ERROR_CODES}. */
export class MdnError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {{ argument?: string, expected?: string, received?: string, cause?: unknown }} [details]
   */
  constructor(code, message, details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'MdnError'
    /** @type {ErrorCode} */
    this.code = code
    /** @type {string | undefined} */
    this.argument = details.argument
    /** @type {string | undefined} */
    this.expected = details.expected
    /** @type {string | undefined} */
    this.received = details.received
  }
}

/**
 * Makes an {@link MdnError} whose message is built from its parts: `summary`, "Expected …, received …" and the fix.
 *
 * ```js
 * throw mdnError('bad-value', 'The temperature is negative', {
 *   argument: 'temperature', expected: 'a number ≥ 0', received: -1, fix: 'Use 0 for the most likely continuation.',
 * })
 * // MdnError: The temperature is negative (temperature): expected a number ≥ 0, received -1. Use 0 for …
 * ```
 *
 * @param {ErrorCode} code
 * @param {string} summary What went wrong, without a full stop.
 * @param {ErrorDetails} [details]
 * @returns {MdnError}
 */
export function mdnError(code, summary, details = {}) {
  const { argument, expected, fix, cause } = details
  const received = 'received' in details ? describe(details.received) : undefined
  const facts = [
    expected === undefined ? '' : `expected ${expected}`,
    received === undefined ? '' : `received ${received}`,
  ]
  const comparison = facts.filter(Boolean).join(', ')
  const place = argument === undefined || summary.includes(argument) ? '' : ` (${argument})`
  const message = `${summary}${place}${comparison ? `: ${comparison}` : ''}.${fix === undefined ? '' : ` ${fix}`}`
  return new MdnError(code, message, { argument, expected, received, cause })
}

const LONGEST_TEXT = 60

/**
 * A short description of any value for error messages: type and size, or the beginning of a text; never the whole of a
 * large value, and never its own `toString`, which may be anything.
 *
 * @param {unknown} value
 * @returns {string}
 */
export function describe(value) {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return `${String(value).slice(0, LONGEST_TEXT)}n`
    case 'undefined':
    case 'boolean':
      return String(value)
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of length ${value.length}`
  if (ArrayBuffer.isView(value)) {
    const length = value instanceof DataView ? value.byteLength : /** @type {Uint8Array} */ (value).length
    return `a ${Object.prototype.toString.call(value).slice(8, -1)} of length ${length}`
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  return kind === 'Object' ? 'an object' : `an object of type ${kind}`
}

/**
 * Throws 'bad-value' unless `value` is a finite number in [min, max]; returns it.
 *
 * @param {unknown} value
 * @param {string} argument
 * @param {{ min?: number, max?: number, integer?: boolean, fix?: string }} [limits]
 * @returns {number}
 */
export function requireNumber(value, argument, { min = -Infinity, max = Infinity, integer = false, fix } = {}) {
  const expected = `${integer ? 'a whole number' : 'a finite number'}${range(min, max)}`
  if (typeof value !== 'number') {
    throw mdnError('bad-argument', `${argument} is not a number`, { argument, expected, received: value, fix })
  }
  if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
    throw mdnError('bad-value', `${argument} is out of range`, { argument, expected, received: value, fix })
  }
  return value
}

/**
 * @param {number} min
 * @param {number} max
 */
function range(min, max) {
  if (min > -Infinity && max < Infinity) return ` from ${min} to ${max}`
  if (min > -Infinity) return ` ≥ ${min}`
  return max < Infinity ? ` ≤ ${max}` : ''
}

/**
 * Throws 'bad-argument' unless `value` is one of the names in `allowed`; returns it. Own names only, so that
 * `'__proto__'` or `'constructor'` is as unknown as any other text.
 *
 * @template {string} Name
 * @param {unknown} value
 * @param {string} argument
 * @param {readonly Name[]} allowed
 * @returns {Name}
 */
export function requireOneOf(value, argument, allowed) {
  const found = allowed.find((name) => name === value)
  if (found === undefined) {
    const expected = `one of ${allowed.map((name) => `'${name}'`).join(', ')}`
    throw mdnError('bad-argument', `${argument} is not known`, { argument, expected, received: value })
  }
  return found
}

/**
 * Throws 'bad-argument' if `options` is not a plain options object, or has a name that is not in `allowed`
 * (a misspelt option should never be silently ignored). `undefined` counts as an empty object.
 *
 * @param {unknown} options
 * @param {string} argument
 * @param {readonly string[]} allowed
 */
export function requireOptions(options, argument, allowed) {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    const expected = allowed.length > 0 ? `an object with any of ${allowed.join(', ')}` : 'nothing'
    throw mdnError('bad-argument', `${argument} is not an options object`, { argument, expected, received: options })
  }
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) {
      throw mdnError('bad-argument', `${argument} has no option of this name`, {
        argument,
        expected: allowed.length > 0 ? `any of ${allowed.join(', ')}` : 'no options',
        received: name,
      })
    }
  }
}
