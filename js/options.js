/**
 * Checks of arguments that several public functions share. Each returns the value it checked, in the form the core wants.
 *
 * @module
 */

import { mdnError, requireNumber } from './errors.js'

/** Largest magnitude of a number in a row, model units: far above any data, far below where float32 sums overflow. */
export const MAX_ROW_VALUE = 1e6

/** Rows of one observe() call. */
export const MAX_ROWS = 1_000_000

/** @typedef {Float32Array | Float64Array | readonly number[] | readonly (readonly number[])[]} Rows */

/**
 * Rows of numbers, flat or nested, as a flat Float32Array.
 *
 * @param {unknown} rows
 * @param {string} argument
 * @param {number} width Numbers in a row.
 * @returns {Float32Array} Its length is a multiple of `width`. The given array itself where it is a Float32Array.
 */
export function requireRows(rows, argument, width) {
  const expected = `a flat array of rows of ${width} numbers, or an array of such rows`
  const list = /** @type {ArrayLike<unknown>} */ (rows)
  if (!Array.isArray(rows) && !(ArrayBuffer.isView(rows) && !(rows instanceof DataView))) {
    throw mdnError('bad-argument', `${argument} is not an array`, { argument, expected, received: rows })
  }
  if (list.length > MAX_ROWS * width) {
    throw mdnError('too-large', `${argument} is too long`, {
      argument,
      expected: `at most ${MAX_ROWS} rows`,
      received: list.length,
    })
  }
  const flat =
    Array.isArray(list[0]) || ArrayBuffer.isView(list[0]) ? flatten(list, argument, width) : toFloats(list, argument)
  if (flat.length % width !== 0) {
    throw mdnError('bad-shape', `${argument} has the wrong length`, {
      argument,
      expected: `a multiple of ${width} numbers`,
      received: flat.length,
    })
  }
  for (let i = 0; i < flat.length; i += 1) {
    // Written so that NaN fails too.
    if (!(Math.abs(flat[i]) <= MAX_ROW_VALUE)) {
      throw mdnError(
        'bad-value',
        `${argument} holds a number out of range in row ${Math.floor(i / width)}, column ${i % width}`,
        {
          argument,
          expected: `finite numbers of at most ±${MAX_ROW_VALUE}`,
          received: flat[i],
          fix: 'Rows are in model units: divide data units by model.scale.',
        },
      )
    }
  }
  return flat
}

/**
 * @param {ArrayLike<unknown>} list
 * @param {string} argument
 * @returns {Float32Array}
 */
function toFloats(list, argument) {
  if (list instanceof Float32Array) return list
  const flat = new Float32Array(list.length)
  for (let i = 0; i < flat.length; i += 1) {
    const value = list[i]
    if (typeof value !== 'number') {
      throw mdnError('bad-argument', `${argument} holds something that is not a number at index ${i}`, {
        argument,
        expected: 'numbers',
        received: value,
      })
    }
    flat[i] = value
  }
  return flat
}

/**
 * @param {ArrayLike<unknown>} rows
 * @param {string} argument
 * @param {number} width
 */
function flatten(rows, argument, width) {
  const flat = new Float32Array(rows.length * width)
  for (let r = 0; r < rows.length; r += 1) {
    const row = /** @type {ArrayLike<unknown>} */ (rows[r])
    if (!(Array.isArray(row) || ArrayBuffer.isView(row)) || row.length !== width) {
      throw mdnError('bad-shape', `${argument} has a row of the wrong length at index ${r}`, {
        argument,
        expected: `${width} numbers`,
        received: Array.isArray(row) || ArrayBuffer.isView(row) ? row.length : row,
      })
    }
    flat.set(toFloats(row, `${argument}[${r}]`), r * width)
  }
  return flat
}

/**
 * A seed or a stream: a whole number in [0, 2^53). Without one, 32 random bits, so that every session can say its seed.
 *
 * @param {unknown} value
 * @param {string} argument
 */
export function requireSeed(value, argument) {
  if (value === undefined) return randomSeed()
  return requireNumber(value, argument, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true })
}

function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0]
}

/**
 * @param {unknown} value
 * @param {string} argument
 * @param {number} otherwise
 * @param {number} max
 */
export function requireCount(value, argument, otherwise, max) {
  return value === undefined ? otherwise : requireNumber(value, argument, { min: 1, max, integer: true })
}

/**
 * @param {unknown} signal
 * @returns {AbortSignal | undefined}
 */
export function requireSignal(signal) {
  if (signal === undefined || signal === null) return undefined
  if (typeof signal === 'object' && 'aborted' in signal && 'addEventListener' in signal) {
    return /** @type {AbortSignal} */ (signal)
  }
  throw mdnError('bad-argument', 'signal is not an AbortSignal', {
    argument: 'signal',
    expected: 'an AbortSignal',
    received: signal,
  })
}

/**
 * Lets the page or the process breathe in long loops: resolves after pending events have had their turn, but only when
 * `milliseconds` have passed since it last did. Rejects with the signal's reason once it is aborted.
 *
 * @param {AbortSignal | undefined} signal
 * @param {number} [milliseconds]
 */
export function breather(signal, milliseconds = 8) {
  let last = performance.now()
  return async () => {
    signal?.throwIfAborted()
    if (performance.now() - last < milliseconds) return
    await new Promise((resolve) => setTimeout(resolve, 0))
    last = performance.now()
    signal?.throwIfAborted()
  }
}
