/**
 * Bounding boxes and the change of units between a canvas and a model.
 *
 * The Quick, Draw! models know drawings whose longer side is 255 units (the simplified form of that data set); a drawing
 * made on a canvas of 1,000 pixels must be brought to that size to look familiar. {@link fitTransform} finds the change
 * of units, {@link applyTransform} performs it, {@link invertTransform} leads back:
 *
 * ```js
 * const toModel = fitTransform(drawing)
 * const endings = await complete(model, applyTransform(drawing, toModel))
 * const onCanvas = endings.map((ending) => applyTransform(ending.polylines, invertTransform(toModel)))
 * ```
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { MAX_COORDINATE, readPolylines, toPoints } from './validate.js'

/** @typedef {import('./validate.js').Point} Point */
/** @typedef {import('./validate.js').Polylines} Polylines */
/** @typedef {{ minX: number, minY: number, maxX: number, maxY: number, width: number, height: number }} Box */
/** @typedef {{ scale: number, x: number, y: number }} Transform (x, y) → (scale·x + t.x, scale·y + t.y) */

/** Less than this is rounding, not a drawing: doubles near 1e6 are 1e-10 apart. */
const SMALLEST_EXTENT = 1e-9

/**
 * The smallest upright rectangle around all points; null for a drawing without points.
 *
 * @param {Polylines} polylines
 * @returns {Box | null}
 */
export function boundingBox(polylines) {
  return boxOf(readPolylines(polylines))
}

/**
 * @param {readonly Float64Array[]} strokes
 * @returns {Box | null}
 */
export function boxOf(strokes) {
  let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; i += 2) {
      minX = Math.min(minX, stroke[i])
      maxX = Math.max(maxX, stroke[i])
      minY = Math.min(minY, stroke[i + 1])
      maxY = Math.max(maxY, stroke[i + 1])
    }
  }
  return minX > maxX ? null : { minX, minY, maxX, maxY, width: maxX - minX, height: maxY - minY }
}

/**
 * The change of units that puts the upper left corner of the drawing at (0, 0) and makes its longer side `size` units,
 * the same factor in both directions. A drawing without extent (empty, or one point) is only moved.
 *
 * @param {Polylines} polylines
 * @param {{ size?: number }} [options] `size`: default 255, as in the simplified Quick, Draw! files.
 * @returns {Transform}
 */
export function fitTransform(polylines, options) {
  requireOptions(options, 'options', ['size'])
  const size =
    options?.size === undefined ? 255 : requireNumber(options.size, 'size', { min: 1e-3, max: MAX_COORDINATE })
  const box = boundingBox(polylines)
  if (box === null) return { scale: 1, x: 0, y: 0 }
  const extent = Math.max(box.width, box.height)
  const scale = extent >= SMALLEST_EXTENT ? size / extent : 1
  return { scale, x: -box.minX * scale || 0, y: -box.minY * scale || 0 }
}

/**
 * @param {Polylines} polylines
 * @param {Transform} transform
 * @returns {Point[][]}
 */
export function applyTransform(polylines, transform) {
  const { scale, x, y } = readTransform(transform)
  return readPolylines(polylines).map((stroke) => {
    for (let i = 0; i < stroke.length; i += 2) {
      stroke[i] = stroke[i] * scale + x
      stroke[i + 1] = stroke[i + 1] * scale + y
    }
    return toPoints(stroke)
  })
}

/**
 * @param {Transform} transform
 * @returns {Transform} The one that undoes it.
 */
export function invertTransform(transform) {
  const { scale, x, y } = readTransform(transform)
  return { scale: 1 / scale, x: -x / scale || 0, y: -y / scale || 0 }
}

/** @param {Transform} transform */
function readTransform(transform) {
  if (typeof transform !== 'object' || transform === null) {
    throw mdnError('bad-argument', 'transform is not a change of units', {
      argument: 'transform',
      expected: '{ scale, x, y }, as fitTransform returns it',
      received: transform,
    })
  }
  requireOptions(transform, 'transform', ['scale', 'x', 'y'])
  return {
    scale: requireNumber(transform.scale, 'transform.scale', { min: Number.MIN_VALUE }),
    x: requireNumber(transform.x, 'transform.x'),
    y: requireNumber(transform.y, 'transform.y'),
  }
}
