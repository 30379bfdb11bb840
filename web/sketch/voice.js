// A model and its session: it follows the drawing from state to state, and continues any of them.

import { strokes as convert } from '../../js/worker/index.js'
import { BOX } from '../shared/paper.js'
import { penOf, rowsOf, waysOf } from './drawing.js'

const FARTHEST = 16 * BOX // a continuation that runs off further is cut there

/** @typedef {import('../../js/worker/index.js').RemoteModel} Model */
/** @typedef {import('../../js/worker/index.js').RemoteSession} Session */
/** @typedef {import('../../js/worker/index.js').RemoteFutures} Futures */
/** @typedef {import('../../js/session.js').Snapshot} Snapshot */
/** @typedef {import('../shared/engine.js').Engine} Engine */
/** @typedef {import('./drawing.js').State} State */
/** @typedef {import('./modes.js').Plan} Plan */
/** @typedef {import('./ghosts.js').Continuation} Continuation */
/** @typedef {import('./seeing.js').Expectation} Expectation */
/** @typedef {import('./seeing.js').Surprise} Surprise */

/** @typedef {{ file: Blob, hash: string, model: Model, unit: number, name: string | undefined }} Parts */

export class Voice {
  /** @type {Session} */
  #session
  /** Paper units of a model unit. */
  #unit
  /** The session on empty paper. @type {Snapshot} */
  #blank
  /** The session after each state that it has seen. @type {WeakMap<State, Snapshot>} */
  #snapshots = new WeakMap()
  /** Log-probabilities of the rows that led there. @type {WeakMap<State, Float32Array>} */
  #nats = new WeakMap()
  /** Where the session is. @type {State | undefined} */
  #at

  /**
   * Use Voice.load.
   *
   * @param {Parts & { session: Session, blank: Snapshot }} parts
   */
  constructor({ file, hash, model, unit, name, session, blank }) {
    this.file = file
    this.hash = hash
    this.model = model
    /** Of the class; undefined is none in particular. */
    this.name = name
    this.#session = session
    this.#unit = unit
    this.#blank = blank
  }

  /**
   * @param {Engine} engine
   * @param {Blob} file
   * @param {{ name?: string, signal?: AbortSignal }} options
   *   `name` of a class: without one that it knows, none in particular where the model can do without.
   */
  static async load(engine, file, { name, signal }) {
    const model = await engine.load(file, { signal })
    if (model.info.head.type !== 'sketch-rnn' || model.inputs !== 5) {
      model.dispose()
      throw new Error(`${model.info.name} is a model, but not one that draws. Choose a sketch model.`)
    }
    const isKnown = name !== undefined && model.classes.includes(name)
    const chosen = isKnown ? name : model.anyClass ? undefined : model.classes[0]
    const unit = (model.scale * BOX) / (await drawingSize(engine, model, { class: chosen, signal }))
    return Voice.#start({ file, hash: await hashOf(file), model, unit, name: chosen })
  }

  /** The same model as another of its classes. @param {string | undefined} name */
  as(name) {
    return Voice.#start({ file: this.file, hash: this.hash, model: this.model, unit: this.#unit, name })
  }

  /** @param {Parts} parts */
  static async #start(parts) {
    const session = await parts.model.start({ class: parts.name })
    return new Voice({ ...parts, session, blank: await session.snapshot() })
  }

  /**
   * Brings the session to a state: back to a snapshot, or on by the strokes that it has not seen.
   *
   * @param {State} state
   */
  async follow(state) {
    if (this.#at === state) return
    const at = this.#at
    this.#at = undefined // until it has arrived
    const known = state.strokes.length === 0 ? this.#blank : this.#snapshots.get(state)
    if (known !== undefined) {
      await this.#session.restore(known)
    } else {
      if (state.before !== undefined && state.before !== at) await this.follow(state.before)
      this.#nats.set(state, await this.#session.observe(rowsOf(state, this.#unit), { logProb: true }))
      this.#snapshots.set(state, await this.#session.snapshot())
    }
    this.#at = state
  }

  /**
   * What the model expects next: after a state, or after a stroke that is being made on it.
   *
   * @param {State} state
   * @param {number[][]} [wet] The points of the stroke.
   * @returns {Promise<Expectation>}
   */
  async expectation(state, wet) {
    await this.follow(state)
    let pen = penOf(state)
    if (wet !== undefined) {
      const here = { strokes: [...state.strokes, { by: /** @type {const} */ ('person'), points: wet }], before: state }
      this.#at = undefined // the next state begins at a snapshot
      await this.#session.observe(rowsOf(here, this.#unit, { continueStroke: true }))
      pen = penOf(here)
    }
    const { weights, means, scaleTril, pen: states } = await this.#session.mixture()
    const onPaper = (/** @type {number} */ value) => value * this.#unit
    return { pen, weights, means: means.map(onPaper), scaleTril: scaleTril.map(onPaper), states }
  }

  /** How much each point of a state that was followed surprised the model. @param {State} state @returns {Surprise[]} */
  surprises(state) {
    const nats = this.#nats.get(state)
    if (nats === undefined) return []
    const ways = waysOf(state)
    // The first point of a drawing, where the model starts from, surprises nobody.
    const own = ways.slice(ways.length - nats.length).map((way, i) => ({ ...way, nats: -nats[i] }))
    return state.before === undefined ? own : [...this.surprises(state.before), ...own]
  }

  /** Futures of the state that was followed last. @param {Plan} plan */
  futures({ count, maxSteps, seed, temperature }) {
    return this.#session.futures({
      count,
      maxSteps,
      seed,
      temperature: times(this.model.info.temperature, temperature),
    })
  }

  /**
   * What futures have drawn so far, on the paper.
   *
   * @param {Futures} futures
   * @param {State} state
   * @param {Plan} plan
   * @returns {Continuation[]}
   */
  read(futures, state, { oneStroke, centre }) {
    const { logProb, lengths, finished, done } = futures
    const options = { scale: this.#unit, origin: penOf(state), penUp: state.strokes.length > 0 }
    return Array.from(lengths, (length, i) => {
      const polylines = convert.fromStroke5(futures.rows(i), options)
      const isCut = cut(polylines, oneStroke ? 1 : Infinity)
      if (centre !== undefined) move(polylines, centre)
      return { polylines, nats: logProb[i] / length, ended: done || finished[i] === 1 || isCut }
    })
  }

  /** Frees the session. */
  dispose() {
    this.#session.dispose()
  }
}

/** Tells files apart, but proves nothing: FNV-1a, 32 bits. @param {Blob} file */
async function hashOf(file) {
  let hash = 0x811c9dc5
  for (const byte of new Uint8Array(await file.arrayBuffer())) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

/**
 * How large a model draws, in units of its own data, which few files say: the median of what it draws from nothing. Its
 * drawings are then shown, and it sees the paper, at the size that fills the paper's box.
 *
 * @param {Engine} engine
 * @param {Model} model
 * @param {{ class: string | undefined, signal: AbortSignal | undefined }} options
 */
async function drawingSize(engine, model, options) {
  const drawings = await engine.complete(model, [], { ...options, count: 9, seed: 0 })
  const sizes = drawings.map(({ polylines }) => Math.max(...[0, 1].map((axis) => extent(polylines.flat(), axis))))
  const median = sizes.sort((a, b) => a - b)[(sizes.length - 1) / 2]
  return median > 0 ? median : BOX
}

/** @param {readonly (readonly number[])[]} points @param {number} axis */
function extent(points, axis) {
  const places = points.map((point) => point[axis])
  return Math.max(...places) - Math.min(...places)
}

/**
 * A temperature rule with all its numbers multiplied: 1 is the model's own.
 *
 * @param {import('../../js/temperature.js').TemperatureRule} rule
 * @param {number} factor
 */
function times({ rule, temperature = 1, ...numbers }, factor) {
  const multiplied = Object.entries({ temperature, ...numbers }).map(([name, value]) => [name, factor * value])
  return { rule, ...Object.fromEntries(multiplied) }
}

/**
 * Ends a drawing after so many strokes, or where it leaves the paper for good.
 *
 * @param {number[][][]} polylines Changed in place.
 * @param {number} strokes
 * @returns {boolean} Whether it did.
 */
function cut(polylines, strokes) {
  const isLong = polylines.length > strokes
  if (isLong) polylines.length = strokes
  for (const [i, points] of polylines.entries()) {
    const far = points.findIndex(([x, y]) => Math.hypot(x, y) > FARTHEST)
    if (far < 0) continue
    points.length = far
    polylines.length = far === 0 ? i : i + 1
    return true
  }
  return isLong
}

/** Brings the middle of a drawing to a place. @param {number[][][]} polylines Changed in place. @param {readonly number[]} centre */
function move(polylines, centre) {
  const box = convert.boundingBox(polylines)
  if (box === null) return
  const [dx, dy] = [centre[0] - box.minX - box.width / 2, centre[1] - box.minY - box.height / 2]
  for (const point of polylines.flat()) {
    point[0] += dx
    point[1] += dy
  }
}
