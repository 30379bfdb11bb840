/**
 * What the page holds in place of a Model, a Session and Futures: the same names, every call a promise, the work in the
 * worker. What a getter tells is what was true at the last answer.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { requireCount, requireSignal } from '../options.js'
import { DISPOSE } from '../resource.js'

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('../options.js').Rows} Rows */
/** @typedef {import('../session.js').ObserveOptions} ObserveOptions */
/** @typedef {import('../session.js').Snapshot} Snapshot */
/** @typedef {import('../temperature.js').Temperature} Temperature */
/** @typedef {import('./protocol.js').PlainMixture} PlainMixture */
/** @typedef {import('./protocol.js').SessionFacts} SessionFacts */

/** A thing of the worker, by its number. */
class Handle {
  #disposed = false

  /**
   * @internal
   * @param {Connection} connection
   * @param {number} handle
   * @param {string} name In error messages.
   */
  constructor(connection, handle, name) {
    /** @internal */
    this.connection = connection
    /** @internal */
    this.handle = handle
    /** @internal */
    this.name = name
    connection.own(this, handle)
  }

  get disposed() {
    return this.#disposed
  }

  /**
   * Frees it in the worker, and what was made from it. Nothing needs to be awaited: messages arrive in order.
   */
  dispose() {
    if (this.#disposed) return
    this.#disposed = true
    this.connection.release(this, this.handle)
  }

  [DISPOSE]() {
    this.dispose()
  }

  /**
   * @internal
   * @param {string} method
   * @param {unknown[]} args
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<any>}
   */
  async call(method, args, options) {
    if (this.#disposed) throw mdnError('disposed', `This ${this.name} was used after its dispose()`)
    return this.connection.call(method, this.handle, args, options)
  }
}

export class RemoteModel extends Handle {
  /**
   * @internal
   * @param {Connection} connection
   * @param {any} facts
   */
  constructor(connection, { handle, info, classes, scale, inputs, dims, anyClass }) {
    super(connection, handle, 'model')
    /** @type {import('../model.js').ModelInfo} */
    this.info = info
    /** @type {readonly string[]} */
    this.classes = classes
    /** Data units per model unit: rows are data units ÷ scale. @type {number} */
    this.scale = scale
    /** Numbers in a row that it reads. @type {number} */
    this.inputs = inputs
    /** Numbers in a row that it predicts. @type {number} */
    this.dims = dims
    /** Whether starting without a class is possible. @type {boolean} */
    this.anyClass = anyClass
  }

  /**
   * @param {import('../model.js').StartOptions} [options]
   * @returns {Promise<RemoteSession>}
   */
  async start(options) {
    return new RemoteSession(this, await this.call('model.start', [options]))
  }

  /**
   * Replays the self-test of its file.
   *
   * @returns {Promise<void>}
   */
  verify() {
    return this.call('model.verify', [])
  }
}

export class RemoteSession extends Handle {
  /** @type {SessionFacts} */
  #facts

  /**
   * @internal
   * @param {RemoteModel} model
   * @param {{ handle: number, facts: SessionFacts }} made
   */
  constructor(model, { handle, facts }) {
    super(model.connection, handle, 'session')
    this.model = model
    this.#facts = facts
  }

  get seed() {
    return this.#facts.seed
  }

  get streamIndex() {
    return this.#facts.streamIndex
  }

  get position() {
    return this.#facts.position
  }

  get finished() {
    return this.#facts.finished
  }

  get logProb() {
    return this.#facts.logProb
  }

  /**
   * @overload
   * @param {Rows} rows
   * @returns {Promise<void>}
   */
  /**
   * @overload
   * @param {Rows} rows
   * @param {ObserveOptions & { logProb: true | 'parts' }} options
   * @returns {Promise<Float32Array>}
   */
  /**
   * @overload
   * @param {Rows} rows
   * @param {ObserveOptions} [options]
   * @returns {Promise<Float32Array | void>}
   */
  /**
   * @param {Rows} rows
   * @param {ObserveOptions} [options]
   */
  observe(rows, options) {
    return this.#do('observe', [rows, options])
  }

  /**
   * The mixture of the next row, as plain data.
   *
   * @returns {Promise<PlainMixture>}
   */
  mixture() {
    return this.#do('mixture', [])
  }

  /** @returns {Promise<Float32Array>} */
  raw() {
    return this.#do('raw', [])
  }

  /**
   * @param {{ temperature?: Temperature }} [options]
   * @returns {Promise<Float32Array>}
   */
  step(options) {
    return this.#do('step', [options])
  }

  /**
   * Rows one after another; the session is never ahead of the row that was given out.
   *
   * @param {{ maxSteps?: number, temperature?: Temperature, signal?: AbortSignal }} [options]
   * @returns {AsyncGenerator<Float32Array, void, void>}
   */
  async *stream(options = {}) {
    requireOptions(options, 'options', ['maxSteps', 'temperature', 'signal'])
    const maxSteps = requireCount(options.maxSteps, 'maxSteps', this.model.info.maxSteps ?? 250, 1e9)
    const signal = requireSignal(options.signal)
    for (let i = 0; i < maxSteps; i += 1) {
      signal?.throwIfAborted()
      yield await this.step({ temperature: options.temperature })
      if (this.finished) return
    }
  }

  /**
   * @param {{ count?: number, maxSteps?: number, seed?: number, temperature?: Temperature }} [options]
   * @returns {Promise<RemoteFutures>}
   */
  async futures(options) {
    return new RemoteFutures(this, await this.#do('futures', [options]))
  }

  /**
   * @param {RemoteFutures} futures
   * @param {number} index
   * @returns {Promise<void>}
   */
  async accept(futures, index) {
    if (!(futures instanceof RemoteFutures)) {
      throw mdnError('bad-argument', 'futures is not a RemoteFutures', {
        argument: 'futures',
        expected: 'what session.futures() of the same worker resolved to',
        received: futures,
      })
    }
    if (futures.connection !== this.connection) {
      throw mdnError('mismatch', 'These futures live in another worker', { argument: 'futures' })
    }
    await this.#do('accept', [futures.handle, index])
  }

  /** @returns {Promise<Snapshot>} */
  snapshot() {
    return this.#do('snapshot', [])
  }

  /**
   * @param {Snapshot} snapshot
   * @returns {Promise<void>}
   */
  restore(snapshot) {
    return this.#do('restore', [snapshot])
  }

  /**
   * @param {{ seed?: number, stream?: number }} [options]
   * @returns {Promise<RemoteSession>}
   */
  async fork(options) {
    return new RemoteSession(this.model, await this.#do('fork', [options]))
  }

  /**
   * @param {string} method
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  async #do(method, args) {
    const { result, facts } = await this.call(`session.${method}`, args)
    this.#facts = facts
    return result
  }
}

export class RemoteFutures extends Handle {
  /** @type {Float32Array} [count, maxSteps, dims] */
  #points
  #dims
  #done = false
  /** @type {Int32Array} */
  #lengths
  /** @type {Uint8Array} */
  #finished
  /** @type {Float32Array} */
  #logProb

  /**
   * @internal
   * @param {RemoteSession} session
   * @param {import('./protocol.js').FuturesFacts} facts
   */
  constructor(session, { handle, count, maxSteps, seed }) {
    super(session.connection, handle, 'futures')
    /** The session they continue. */
    this.session = session
    this.count = count
    this.maxSteps = maxSteps
    /** Future i draws from this seed and stream i. */
    this.seed = seed
    this.#dims = session.model.dims
    this.#points = new Float32Array(count * maxSteps * this.#dims)
    this.#lengths = new Int32Array(count)
    this.#finished = new Uint8Array(count)
    this.#logProb = new Float32Array(count)
  }

  /**
   * Runs up to `steps` steps of every future; the answer brings the new rows only.
   *
   * @param {number} [steps] Default: to the end.
   * @returns {Promise<boolean>} Whether any is still running.
   */
  async advance(steps) {
    /** @type {import('./protocol.js').FuturesNews} */
    const { running, lengths, finished, logProb, rows } = await this.call('futures.advance', [steps])
    let from = 0
    for (let i = 0; i < this.count; i += 1) {
      const size = (lengths[i] - this.#lengths[i]) * this.#dims
      const at = (i * this.maxSteps + this.#lengths[i]) * this.#dims
      this.#points.set(rows.subarray(from, from + size), at)
      from += size
    }
    this.#lengths = lengths
    this.#finished = finished
    this.#logProb = logProb
    this.#done = !running
    return running
  }

  /** Whether every future has ended or reached maxSteps. */
  get done() {
    return this.#done
  }

  /** Rows of each future so far, [count]. */
  get lengths() {
    return this.#lengths.slice()
  }

  /** 1 where a future ended by itself, [count]. */
  get finished() {
    return this.#finished.slice()
  }

  /** Log-probability of each future at temperature 1: nats in model units, [count]. */
  get logProb() {
    return this.#logProb.slice()
  }

  /** All rows so far, [count, maxSteps, dims]; zero beyond each length. A copy. */
  get points() {
    return this.#points.slice()
  }

  /**
   * The rows of one future from row `from` on, [n, dims]. A copy.
   *
   * @param {number} index
   * @param {number} [from]
   */
  rows(index, from = 0) {
    const future = requireNumber(index, 'index', { min: 0, max: this.count - 1, integer: true })
    const first = requireNumber(from, 'from', { min: 0, max: this.maxSteps, integer: true })
    const start = future * this.maxSteps
    return this.#points.slice(
      (start + first) * this.#dims,
      (start + Math.max(first, this.#lengths[future])) * this.#dims,
    )
  }
}
