/**
 * Many predictions in one call.
 *
 * @module
 */

import { mdnError, requireNumber } from './errors.js'
import { Mixture } from './mixture.js'
import { layout } from './mixture-rows.js'
import { MAX_ROWS, requireRows } from './options.js'

/** @typedef {import('./options.js').Rows | readonly import('./options.js').Rows[]} PredictInputs */

/**
 * @typedef {object} PredictOptions
 * @property {number} [steps] Rows of a sequence where `x` is flat; default 1, or all for a network with memory.
 * @property {boolean} [each] Answer after every row of a sequence; default only after the last.
 * @property {string | number} [class] As of `start`.
 */

/**
 * @param {import('./model.js').Model} model
 * @param {import('./runtime.js').CoreModel} core
 * @param {PredictInputs} x
 * @param {number} classIndex
 * @param {PredictOptions} options
 */
export function predict(model, core, x, classIndex, options) {
  const { runtime, inputs, shape } = model
  const { values, steps } = sequences(x, inputs, options.steps, core.recurrent())
  const count = values.length / (inputs * steps)
  const each = options.each === true
  const { rowSize } = layout(shape)
  const size = count * (each ? steps : 1) * rowSize
  const rows = runtime.scratch((scratch) => {
    const out = scratch.floats(size)
    runtime.check(core.predict(out, scratch.place(values), count, steps, classIndex, each), { argument: 'x' })
    return runtime.floats(out, size)
  })
  return Mixture.fromCanonical(runtime, shape, rows)
}

/**
 * @param {PredictInputs} x
 * @param {number} inputs
 * @param {number | undefined} steps
 * @param {boolean} recurrent
 */
function sequences(x, inputs, steps, recurrent) {
  const list = /** @type {ArrayLike<any>} */ (x)
  const nested = Array.isArray(x) && (Array.isArray(list[0]?.[0]) || ArrayBuffer.isView(list[0]?.[0]))
  if (nested) {
    const parts = Array.from(list, (sequence, i) => requireRows(sequence, `x[${i}]`, inputs))
    const different = parts.findIndex((part) => part.length !== parts[0].length)
    if (different !== -1) {
      throw mdnError('bad-shape', `x holds sequences of different lengths; the first is at index ${different}`, {
        argument: 'x',
        expected: `${parts[0].length / inputs} rows in each`,
        received: parts[different].length / inputs,
        fix: 'Call predict once for each length.',
      })
    }
    const values = new Float32Array(parts.length * parts[0].length)
    for (const [i, part] of parts.entries()) values.set(part, i * part.length)
    return { values, steps: requireSome(parts[0].length / inputs) }
  }
  const values = requireRows(x, 'x', inputs)
  const rows = requireSome(values.length / inputs)
  const each = requireNumber(steps ?? (recurrent ? rows : 1), 'steps', { min: 1, max: MAX_ROWS, integer: true })
  if (rows % each !== 0) {
    throw mdnError('bad-shape', 'x does not hold whole sequences', {
      argument: 'x',
      expected: `a multiple of steps = ${each} rows`,
      received: rows,
    })
  }
  return { values, steps: each }
}

/** @param {number} rows */
function requireSome(rows) {
  if (rows === 0) throw mdnError('bad-shape', 'x is empty', { argument: 'x', expected: 'at least one row' })
  return rows
}
