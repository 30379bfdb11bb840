// The ink on the paper: all strokes of the drawing, and the one being made.

import { drawPenStroke, drawPolylines, MODEL_WIDTH } from '../shared/ink.js'

/** @typedef {import('./drawing.js').Stroke} Stroke */
/**
 * A stroke being made: its points, how many of them are on the paper, and where the pen seems to be going.
 *
 * @typedef {{ points: number[][], drawn: number, predicted: number[][] }} Wet
 */
/** @typedef {{ ink: string, modelInk: string }} Colours */

export class InkLayer {
  #paper
  #layer

  /** @param {import('../shared/paper.js').Paper} paper @param {number} layer */
  constructor(paper, layer) {
    this.#paper = paper
    this.#layer = layer
  }

  /** All anew: after undo, a new size, other colours. @param {readonly Stroke[]} strokes @param {Colours} colours */
  draw(strokes, colours) {
    drawStrokes(this.#paper.cleared(this.#layer), strokes, colours, 1 / this.#paper.scale)
  }

  /** What is new of a stroke. @param {Wet} wet @param {Colours} colours */
  add(wet, { ink }) {
    const context = this.#paper.layer(this.#layer)
    context.strokeStyle = ink
    drawPenStroke(context, wet.points, 1 / this.#paper.scale, { from: wet.drawn, ended: false })
    wet.drawn = wet.points.length
  }

  /**
   * The tip of a stroke, which changes with every frame, on a layer that is cleared as often.
   *
   * @param {Wet} wet
   * @param {Colours} colours
   * @param {number} layer
   */
  addTip({ points, predicted }, { ink }, layer) {
    const context = this.#paper.layer(layer)
    context.strokeStyle = ink
    const tip = [...points.slice(-3), ...predicted]
    drawPenStroke(context, tip, 1 / this.#paper.scale, { from: Math.min(3, points.length) - 1 })
  }
}

/**
 * @param {CanvasRenderingContext2D} context In paper units.
 * @param {readonly Stroke[]} strokes
 * @param {Colours} colours
 * @param {number} pixel The size of a pixel in units.
 */
export function drawStrokes(context, strokes, { ink, modelInk }, pixel) {
  for (const { by, points } of strokes) {
    context.strokeStyle = by === 'person' ? ink : modelInk
    if (by === 'person') drawPenStroke(context, points, pixel)
    else drawPolylines(context, [points], MODEL_WIDTH * pixel)
  }
}
