/**
 * Drawings as points ↔ drawings as the rows a network reads.
 *
 * **stroke-3**: one row (Δx, Δy, lift) a point: the offset from the point before, and whether the pen leaves the paper
 * *after* this point (1) or not (0). The form of the Quick, Draw! data sets that networks are trained on.
 *
 * **stroke-5**: one row (Δx, Δy, p₁, p₂, p₃) a point, exactly one of the p being 1: p₁ the pen stays down after this
 * point, p₂ it is lifted after this point, p₃ the drawing is over and neither this row nor any later one is drawn.
 * Both after D. Ha and D. Eck, "A Neural Representation of Sketch Drawings" (2017), §3.1.
 *
 * **The first point** of a drawing is the origin and gives no row: a network starts there, it is what the start token
 * (0, 0, 1, 0, 0) stands for, and the published data sets have it so. The one exception is a drawing that begins with
 * a dot (a stroke of a single point): a row (0, 0, lift) says so. A later dot is a row like any other.
 *
 * Offsets are differences of the coordinates in double precision, then ÷ scale, then rounded to float32: exact for whole
 * numbers at scale 1. Rows are flat row-major Float32Arrays; nested and plain arrays are accepted as input.
 *
 * Errors: 'bad-argument' and 'bad-shape' for what is no drawing or no rows, 'bad-value' for NaN, infinite or absurd
 * (beyond ±1e6) coordinates and for pen columns that are not 0 and 1. An empty drawing gives no rows; strokes without
 * points are skipped.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { readPoint, readPolylines, readRows } from './validate.js'

/** @typedef {import('./validate.js').Point} Point */
/** @typedef {import('./validate.js').Polylines} Polylines */
/** @typedef {import('./validate.js').Rows} Rows */

/**
 * @typedef {object} ToRowsOptions
 * @property {readonly number[]} [origin] Where the pen is before the first point. Given, every point gives a row, the
 *   first one included: this is how strokes are appended to a drawing whose earlier points have been turned into rows.
 * @property {number} [scale] Offsets are divided by it: data units per model unit, `model.scale`. Default 1.
 * @property {boolean} [continueStroke] The pen is still on the paper after the last point. Default false.
 */

/**
 * @typedef {object} FromRowsOptions
 * @property {readonly number[]} [origin] Where the pen is before the first row. Default [0, 0].
 * @property {number} [scale] Offsets are multiplied by it. Default 1.
 * @property {boolean} [penUp] The pen is in the air at the origin, so the first row starts a new stroke; otherwise
 *   (default) the origin is the first point of the first stroke.
 */

/**
 * A drawing as rows (Δx, Δy, lift).
 *
 * ```js
 * toStroke3([[[10, 10], [15, 10], [15, 18]], [[0, 0]]])
 * // Float32Array [5, 0, 0,   0, 8, 1,   -15, -18, 1]
 * ```
 *
 * @param {Polylines} polylines
 * @param {ToRowsOptions} [options]
 * @returns {Float32Array} [rows, 3]
 */
export function toStroke3(polylines, options) {
  const { count, forEachRow } = rowsOf(polylines, options, ROW_OPTIONS)
  const rows = new Float32Array(count * 3)
  let at = 0
  forEachRow((dx, dy, lifted) => {
    rows[at] = dx
    rows[at + 1] = dy
    rows[at + 2] = lifted ? 1 : 0
    at += 3
  })
  return rows
}

/**
 * A drawing as rows (Δx, Δy, p₁, p₂, p₃). Without `end` there is no row with p₃ = 1: the drawing can go on.
 *
 * @param {Polylines} polylines
 * @param {ToRowsOptions & { end?: boolean }} [options] `end: true` adds the final row (0, 0, 0, 0, 1).
 * @returns {Float32Array} [rows, 5]
 */
export function toStroke5(polylines, options) {
  const { count, forEachRow } = rowsOf(polylines, options, [...ROW_OPTIONS, 'end'])
  const rows = new Float32Array((count + (options?.end ? 1 : 0)) * 5)
  let at = 0
  forEachRow((dx, dy, lifted) => {
    rows[at] = dx
    rows[at + 1] = dy
    rows[at + (lifted ? 3 : 2)] = 1
    at += 5
  })
  if (options?.end) rows[at + 4] = 1
  return rows
}

const ROW_OPTIONS = ['origin', 'scale', 'continueStroke']

/**
 * @param {Polylines} polylines
 * @param {ToRowsOptions | undefined} options
 * @param {string[]} allowed
 */
function rowsOf(polylines, options, allowed) {
  requireOptions(options, 'options', allowed)
  const scale = readScale(options?.scale)
  const strokes = readPolylines(polylines)
  const continued = options?.continueStroke === true
  const origin = options?.origin === undefined ? undefined : readPoint(options.origin, 'origin')
  const isDot = strokes.length > 0 && strokes[0].length === 2 && !(continued && strokes.length === 1)
  const skip = origin === undefined && !isDot && strokes.length > 0 ? 1 : 0

  let count = -skip
  for (const stroke of strokes) count += stroke.length / 2

  /** @param {(dx: number, dy: number, lifted: boolean) => void} visit */
  function forEachRow(visit) {
    if (strokes.length === 0) return
    let [x, y] = origin ?? strokes[0]
    for (let s = 0; s < strokes.length; s++) {
      const stroke = strokes[s]
      const last = stroke.length - 2
      for (let i = s === 0 ? 2 * skip : 0; i <= last; i += 2) {
        visit(
          (stroke[i] - x) / scale,
          (stroke[i + 1] - y) / scale,
          i === last && !(continued && s === strokes.length - 1),
        )
        x = stroke[i]
        y = stroke[i + 1]
      }
    }
  }
  return { count, forEachRow }
}

/**
 * Rows (Δx, Δy, lift) as a drawing: the inverse of {@link toStroke3}, exact for whole numbers.
 *
 * A drawing whose first row is (0, 0, 1) begins with a dot. Rows that end without a lift give a last stroke that is
 * still open. Offsets may be of any finite size: what a network invents is never refused here.
 *
 * @param {Rows} rows [rows, 3]
 * @param {FromRowsOptions} [options]
 * @returns {Point[][]}
 */
export function fromStroke3(rows, options) {
  const flat = readRows(rows, 3, 'rows')
  const pen = new Pen(options)
  for (let i = 0; i < flat.length; i += 3) {
    const lift = flat[i + 2]
    if (lift !== 0 && lift !== 1) throw badPen(`rows, row ${i / 3}`, 'a third number of 0 or 1', lift)
    pen.move(flat[i], flat[i + 1], lift === 1)
  }
  return pen.polylines
}

/**
 * Rows (Δx, Δy, p₁, p₂, p₃) as a drawing: the inverse of {@link toStroke5}. A row with p₃ = 1 ends it; that row and
 * whatever follows (padding) is not drawn.
 *
 * To show a continuation of a drawing, give the last point of the drawing as `origin`, and `penUp: true` if its last
 * stroke had ended.
 *
 * @param {Rows} rows [rows, 5]
 * @param {FromRowsOptions} [options]
 * @returns {Point[][]}
 */
export function fromStroke5(rows, options) {
  const flat = readRows(rows, 5, 'rows')
  const pen = new Pen(options)
  for (let i = 0; i < flat.length; i += 5) {
    const [down, up, end] = [flat[i + 2], flat[i + 3], flat[i + 4]]
    const oneHot = (down === 1 || up === 1 || end === 1) && down * down + up * up + end * end === 1
    if (!oneHot) throw badPen(`rows, row ${i / 5}`, 'pen columns with a single 1 and two 0', `${down}, ${up}, ${end}`)
    if (end === 1) break
    pen.move(flat[i], flat[i + 1], up === 1)
  }
  return pen.polylines
}

/** Follows offsets and collects strokes. */
class Pen {
  /** @param {FromRowsOptions | undefined} options */
  constructor(options) {
    requireOptions(options, 'options', ['origin', 'scale', 'penUp'])
    this.scale = readScale(options?.scale)
    const origin = options?.origin === undefined ? [0, 0] : readPoint(options.origin, 'origin')
    this.x = origin[0]
    this.y = origin[1]
    /** @type {Point[][]} */
    this.polylines = []
    /** @type {Point[] | undefined} The stroke being drawn; undefined while the pen is up. */
    this.stroke = undefined
    this.isFirst = options?.penUp !== true
  }

  /**
   * @param {number} dx
   * @param {number} dy
   * @param {boolean} lifted
   */
  move(dx, dy, lifted) {
    if (this.stroke === undefined) {
      this.stroke = this.isFirst ? [[this.x, this.y]] : []
      this.polylines.push(this.stroke)
    }
    const isDot = this.isFirst && dx === 0 && dy === 0 && lifted
    this.isFirst = false
    if (!isDot) {
      this.x += dx * this.scale
      this.y += dy * this.scale
      this.stroke.push([this.x, this.y])
    }
    if (lifted) this.stroke = undefined
  }
}

/** @param {unknown} scale */
function readScale(scale) {
  return scale === undefined ? 1 : requireNumber(scale, 'scale', { min: 1e-6, max: 1e6 })
}

/**
 * @param {string} place
 * @param {string} expected
 * @param {unknown} received
 */
function badPen(place, expected, received) {
  return mdnError('bad-value', `${place}: the pen state makes no sense`, { argument: 'rows', expected, received })
}
