/**
 * Futures: many continuations of one session, run as one batch, a few steps at a time.
 *
 * @module
 */

import { requireNumber } from './errors.js'
import { DISPOSE, own, Resource, release, requireReady } from './resource.js'

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('./runtime.js').CoreFutures} CoreFutures */

export class Futures {
  /** @type {Resource<CoreFutures>} */
  #resource

  /**
   * @internal
   * @param {Session} session
   * @param {CoreFutures} core
   * @param {{ count: number, maxSteps: number, seed: number }} options
   */
  constructor(session, core, { count, maxSteps, seed }) {
    this.#resource = new Resource(core, 'futures', session.resource)
    own(this, this.#resource)
    /** The session they continue. */
    this.session = session
    /** @internal Of the session when they were made. */
    this.version = session.version
    this.count = count
    this.maxSteps = maxSteps
    /** Future i draws from this seed and stream i. */
    this.seed = seed
    requireReady(this, session.model.runtime, core)
  }

  get disposed() {
    return this.#resource.disposed
  }

  /**
   * Runs up to `steps` steps of every future that has not ended.
   *
   * @param {number} [steps] Default: to the end.
   * @returns {boolean} Whether any is still running.
   */
  advance(steps = this.maxSteps) {
    const core = this.#resource.core
    const n = requireNumber(steps, 'steps', { min: 0, max: 1e6, integer: true })
    this.#runtime.check(core.advance(n))
    return !core.done()
  }

  /** Whether every future has ended or reached maxSteps. */
  get done() {
    return this.#resource.core.done()
  }

  /** Rows of each future so far, [count]. */
  get lengths() {
    return this.#runtime.ints(this.#resource.core.lengths(), this.count)
  }

  /** 1 where a future ended by itself, [count]. */
  get finished() {
    return this.#runtime.bytes(this.#resource.core.finished(), this.count)
  }

  /** Log-probability of each future at temperature 1, summed over its rows: nats in model units, [count]. */
  get logProb() {
    return this.#runtime.floats(this.#resource.core.logProbs(), this.count)
  }

  /** All rows, model units, [count, maxSteps, dims]; zero beyond each length. A copy. */
  get points() {
    return this.#runtime.floats(this.#resource.core.points(), this.count * this.#rowsSize)
  }

  /**
   * The rows of one future from row `from` on, [n, dims]. A copy; cheap enough for every frame.
   *
   * @param {number} index
   * @param {number} [from]
   * @returns {Float32Array}
   */
  rows(index, from = 0) {
    const core = this.#resource.core
    const future = requireNumber(index, 'index', { min: 0, max: this.count - 1, integer: true })
    const first = requireNumber(from, 'from', { min: 0, max: this.maxSteps, integer: true })
    const { dims } = this.session.model
    const length = this.#runtime.ints(core.lengths() + 4 * future, 1)[0]
    const start = future * this.#rowsSize + first * dims
    return this.#runtime.floats(core.points() + 4 * start, Math.max(0, length - first) * dims)
  }

  dispose() {
    release(this.#resource)
  }

  [DISPOSE]() {
    this.dispose()
  }

  get #runtime() {
    return this.session.model.runtime
  }

  get #rowsSize() {
    return this.maxSteps * this.session.model.dims
  }
}
