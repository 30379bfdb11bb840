// The drawing and its history. A state is never changed: every action makes a new one, so undo and redo are exact, for the
// person's strokes, the model's and for clearing alike.

import { strokes as convert } from '../../js/worker/index.js'

const FINE = 20 // places of the ink in a paper unit: far less than a pixel, and short to write down
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
    this.#push({ strokes: [...this.state.strokes, ...strokes.map(rounded)], before: this.state })
  }

  /** Another drawing in place of this one. @param {readonly Stroke[]} strokes */
  replace(strokes) {
    this.#push({ strokes: strokes.map(rounded), before: undefined })
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
 * To places that can be written down exactly, so that a drawing that is read again is the same, and continued alike.
 *
 * @param {Stroke} stroke
 * @returns {Stroke}
 */
function rounded({ by, points }) {
  return {
    by,
    points: points.map(([x, y, pressure]) => {
      const place = [Math.round(x * FINE) / FINE, Math.round(y * FINE) / FINE]
      return pressure === undefined ? place : [...place, Math.round(pressure * 100) / 100]
    }),
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
 * What a model sees of the strokes that a state adds to the one before it: people's are simplified for it, never on the paper.
 *
 * @param {State} state
 */
function seen({ strokes, before }) {
  return strokes.slice(before?.strokes.length ?? 0).map(({ by, points }) => {
    const polyline = points.map(([x, y]) => [x, y])
    return by === 'person' ? convert.simplify(polyline, EPSILON) : polyline
  })
}

/**
 * The same as rows for a network.
 *
 * @param {State} state
 * @param {number} unit Paper units of a model unit.
 * @param {{ continueStroke?: boolean }} [options] `continueStroke`: the pen is still down.
 * @returns {Float32Array} Rows of five, model units.
 */
export function rowsOf(state, unit, { continueStroke = false } = {}) {
  const { before } = state
  // The first point of a drawing is where the model starts from, and gives no row.
  const origin = before === undefined || before.strokes.length === 0 ? undefined : penOf(before)
  return convert.toStroke5(seen(state), { scale: unit, origin, continueStroke })
}

/**
 * The way to each point that the model sees, from the one before it in its stroke.
 *
 * @param {State} state
 */
export function waysOf(state) {
  return seen(state).flatMap((points) => points.map((to, i) => ({ from: points[Math.max(i - 1, 0)], to })))
}
