/**
 * How well a model predicts drawings: nats per point, lower is better, comparable between models of any scale.
 *
 * A drawing is stroke-3 rows (Δx, Δy, lift) in data units, every row a target. The model is fed its start token, then the
 * rows. Each row is scored on what the model said before it; after the last one, an end row is scored on its pen state
 * alone. Offsets count as a density per square data unit: the model's own, per square model unit, plus 2·ln(scale).
 *
 * Whole-number data is dequantised: uniform noise of ±½ unit is added to each target offset (not to what is fed), and the
 * nats of four such draws are averaged. Without it a model gains nats for nothing by putting narrow spikes on whole
 * numbers. (L. Theis, A. van den Oord and M. Bethge, "A note on the evaluation of generative models", 2016, §3.1.)
 *
 * @module
 */

import { requireSketchModel } from './complete.js'
import { mdnError } from './errors.js'
import { Random } from './random.js'
import { readRows } from './strokes/validate.js'

/** @typedef {import('./model.js').Model} Model */

/** Draws of the dequantising noise that are averaged. */
export const DRAWS = 4

/**
 * Nats of one drawing, summed over its rows, in data units.
 *
 * @typedef {object} DrawingScore
 * @property {number} points Rows scored; the end row is not counted.
 * @property {number} offsets
 * @property {number} pen With that of the end row.
 */

/**
 * @typedef {object} ScoreOptions
 * @property {string | number} [class] What the model is told, as for `model.start`.
 * @property {boolean} [dequantise] Whether noise is added; default true.
 * @property {number} [seed] Of the noise; default 1.
 * @property {number} [index] Which drawing of a set this is: each has noise of its own, the same for every model.
 */

/**
 * @param {Model} model A sketch model.
 * @param {import('./strokes/validate.js').Rows} drawing [rows, 3], data units.
 * @param {ScoreOptions} [options]
 * @returns {DrawingScore}
 */
export function scoreDrawing(model, drawing, { class: name, dequantise = true, seed = 1, index = 0 } = {}) {
  requireSketchModel(model)
  if (model.info.startToken === null) {
    throw mdnError('unsupported', 'This model has no start token', {
      expected: 'one: without it nothing predicts the first point',
    })
  }
  const rows = readRows(drawing, 3, 'drawing')
  const points = rows.length / 3
  const fed = withEndRow(rows, model.scale)
  const draws = dequantise ? DRAWS : 1
  const targets = new Float32Array(draws * fed.length)
  const noise = new Float32Array(2 * points)
  const random = new Random(seed, { stream: index })
  for (let draw = 0; draw < draws; ++draw) {
    targets.set(fed, draw * fed.length)
    if (dequantise) random.fillUniform(noise)
    for (let i = 0; dequantise && i < points; ++i) {
      const at = draw * fed.length + 5 * i
      targets[at] = (rows[3 * i] + noise[2 * i] - 0.5) / model.scale
      targets[at + 1] = (rows[3 * i + 1] + noise[2 * i + 1] - 0.5) / model.scale
    }
  }

  const session = model.start({ class: name, seed: 0 })
  try {
    const parts = session.observe(fed, { logProb: 'parts', targets })
    let offsets = 2 * Math.log(model.scale) * points
    let pen = 0
    for (let i = 0; i < draws * (points + 1); ++i) {
      const isEnd = i % (points + 1) === points
      if (!isEnd) offsets -= parts[2 * i] / draws
      pen -= parts[2 * i + 1] / draws
    }
    return { points, offsets, pen }
  } finally {
    session.dispose()
  }
}

/**
 * stroke-3 in data units → stroke-5 in model units, and the row that ends the drawing.
 *
 * @param {ArrayLike<number>} rows
 * @param {number} scale
 */
function withEndRow(rows, scale) {
  const points = rows.length / 3
  const fed = new Float32Array(5 * (points + 1))
  for (let i = 0; i < points; ++i) {
    const lift = rows[3 * i + 2]
    if (lift !== 0 && lift !== 1) {
      throw mdnError('bad-value', 'The rows are not those of a drawing', {
        argument: `row ${i}`,
        expected: 'Δx, Δy and a third number that is 0 (the pen stays down) or 1 (it is lifted)',
        received: lift,
      })
    }
    fed.set([rows[3 * i] / scale, rows[3 * i + 1] / scale, 1 - lift, lift], 5 * i)
  }
  fed[5 * points + 4] = 1
  return fed
}

/**
 * A mean per point over many drawings, a ratio of sums, with its standard error over drawings.
 *
 * @typedef {object} Estimate
 * @property {number} mean Σ nats ÷ Σ points.
 * @property {number | null} standardError null for fewer than two drawings.
 */

/**
 * The standard error is that of a ratio estimator (W. G. Cochran, "Sampling Techniques", 3rd ed., 1977, §2.11):
 * √(N ÷ (N − 1) · Σ (sᵢ − m·nᵢ)²) ÷ Σ nᵢ, with sᵢ the nats of drawing i, nᵢ its points and m the mean.
 *
 * Differences of two models on the same drawings are given the same way, sᵢ being the difference: paired, so that what
 * makes a drawing hard for both does not count.
 *
 * @param {readonly number[]} sums
 * @param {readonly number[]} points
 * @returns {Estimate}
 */
export function perPoint(sums, points) {
  const count = sums.length
  const total = points.reduce((sum, n) => sum + n, 0)
  const mean = sums.reduce((sum, s) => sum + s, 0) / total
  const squares = sums.reduce((sum, s, i) => sum + (s - mean * points[i]) ** 2, 0)
  return { mean, standardError: count < 2 ? null : Math.sqrt((count / (count - 1)) * squares) / total }
}

/**
 * @param {readonly DrawingScore[]} scores
 * @param {readonly DrawingScore[]} [baseline] Scores of another model on the same drawings, to be subtracted.
 * @returns {{ offsets: Estimate, pen: Estimate, total: Estimate }}
 */
export function summarise(scores, baseline) {
  const points = scores.map((score) => score.points)
  /** @param {(score: DrawingScore) => number} pick */
  const estimate = (pick) =>
    perPoint(
      scores.map((score, i) => pick(score) - (baseline === undefined ? 0 : pick(baseline[i]))),
      points,
    )
  return {
    offsets: estimate((score) => score.offsets),
    pen: estimate((score) => score.pen),
    total: estimate((score) => score.offsets + score.pen),
  }
}
