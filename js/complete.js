/**
 * Finish a drawing: polylines in the caller's units in, continuations in the same units out.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from './errors.js'
import { Model } from './model.js'
import { breather, requireSignal } from './options.js'
import { fromStroke5, simplify, toStroke5 } from './strokes/index.js'

/** @typedef {import('./strokes/index.js').Polyline} Polyline */

/**
 * @typedef {object} Ending
 * @property {import('./strokes/index.js').Point[][]} polylines The new strokes, the caller's units. With `continueStroke` the first begins where the
 *   drawing stops.
 * @property {number} logProb Log-probability of its rows at temperature 1, nats in model units.
 * @property {boolean} finished Whether it ended by itself rather than at maxSteps.
 * @property {number} steps Rows sampled.
 * @property {number} index Its stream: `session.fork({ seed, stream: index })` draws the same.
 */

/**
 * @typedef {object} CompleteOptions
 * @property {string | number} [class]
 * @property {number} [count] Continuations; default 8.
 * @property {number} [maxSteps] Longest continuation in points; default: the model's, or 250.
 * @property {number} [seed] A whole number; the same seed gives the same endings on every machine.
 * @property {import('./temperature.js').Temperature} [temperature] Default: the model's own.
 * @property {number} [epsilon] Tolerance of the simplification (Ramer–Douglas–Peucker) of the given strokes, in their
 *   units; default 2, as in the data the models learnt from. 0 drops only points exactly on the line.
 * @property {boolean} [continueStroke] The last stroke is not finished: go on with it. Default false.
 * @property {AbortSignal} [signal]
 */

const OPTIONS = ['class', 'count', 'maxSteps', 'seed', 'temperature', 'epsilon', 'continueStroke', 'signal']

/** Steps between two chances for the page to breathe. */
const STEPS_PER_BREATH = 4

/**
 * Continues a drawing in several ways, best first: by nats per point, so that length does not count.
 *
 * Units are those of the model's data: a QuickDraw model knows drawings that fill a box of 256 units (see
 * `strokes.fitTransform`). An empty drawing is legal; the model then draws from nothing.
 *
 * @param {Model} model A sketch model: rows of Δx, Δy and three pen states.
 * @param {readonly Polyline[]} polylines
 * @param {CompleteOptions} [options]
 * @returns {Promise<Ending[]>}
 */
export async function complete(model, polylines, options = {}) {
  if (!(model instanceof Model)) {
    throw mdnError('bad-argument', 'complete needs a model', {
      argument: 'model',
      expected: 'what load() returned',
      received: model,
    })
  }
  requireOptions(options, 'options', OPTIONS)
  requireSketchModel(model)
  const signal = requireSignal(options.signal)
  const epsilon = requireNumber(options.epsilon ?? 2, 'epsilon', { min: 0, max: 1e6 })
  const continueStroke = options.continueStroke === true
  if (!Array.isArray(polylines)) {
    throw mdnError('bad-argument', 'The drawing is not an array', {
      argument: 'polylines',
      expected: 'an array of polylines',
      received: polylines,
    })
  }
  const simplified = polylines.map((polyline) => simplify(polyline, epsilon)).filter((polyline) => polyline.length > 0)
  const rows = toStroke5(simplified, { scale: model.scale, continueStroke })
  const origin = lastPoint(simplified)
  const penUp = rows.length > 0 && !continueStroke
  const session = model.start({ class: options.class, seed: options.seed })
  try {
    session.observe(rows)
    const futures = session.futures({
      count: options.count,
      maxSteps: options.maxSteps,
      temperature: options.temperature,
    })
    const breathe = breather(signal)
    do await breathe()
    while (futures.advance(STEPS_PER_BREATH))
    const { lengths, finished, logProb } = futures
    const endings = Array.from(lengths, (steps, index) => ({
      polylines: fromStroke5(futures.rows(index), { scale: model.scale, origin, penUp }),
      logProb: logProb[index],
      finished: finished[index] === 1,
      steps,
      index,
    }))
    return endings.sort((a, b) => b.logProb / b.steps - a.logProb / a.steps || a.index - b.index)
  } finally {
    session.dispose()
  }
}

/**
 * Where the pen is after a drawing: [0, 0] if there is none.
 *
 * @param {readonly Polyline[]} polylines Without empty strokes.
 * @returns {readonly number[]}
 */
function lastPoint(polylines) {
  const stroke = polylines.at(-1)
  if (stroke === undefined) return [0, 0]
  const last = stroke[stroke.length - 1]
  return typeof last === 'number' ? [Number(stroke[stroke.length - 2]), last] : [Number(last[0]), Number(last[1])]
}

/**
 * 'unsupported' unless the model reads and predicts stroke-5 rows.
 *
 * @param {Model} model
 */
export function requireSketchModel(model) {
  if (model.inputs === 5 && model.dims === 5 && model.shape.categories === 3) return
  throw mdnError('unsupported', 'This model does not draw', {
    argument: 'model',
    expected: 'rows of Δx, Δy and three pen states',
    received: `rows of ${model.dims} numbers`,
  })
}
