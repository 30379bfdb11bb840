/**
 * Drawing commands → polylines: transforms points, turns curves into chords, cuts at pen lifts.
 *
 * @module
 */

import { mdnError } from '../errors.js'
import { MAX_COORDINATE, toPoints } from './validate.js'

/** @typedef {readonly [number, number, number, number, number, number]} Matrix (x, y) → (ax + cy + e, bx + dy + f) */

/** @type {Matrix} */
export const IDENTITY = [1, 0, 0, 1, 0, 0]

/**
 * @param {Matrix} m
 * @param {Matrix} n
 * @returns {Matrix} First n, then m.
 */
export function multiply(m, n) {
  return [
    m[0] * n[0] + m[2] * n[1],
    m[1] * n[0] + m[3] * n[1],
    m[0] * n[2] + m[2] * n[3],
    m[1] * n[2] + m[3] * n[3],
    m[0] * n[4] + m[2] * n[5] + m[4],
    m[1] * n[4] + m[3] * n[5] + m[5],
  ]
}

export class Ink {
  /**
   * @param {number} tolerance Greatest distance between a curve and its chords, after the transform.
   * @param {number} mostPoints
   */
  constructor(tolerance, mostPoints) {
    this.tolerance = tolerance
    this.mostPoints = mostPoints
    /** @type {Matrix} Applies to everything drawn from now on. */
    this.matrix = IDENTITY
    this.points = 0
    /** @type {number[][]} Finished polylines, flat. */
    this.strokes = []
    /** @type {number[]} */
    this.stroke = []
    /** @type {[number, number]} Where the stroke starts once something is drawn, transformed. */
    this.start = [0, 0]
    /** @type {[number, number]} The current point, transformed. */
    this.pen = [0, 0]
  }

  /**
   * Lifts the pen and puts it down at (x, y); nothing is drawn until the next command.
   *
   * @param {number} x
   * @param {number} y
   */
  moveTo(x, y) {
    this.lift()
    this.start = this.transform(x, y)
    this.pen = this.start
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  lineTo(x, y) {
    this.begin(1)
    this.add(this.transform(x, y))
  }

  /** Back to where the stroke started; what follows starts there too. */
  close() {
    this.begin(1)
    this.add(this.start)
    this.lift()
  }

  /**
   * Quadratic Bézier curve.
   *
   * Chords of n equal steps stay within |B″|/8n² of a curve; |B″| = 2|p₀ − 2p₁ + p₂| here.
   *
   * @param {number} x1
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   */
  quadraticTo(x1, y1, x2, y2) {
    const [ax, ay] = this.pen
    const [bx, by] = this.transform(x1, y1)
    const [cx, cy] = this.transform(x2, y2)
    const bend = Math.hypot(ax - 2 * bx + cx, ay - 2 * by + cy)
    const n = this.begin(Math.sqrt(bend / (4 * this.tolerance)))
    for (let i = 1; i < n; i++) {
      const t = i / n
      const s = 1 - t
      this.add([s * s * ax + 2 * s * t * bx + t * t * cx, s * s * ay + 2 * s * t * by + t * t * cy])
    }
    this.add([cx, cy])
  }

  /**
   * Cubic Bézier curve; |B″| ≤ 6·max(|p₀ − 2p₁ + p₂|, |p₁ − 2p₂ + p₃|).
   *
   * @param {number} x1
   * @param {number} y1
   * @param {number} x2
   * @param {number} y2
   * @param {number} x3
   * @param {number} y3
   */
  cubicTo(x1, y1, x2, y2, x3, y3) {
    const [ax, ay] = this.pen
    const [bx, by] = this.transform(x1, y1)
    const [cx, cy] = this.transform(x2, y2)
    const [dx, dy] = this.transform(x3, y3)
    const bend = Math.max(
      Math.hypot(ax - 2 * bx + cx, ay - 2 * by + cy),
      Math.hypot(bx - 2 * cx + dx, by - 2 * cy + dy),
    )
    const n = this.begin(Math.sqrt((3 * bend) / (4 * this.tolerance)))
    for (let i = 1; i < n; i++) {
      const t = i / n
      const s = 1 - t
      const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
      this.add([p * ax + q * bx + r * cx + u * dx, p * ay + q * by + r * cy + u * dy])
    }
    this.add([dx, dy])
  }

  /**
   * The elliptical arc centre + u·cos θ + v·sin θ from θ = from to from + sweep, ending at (x, y). Any linear map of an
   * ellipse is one again, so the axes u and v are transformed, not the points of a circle.
   *
   * A chord of step h stays within r(1 − cos(h/2)) = 2r·sin²(h/4), r being the longer radius.
   *
   * @param {[number, number]} centre
   * @param {[number, number]} u
   * @param {[number, number]} v
   * @param {number} from
   * @param {number} sweep
   * @param {number} x
   * @param {number} y
   */
  arcTo(centre, u, v, from, sweep, x, y) {
    const [a, b, c, d, e, f] = this.matrix
    const [ux, uy] = [a * u[0] + c * u[1], b * u[0] + d * u[1]]
    const [vx, vy] = [a * v[0] + c * v[1], b * v[0] + d * v[1]]
    const [cx, cy] = [a * centre[0] + c * centre[1] + e, b * centre[0] + d * centre[1] + f]
    const squares = ux * ux + uy * uy + vx * vx + vy * vy
    const area = ux * vy - uy * vx
    const radius = Math.sqrt((squares + Math.sqrt(Math.max(0, squares * squares - 4 * area * area))) / 2)
    const step = Math.min(Math.PI / 2, 4 * Math.asin(Math.min(1, Math.sqrt(this.tolerance / (2 * radius)))))
    const n = this.begin(Math.abs(sweep) / step - 1e-9)
    for (let i = 1; i < n; i++) {
      const angle = from + (sweep * i) / n
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
      this.add([cx + ux * cos + vx * sin, cy + uy * cos + vy * sin])
    }
    this.add(this.transform(x, y))
  }

  /** @returns {import('./validate.js').Point[][]} */
  finish() {
    this.lift()
    return this.strokes.map((stroke) => toPoints(Float64Array.from(stroke)))
  }

  /**
   * Puts down the first point of a stroke, and makes sure that the next pieces are not too many.
   *
   * @param {number} pieces
   * @returns {number} Number of pieces, whole and at least 1.
   */
  begin(pieces) {
    if (this.stroke.length === 0) this.add(this.start)
    const n = Math.max(1, Math.ceil(pieces))
    if (!(this.points + n <= this.mostPoints)) {
      throw mdnError('too-large', 'The SVG text draws too many points', {
        expected: `at most ${this.mostPoints}`,
        fix: 'Use a larger tolerance.',
      })
    }
    return n
  }

  lift() {
    if (this.stroke.length > 0) this.strokes.push(this.stroke)
    this.stroke = []
    this.pen = this.start
  }

  /** @param {[number, number]} point Transformed. */
  add(point) {
    const [x, y] = point
    if (!(Math.abs(x) <= MAX_COORDINATE && Math.abs(y) <= MAX_COORDINATE)) throw absurd(x, y)
    this.pen = point
    const { stroke } = this
    if (stroke.length > 0 && stroke[stroke.length - 2] === x && stroke[stroke.length - 1] === y) return
    stroke.push(x, y)
    this.points++
  }

  /**
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]}
   */
  transform(x, y) {
    const [a, b, c, d, e, f] = this.matrix
    return [a * x + c * y + e, b * x + d * y + f]
  }
}

/**
 * @param {number} x
 * @param {number} y
 */
function absurd(x, y) {
  return mdnError('bad-value', 'The SVG text has a point out of range', {
    argument: 'text',
    expected: `coordinates from ${-MAX_COORDINATE} to ${MAX_COORDINATE}`,
    received: `(${x}, ${y})`,
  })
}
