// Part of the slow reference: see model.js in this folder.
//
// How well a sketch-rnn model predicts drawings, in nats per point of the data's own units.
//
// A drawing is stroke-3 rows (Δx, Δy, lift), every row a target. The model is fed its start token, then the rows, clean.
// Each row is scored on what the model said before it; after the last row one more, the end row, is scored on its pen
// alone. Integer offsets are dequantised: uniform noise of ±½ data unit is added to each target offset, and the nats
// of `draws` such draws are averaged (the nats, not the densities). A density per square model unit becomes one per
// square data unit by − 2 log scale.
//
// Both sums are divided by the number of rows, the end rows not counted. The standard error is that of a ratio of sums
// over independent drawings: sqrt(N / (N − 1) · Σ (s_i − m n_i)²) / Σ n_i, with s_i the nats of drawing i, n_i its rows
// and m the ratio.

import { ReferenceSequence } from './model.js'
import { offsetLogDensity, sketchRnnMixture } from './sketch-rnn-head.js'

export const START = [0, 0, 1, 0, 0]

export function scoreDrawings(model, drawings, { scale, random, draws = 4, start = START }) {
  const perDrawing = drawings.map((rows) => {
    const sequence = new ReferenceSequence(model)
    let mixture = sketchRnnMixture(sequence.step(start))
    let offsets = 0
    let pen = 0
    for (const [dx, dy, lift] of rows) {
      for (let draw = 0; draw < draws; ++draw) {
        const x = (dx + random() - 0.5) / scale
        const y = (dy + random() - 0.5) / scale
        offsets += (2 * Math.log(scale) - offsetLogDensity(mixture, x, y)) / draws
      }
      pen -= mixture.logPen[lift]
      mixture = sketchRnnMixture(sequence.step([dx / scale, dy / scale, 1 - lift, lift, 0]))
    }
    pen -= mixture.logPen[2]
    return { offsets, pen, points: rows.length }
  })
  return summarise(perDrawing)
}

export function summarise(perDrawing) {
  const total = (key) => perDrawing.reduce((sum, drawing) => sum + drawing[key], 0)
  const count = perDrawing.length
  const points = total('points')
  const offsets = total('offsets') / points
  const squares = perDrawing.reduce((sum, drawing) => sum + (drawing.offsets - offsets * drawing.points) ** 2, 0)
  const standardError = Math.sqrt((count / (count - 1)) * squares) / points
  return { drawings: count, points, offsets, standardError, pen: total('pen') / points }
}
