/**
 * Line simplification: the Ramer–Douglas–Peucker algorithm.
 *
 * U. Ramer, "An iterative procedure for the polygonal approximation of plane curves", Computer Graphics and Image
 * Processing 1 (1972) 244–256; D. H. Douglas and T. K. Peucker, "Algorithms for the reduction of the number of points
 * required to represent a digitized line or its caricature", Cartographica 10 (1973) 112–122.
 *
 * Keep the first and the last point; of the points between, take the one farthest from the segment that joins them; if
 * it is farther than ε, keep it and go on with both halves, otherwise drop everything between. The distance is that to
 * the *segment*, not to its infinite line, so every dropped point lies within ε of the line that is drawn, closed loops
 * included. Among points equally far (to a relative 1e-12 in the squared distance) the first one is taken.
 *
 * Time is O(n log n) for ordinary strokes. The textbook search needs O(n²) where every split takes off a point or two (a
 * long scribble over the same triangle); so once the points looked at exceed `PLAIN_WORK`·n, the search goes on with a
 * tree of convex hulls (hulls.js), which finds the same point in a small number of steps: 100,000 points stay well below
 * a second whatever their shape.
 *
 * @module
 */

import { requireNumber } from '../errors.js'
import { distance2, HullTree, TIE } from './hulls.js'
import { isNumericArray, MAX_COORDINATE, readPolyline } from './validate.js'

/** @typedef {import('./validate.js').Point} Point */
/** @typedef {import('./validate.js').NumericArray} NumericArray */
/** @typedef {import('./validate.js').Polyline} Polyline */

/** Points looked at, per point of the stroke, before the hulls are built; ordinary strokes need log₂ n to 2·log₂ n. */
const PLAIN_WORK = 48

/** Ranges shorter than this are always searched plainly. */
const SHORT = 128

/**
 * The polyline with every point dropped that lies within `epsilon` of what remains. The first and last points stay.
 *
 * Quick, Draw!'s simplified drawings were made with ε = 2 after scaling to 255 units; what a model of that data should
 * continue is best simplified likewise.
 *
 * @template {Polyline} P
 * @param {P} polyline
 * @param {number} epsilon Tolerance ≥ 0 in the units of the points; 0 drops only points exactly on the line.
 * @returns {P extends NumericArray ? P : Point[]} A new array: of the same type if it was a flat typed array.
 */
export function simplify(polyline, epsilon) {
  const indices = simplifyIndices(polyline, epsilon)
  /** @type {NumericArray | Point[]} */
  let result
  if (isNumericArray(polyline)) {
    result = /** @type {NumericArray} */ (new /** @type {any} */ (polyline.constructor)(indices.length * 2))
    for (let i = 0; i < indices.length; i++) {
      result[2 * i] = polyline[2 * indices[i]]
      result[2 * i + 1] = polyline[2 * indices[i] + 1]
    }
  } else {
    const points = /** @type {readonly (readonly number[] | NumericArray)[]} */ (polyline)
    result = Array.from(indices, (i) => /** @type {Point} */ ([points[i][0], points[i][1]]))
  }
  return /** @type {P extends NumericArray ? P : Point[]} */ (result)
}

/**
 * Which points {@link simplify} keeps: for those who carry pressure or time beside the points.
 *
 * @param {Polyline} polyline
 * @param {number} epsilon
 * @returns {Uint32Array} Ascending indices.
 */
export function simplifyIndices(polyline, epsilon) {
  const xy = readPolyline(polyline, 'polyline')
  const keep = markKept(xy, requireNumber(epsilon, 'epsilon', { min: 0, max: 4 * MAX_COORDINATE }))
  const indices = new Uint32Array(keep.reduce((sum, kept) => sum + kept, 0))
  for (let i = 0, at = 0; i < keep.length; i++) {
    if (keep[i]) indices[at++] = i
  }
  return indices
}

/**
 * @param {Float64Array} xy
 * @param {number} epsilon
 */
function markKept(xy, epsilon) {
  const n = xy.length / 2
  const keep = new Uint8Array(n)
  if (n === 0) return keep
  keep[0] = 1
  keep[n - 1] = 1

  const limit = epsilon * epsilon
  const plainWork = PLAIN_WORK * n
  let work = 0
  /** @type {HullTree | undefined} */
  let tree
  const pending = [0, n - 1] // ranges as pairs first, last; a stack instead of recursion, which would overflow
  while (pending.length > 0) {
    const last = /** @type {number} */ (pending.pop())
    const first = /** @type {number} */ (pending.pop())
    if (last - first < 2) continue
    work += last - first
    if (tree === undefined && work > plainWork) tree = new HullTree(xy)
    const isLong = last - first >= SHORT
    const split = tree !== undefined && isLong ? tree.farthest(first, last, limit) : farthest(xy, first, last, limit)
    if (split < 0) continue
    keep[split] = 1
    pending.push(first, split, split, last)
  }
  return keep
}

/**
 * The first of the farthest points strictly between `first` and `last`, or −1 if none is farther than √limit.
 *
 * @param {Float64Array} xy
 * @param {number} first
 * @param {number} last
 * @param {number} limit
 */
function farthest(xy, first, last, limit) {
  const ax = xy[2 * first]
  const ay = xy[2 * first + 1]
  const bx = xy[2 * last]
  const by = xy[2 * last + 1]
  let greatest = limit
  for (let i = first + 1; i < last; i++) {
    const d = distance2(xy[2 * i], xy[2 * i + 1], ax, ay, bx, by)
    if (d > greatest) greatest = d
  }
  if (greatest === limit) return -1
  const enough = Math.max(greatest * (1 - TIE), limit)
  let i = first + 1
  while (!(distance2(xy[2 * i], xy[2 * i + 1], ax, ay, bx, by) >= enough)) i++
  return i
}
