/**
 * How large a model draws: what a drawing must be scaled to before the model can continue it well.
 *
 * Models of the simplified Quick, Draw! files draw 255 units long. Others do not (sketch-rnn's published bird, sheep, bicycle
 * and monkey draw some 850 units long), and few files say so; but a model can be asked.
 *
 * @module
 */

import { requireSketchModel } from './complete.js'

/** @typedef {import('./model.js').Model} Model */

/** The longer side of a whole drawing in the simplified Quick, Draw! files. */
export const QUICK_DRAW_SIZE = 255

const DRAWINGS = 32
const MOST_STEPS = 250

/**
 * The median longer side of drawings that the model makes from nothing, in data units: always the same for the same model.
 *
 * @param {Model} model A sketch model.
 * @param {{ class?: string | number }} [options]
 * @returns {number}
 */
export function drawingSize(model, options = {}) {
  requireSketchModel(model)
  const session = model.start({ class: options.class, seed: 0 })
  try {
    const futures = session.futures({
      count: DRAWINGS,
      maxSteps: Math.min(MOST_STEPS, model.info.maxSteps ?? MOST_STEPS),
    })
    futures.advance()
    const sides = Array.from({ length: DRAWINGS }, (_, i) => longerSide(futures.rows(i))).sort((a, b) => a - b)
    const median = (sides[DRAWINGS / 2 - 1] + sides[DRAWINGS / 2]) / 2
    return median > 0 && median < Infinity ? median * model.scale : QUICK_DRAW_SIZE
  } finally {
    session.dispose()
  }
}

/**
 * @param {Float32Array} rows Offsets and pen states; the last row may end the drawing.
 */
function longerSide(rows) {
  let [x, y, minX, minY, maxX, maxY] = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < rows.length && rows[i + 4] !== 1; i += 5) {
    x += rows[i]
    y += rows[i + 1]
    minX = Math.min(minX, x)
    maxX = Math.max(maxX, x)
    minY = Math.min(minY, y)
    maxY = Math.max(maxY, y)
  }
  return Math.max(maxX - minX, maxY - minY)
}
