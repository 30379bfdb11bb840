// The drawing and its history. A state is never changed: every action makes a new one, so undo and redo are exact, for the
// person's strokes, the model's and for clearing alike.

import { strokes as convert } from '../../js/worker/index.js'

const EPSILON = 2 // of the simplification, as in the drawings that the models learnt from; paper units

/**
 * @typedef {object} Stroke
 * @property {'person' | 'model'} by
 * @property {readonly (readonly number[])[]} points [x, y, pressure] or [x, y], paper units.
 */

/**
 * @typedef {object} State
 * @property {readonly Stroke[]} strokes
 * @property {State | undefined} before The state it was made from by adding strokes; none for an empty one.
 */

export class Drawing {
  /** @type {State[]} */
  #states = [{ strokes: [], before: undefined }]
  #at = 0

  get state() {
    return this.#states[this.#at]
  }

  get isEmpty() {
    return this.state.strokes.length === 0
  }

  get canUndo() {
    return this.#at > 0
  }

  get canRedo() {
    return this.#at < this.#states.length - 1
  }

  /** @param {readonly Stroke[]} strokes */
  add(strokes) {
    this.#push({ strokes: [...this.state.strokes, ...strokes], before: this.state })
  }

  clear() {
    this.#push({ strokes: [], before: undefined })
  }

  undo() {
    if (this.canUndo) this.#at -= 1
  }

  redo() {
    if (this.canRedo) this.#at += 1
  }

  /** @param {State} state */
  #push(state) {
    this.#states.length = this.#at + 1
    this.#states.push(state)
    this.#at += 1
  }
}

/**
 * Where the pen is after a state: on empty paper in its upper half, where most people begin.
 *
 * @param {State} state
 * @returns {readonly number[]}
 */
export function penOf({ strokes }) {
  return strokes.at(-1)?.points.at(-1)?.slice(0, 2) ?? [0, -60]
}

/**
 * What a model sees of the strokes that a state adds to the one before it. People's strokes are simplified for it, never
 * on the paper.
 *
 * @param {State} state
 * @param {number} unit Paper units of a model unit.
 * @returns {Float32Array} Rows of five, model units.
 */
export function rowsOf({ strokes, before }, unit) {
  const earlier = before?.strokes.length ?? 0
  const added = strokes.slice(earlier).map(({ by, points }) => {
    const polyline = points.map(([x, y]) => [x, y])
    return by === 'person' ? convert.simplify(polyline, EPSILON) : polyline
  })
  // The first point of a drawing is where the model starts from, and gives no row.
  const origin = before === undefined || earlier === 0 ? undefined : penOf(before)
  return convert.toStroke5(added, { scale: unit, origin })
}
