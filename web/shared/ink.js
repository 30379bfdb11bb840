// How lines look. A person's line follows the pressure; what the model drew is finer and even, so that the two differ by
// more than their colour.

const THINNEST = 1.4 // px
const BY_PRESSURE = 3.2 // px, at full pressure
export const MODEL_WIDTH = 1.7 // px
const SHARPEST = 0.35 // cosine of the turn, some 70°, from which a corner is a corner

/** @typedef {readonly (readonly number[])[]} Points [x, y] or [x, y, pressure], paper units. */

/**
 * Draws a person's stroke from point `from` on: smooth, through the middles of its segments.
 *
 * @param {CanvasRenderingContext2D} context In paper units.
 * @param {Points} points
 * @param {number} pixel The size of a pixel in units.
 * @param {{ from?: number, ended?: boolean }} [options] `ended`: the last half segment too.
 */
export function drawPenStroke(context, points, pixel, { from = 0, ended = true } = {}) {
  if (points.length === 1 && ended) {
    context.lineWidth = widthOf(points[0][2]) * pixel
    context.beginPath()
    addDot(context, points[0], context.lineWidth)
    context.stroke()
    return
  }
  for (let i = Math.max(from, 1); i < points.length; i += 1) {
    const [x0, y0] = i > 1 ? middle(points[i - 2], points[i - 1]) : points[0]
    const [x1, y1, pressure] = points[i - 1]
    const [x2, y2] = middle(points[i - 1], points[i])
    context.lineWidth = widthOf(pressure) * pixel
    context.beginPath()
    context.moveTo(x0, y0)
    context.quadraticCurveTo(x1, y1, x2, y2)
    if (ended && i === points.length - 1) context.lineTo(points[i][0], points[i][1])
    context.stroke()
  }
}

/**
 * Draws polylines with an even line: their first `count` points, the last segment only in part where `count` has a fraction.
 *
 * @param {CanvasRenderingContext2D} context In paper units.
 * @param {readonly Points[]} polylines
 * @param {number} width In units.
 * @param {number} [count]
 */
export function drawPolylines(context, polylines, width, count = Infinity) {
  context.lineWidth = width
  context.beginPath()
  let left = count
  for (const points of polylines) {
    if (left <= 0) break
    context.moveTo(points[0][0], points[0][1])
    if (points.length === 1) addDot(context, points[0], width)
    for (let i = 1; i < points.length && left > i; i += 1) drawSegment(context, points, i, Math.min(1, left - i))
    left -= points.length
  }
  context.stroke()
}

/**
 * The way from point i − 1 to point i, or the first part of it: a curve through gentle turns, straight at sharp ones, so
 * that the few points of a simplified drawing look like the line they stand for.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Points} points
 * @param {number} i
 * @param {number} part From 0 to 1.
 */
function drawSegment(context, points, i, part) {
  const [a, c, d, b] = segmentCurve(points, i)
  // De Casteljau: the control points of the part.
  const [ac, cd, db] = [between(a, c, part), between(c, d, part), between(d, b, part)]
  const [acd, cdb] = [between(ac, cd, part), between(cd, db, part)]
  const [x, y] = between(acd, cdb, part)
  context.bezierCurveTo(ac[0], ac[1], acd[0], acd[1], x, y)
}

/**
 * The four control points of the way from point i − 1 to point i.
 *
 * @param {Points} points
 * @param {number} i
 * @returns {readonly (readonly number[])[]}
 */
function segmentCurve(points, i) {
  const [a, b] = [points[i - 1], points[i]]
  const third = Math.hypot(b[0] - a[0], b[1] - a[1]) / 3
  const [ax, ay] = directionAt(points, i - 1, i)
  const [bx, by] = directionAt(points, i, i)
  return [a, [a[0] + third * ax, a[1] + third * ay], [b[0] - third * bx, b[1] - third * by], b]
}

/** Pieces of a curve that stand for it where somebody points at it. */
const PIECES = 8

/**
 * A polyline as it is drawn, as short straight lines: the curve of a long segment may lie far from the segment.
 *
 * @param {Points} points
 * @returns {Points}
 */
export function drawnLine(points) {
  const line = [points[0]]
  for (let i = 1; i < points.length; i += 1) {
    const [a, c, d, b] = segmentCurve(points, i)
    for (let k = 1; k <= PIECES; k += 1) {
      const t = k / PIECES
      const [ac, cd, db] = [between(a, c, t), between(c, d, t), between(d, b, t)]
      line.push(between(between(ac, cd, t), between(cd, db, t), t))
    }
  }
  return line
}

/**
 * The direction of a line at a point, as segment `segment` that begins or ends there sees it.
 *
 * @param {Points} points
 * @param {number} at
 * @param {number} segment From the point before to the point of this index.
 */
function directionAt(points, at, segment) {
  const own = unit(points[segment - 1], points[segment])
  if (at === 0 || at === points.length - 1) return own
  const [before, after] = [unit(points[at - 1], points[at]), unit(points[at], points[at + 1])]
  const cosine = before[0] * after[0] + before[1] * after[1]
  return cosine < SHARPEST ? own : unit([0, 0], [before[0] + after[0], before[1] + after[1]])
}

/**
 * Round ends make a dot of a very short line; one of no length would not be drawn.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {readonly number[]} point
 * @param {number} width
 */
function addDot(context, [x, y], width) {
  context.moveTo(x, y)
  context.lineTo(x + width / 100, y)
}

const widthOf = (/** @type {number} */ pressure) => THINNEST + BY_PRESSURE * pressure

/** @param {readonly number[]} a @param {readonly number[]} b @param {number} t */
const between = (a, b, t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]

/** @param {readonly number[]} a @param {readonly number[]} b */
const middle = (a, b) => between(a, b, 0.5)

/** @param {readonly number[]} from @param {readonly number[]} to */
function unit(from, to) {
  const [x, y] = [to[0] - from[0], to[1] - from[1]]
  const length = Math.hypot(x, y)
  return length === 0 ? [0, 0] : [x / length, y / length]
}
