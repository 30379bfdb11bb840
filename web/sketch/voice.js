// A model and its session: it follows the drawing from state to state, and continues any of them.

import { strokes as convert } from '../../js/worker/index.js'
import { BOX } from '../shared/paper.js'
import { penOf, rowsOf } from './drawing.js'

const FARTHEST = 16 * BOX // a continuation that runs off further is cut there

/** @typedef {import('../../js/worker/index.js').RemoteModel} Model */
/** @typedef {import('../../js/worker/index.js').RemoteSession} Session */
/** @typedef {import('../../js/worker/index.js').RemoteFutures} Futures */
/** @typedef {import('../../js/session.js').Snapshot} Snapshot */
/** @typedef {import('../shared/engine.js').Engine} Engine */
/** @typedef {import('./drawing.js').State} State */
/** @typedef {import('./ghosts.js').Continuation} Continuation */

export class Voice {
  /** @type {Session} */
  #session
  /** Paper units of a model unit. */
  #unit
  /** The session on empty paper. @type {Snapshot} */
  #blank
  /** The session after each state that it has seen. @type {WeakMap<State, Snapshot>} */
  #snapshots = new WeakMap()
  /** Where the session is. @type {State | undefined} */
  #at

  /**
   * Use Voice.load.
   *
   * @param {{ file: Blob, model: Model, unit: number, name: string | undefined, session: Session, blank: Snapshot }} parts
   */
  constructor({ file, model, unit, name, session, blank }) {
    this.file = file
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
   * @param {{ name?: string, signal?: AbortSignal, onProgress?: (progress: { loaded: number, total?: number }) => void }} options
   *   `name` of a class: without it, none in particular where the model can do without.
   */
  static async load(engine, file, { name, signal, onProgress }) {
    const model = await engine.load(file, { signal, onProgress })
    if (model.info.head.type !== 'sketch-rnn' || model.inputs !== 5) {
      model.dispose()
      throw new Error(`${model.info.name} is a model, but not one that draws. Choose a sketch model.`)
    }
    const chosen = name ?? (model.anyClass ? undefined : model.classes[0])
    const unit = (model.scale * BOX) / (await drawingSize(engine, model, { class: chosen, signal }))
    return Voice.#start({ file, model, unit, name: chosen })
  }

  /** The same model as another of its classes. @param {string | undefined} name */
  as(name) {
    return Voice.#start({ file: this.file, model: this.model, unit: this.#unit, name })
  }

  /** @param {{ file: Blob, model: Model, unit: number, name: string | undefined }} parts */
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
      await this.#session.observe(rowsOf(state, this.#unit))
      this.#snapshots.set(state, await this.#session.snapshot())
    }
    this.#at = state
  }

  /** Futures of the state that was followed last. @param {{ count: number, maxSteps: number, seed: number }} options */
  futures(options) {
    return this.#session.futures(options)
  }

  /**
   * What futures have drawn so far, on the paper.
   *
   * @param {Futures} futures
   * @param {State} state
   * @returns {Continuation[]}
   */
  read(futures, state) {
    const { logProb, lengths, finished, done } = futures
    const options = { scale: this.#unit, origin: penOf(state), penUp: state.strokes.length > 0 }
    return Array.from(lengths, (length, i) => {
      const polylines = convert.fromStroke5(futures.rows(i), options)
      const isCut = cut(polylines)
      return { polylines, nats: logProb[i] / length, ended: done || finished[i] === 1 || isCut }
    })
  }

  /** Frees the session. */
  dispose() {
    this.#session.dispose()
  }
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
 * Ends a drawing where it leaves the paper for good.
 *
 * @param {number[][][]} polylines Changed in place.
 * @returns {boolean} Whether it did.
 */
function cut(polylines) {
  for (const [i, points] of polylines.entries()) {
    const far = points.findIndex(([x, y]) => Math.hypot(x, y) > FARTHEST)
    if (far < 0) continue
    points.length = far
    polylines.length = far === 0 ? i : i + 1
    return true
  }
  return false
}
