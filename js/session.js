/**
 * Session: one sequence being observed and continued, row by row. Everything here is synchronous but `stream`.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from './errors.js'
import { Futures } from './futures.js'
import { Mixture } from './mixture.js'
import { breather, requireCount, requireRows, requireSeed, requireSignal } from './options.js'
import { DISPOSE, own, Resource, release, requireReady } from './resource.js'
import { temperatureFactors } from './temperature.js'

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./runtime.js').CoreSession} CoreSession */
/** @typedef {import('./temperature.js').Temperature} Temperature */
/** @typedef {import('./options.js').Rows} Rows */

/**
 * A copy of everything that changes in a session; plain data, so it can be stored or sent to a worker. It fits sessions of
 * the same model and class.
 *
 * @typedef {object} Snapshot
 * @property {Float32Array} state
 * @property {number} seed
 * @property {number} stream
 * @property {number} position
 * @property {boolean} observed
 * @property {boolean} finished
 */

/**
 * @typedef {object} ObserveOptions
 * @property {boolean | 'parts'} [logProb] Answer with the nats of each row under the mixture predicted before it: true
 *   for [n], 'parts' for [n, 2] (values and discrete parts apart). Model units: density per data unit is
 *   D · ln(model.scale) less. NaN for the first row of a session without a start token: nothing predicted it.
 * @property {Rows} [targets] Rows scored in place of those fed, [draws, n, dims]; for dequantised scores. The answer then
 *   is [draws, n] or [draws, n, 2].
 */

/** Steps between two chances for the page to breathe: some 2 ms at 512 units. */
const STEPS_PER_BREATH = 16

export class Session {
  /** @type {Resource<CoreSession>} */
  #resource
  /** @type {Temperature | undefined} */
  #lastTemperature
  /** @type {import('./temperature.js').Factors | undefined} */
  #lastFactors
  #finished = false
  #logProb = 0
  /** Where the core leaves what it stepped: the row, its log-probability, whether it was the last. */
  #stepped

  /**
   * @internal
   * @param {Model} model
   * @param {CoreSession} core
   */
  constructor(model, core) {
    /** The model; kept alive by its sessions. */
    this.model = model
    this.#resource = new Resource(core, 'session', model.resource)
    own(this, this.#resource)
    this.#stepped = core.stepped()
    requireReady(this, model.runtime, core)
    /** @internal Counts changes, so that futures know whether they still continue this session. */
    this.version = 0
  }

  /** @internal */
  get resource() {
    return this.#resource
  }

  get disposed() {
    return this.#resource.disposed
  }

  /** What is drawn is a pure function of seed, stream and position. */
  get seed() {
    return this.#resource.core.seed()
  }

  get streamIndex() {
    return this.#resource.core.stream()
  }

  /** Rows sampled, or accepted from futures, so far. */
  get position() {
    return this.#resource.core.position()
  }

  /** Whether the last sampled row ended the sequence. */
  get finished() {
    return this.#finished
  }

  /** Log-probability of the last sampled row at temperature 1, nats in model units. */
  get logProb() {
    return this.#logProb
  }

  /**
   * Feeds rows: what has been drawn, played or measured.
   *
   * @overload
   * @param {Rows} rows [n, inputs], model units.
   * @returns {void}
   */
  /**
   * @overload
   * @param {Rows} rows
   * @param {ObserveOptions & { logProb: true | 'parts' }} options
   * @returns {Float32Array}
   */
  /**
   * @overload
   * @param {Rows} rows
   * @param {ObserveOptions} [options]
   * @returns {Float32Array | void}
   */
  /**
   * @param {Rows} rows
   * @param {ObserveOptions} [options]
   * @returns {any} As the signatures above say.
   */
  observe(rows, options = {}) {
    requireOptions(options, 'options', ['logProb', 'targets'])
    const core = this.#resource.core
    const { runtime, inputs, dims } = this.model
    const fed = requireRows(rows, 'rows', inputs)
    const count = fed.length / inputs
    const wanted = options.logProb ?? false
    if (wanted !== 'parts' && typeof wanted !== 'boolean') {
      throw mdnError('bad-argument', 'logProb is not known', {
        argument: 'logProb',
        expected: "true, false or 'parts'",
        received: wanted,
      })
    }
    const targets = options.targets === undefined ? undefined : requireRows(options.targets, 'targets', dims)
    if (wanted !== false && targets === undefined && inputs !== dims) {
      throw mdnError('mismatch', 'The rows this model reads are not those it predicts', {
        argument: 'targets',
        expected: `targets: the rows of ${dims} numbers to score`,
      })
    }
    if (count === 0) return wanted === false ? undefined : new Float32Array(0)
    const draws = targets === undefined ? 1 : targets.length / (count * dims)
    if (!Number.isInteger(draws) || draws < 1) {
      throw mdnError('bad-shape', 'targets has the wrong length', {
        argument: 'targets',
        expected: `a multiple of ${count * dims} numbers, as many rows as rows for each draw`,
        received: targets?.length,
      })
    }
    this.version += 1
    this.#finished = false
    return runtime.scratch((scratch) => {
      const parts = wanted === false ? 0 : scratch.floats(2 * draws * count)
      const scored = targets === undefined || wanted === false ? 0 : scratch.place(targets)
      runtime.check(core.observe(scratch.place(fed), count, parts, scored, draws))
      if (wanted === false) return undefined
      const pairs = runtime.floats(parts, 2 * draws * count)
      return wanted === 'parts'
        ? pairs
        : Float32Array.from({ length: draws * count }, (_, i) => pairs[2 * i] + pairs[2 * i + 1])
    })
  }

  /** The mixture of the next row. */
  mixture() {
    const core = this.#resource.core
    const { runtime, shape } = this.model
    const rows = runtime.scratch((scratch) => {
      const size = rowSize(shape)
      const address = scratch.floats(size)
      runtime.check(core.mixture(address))
      return runtime.floats(address, size)
    })
    return Mixture.fromCanonical(runtime, shape, rows)
  }

  /**
   * The network's raw outputs that predict the next row.
   *
   * @returns {Float32Array}
   */
  raw() {
    const core = this.#resource.core
    const { runtime } = this.model
    const size = this.model.resource.core.outputs()
    return runtime.scratch((scratch) => {
      const address = scratch.floats(size)
      runtime.check(core.raw(address))
      return runtime.floats(address, size)
    })
  }

  /**
   * Samples the next row, feeds it back and returns it. Allocates nothing in the core, and nothing here if `out` is given.
   *
   * @param {{ temperature?: Temperature }} [options]
   * @param {Float32Array | number[]} [out] [dims]
   * @returns {Float32Array | number[]} `out`, model units.
   */
  step(options, out = new Float32Array(this.model.dims)) {
    const core = this.#resource.core
    const { runtime, dims } = this.model
    const factors = this.#factors(options?.temperature)
    if (out.length < dims) {
      throw mdnError('bad-shape', 'out is too short', {
        argument: 'out',
        expected: `${dims} numbers`,
        received: out.length,
      })
    }
    this.version += 1
    runtime.check(core.step(factors[0], factors[1], factors[2]))
    const end = this.#stepped + 4 * dims
    runtime.readInto(out, this.#stepped, dims)
    this.#logProb = runtime.float(end)
    this.#finished = runtime.float(end + 4) === 1
    return out
  }

  /**
   * Samples rows one after another until the sequence ends or `maxSteps` is reached, letting the page breathe in between.
   *
   * @param {{ maxSteps?: number, temperature?: Temperature, signal?: AbortSignal }} [options]
   * @returns {AsyncGenerator<Float32Array, void, void>}
   */
  async *stream(options = {}) {
    requireOptions(options, 'options', ['maxSteps', 'temperature', 'signal'])
    const maxSteps = requireCount(options.maxSteps, 'maxSteps', this.model.info.maxSteps ?? 250, 1e9)
    const signal = requireSignal(options.signal)
    const breathe = breather(signal)
    for (let i = 0; i < maxSteps; i += 1) {
      if (i % STEPS_PER_BREATH === 0) await breathe()
      const row = new Float32Array(this.model.dims)
      this.step(options, row)
      yield row
      if (this.#finished) return
    }
  }

  /**
   * Starts `count` continuations of this session as one batch, without changing it. Future i is what
   * `fork({ seed, stream: i })` gives when it is stepped, bit for bit.
   *
   * @param {{ count?: number, maxSteps?: number, seed?: number, temperature?: Temperature }} [options]
   *   Defaults: 8 futures, the model's maxSteps or 250, this session's seed, the model's own temperature.
   * @returns {Futures}
   */
  futures(options = {}) {
    requireOptions(options, 'options', ['count', 'maxSteps', 'seed', 'temperature'])
    const count = requireCount(options.count, 'count', 8, 65536)
    const maxSteps = requireCount(options.maxSteps, 'maxSteps', this.model.info.maxSteps ?? 250, 1e6)
    const seed = requireSeed(options.seed ?? this.seed, 'seed')
    const factors = this.#factors(options.temperature)
    const { Futures: CoreFutures } = this.model.runtime.core
    const core = new CoreFutures(this.#resource.core, count, maxSteps, seed, factors[0], factors[1], factors[2])
    return new Futures(this, core, { count, maxSteps, seed })
  }

  /**
   * Takes future `index` as if it had been stepped here: its rows are observed and counted as sampled.
   *
   * @param {Futures} futures Of this session, which must not have moved since they were made.
   * @param {number} index
   */
  accept(futures, index) {
    if (!(futures instanceof Futures)) {
      throw mdnError('bad-argument', 'futures is not a Futures', {
        argument: 'futures',
        expected: 'what session.futures() returned',
        received: futures,
      })
    }
    const chosen = requireNumber(index, 'index', { min: 0, max: futures.count - 1, integer: true })
    if (futures.session !== this || futures.version !== this.version) {
      throw mdnError('mismatch', 'These futures do not continue this session', {
        argument: 'futures',
        expected: 'futures made by this session after its last row',
        fix: 'Make new futures after observe(), step(), accept() or restore().',
      })
    }
    const core = this.#resource.core
    const { runtime, dims } = this.model
    const rows = futures.rows(chosen)
    const count = rows.length / dims
    this.version += 1
    // Not through observe(): its limits are for what people feed; what the model itself sampled is always accepted.
    runtime.scratch((scratch) => runtime.check(core.observe(scratch.place(rows), count, 0, 0, 1)))
    core.skip(count)
    this.#finished = futures.finished[chosen] === 1
  }

  /** @returns {Snapshot} */
  snapshot() {
    const core = this.#resource.core
    const { runtime } = this.model
    return runtime.scratch((scratch) => {
      const address = scratch.floats(core.snapshotSize())
      const observed = core.save(address)
      const state = runtime.floats(address, core.snapshotSize())
      return {
        state,
        seed: core.seed(),
        stream: core.stream(),
        position: core.position(),
        observed,
        finished: this.#finished,
      }
    })
  }

  /**
   * Goes back to a snapshot, of this session or of another one of the same model and class.
   *
   * @param {Snapshot} snapshot
   */
  restore(snapshot) {
    const core = this.#resource.core
    const state = snapshot?.state
    if (!(state instanceof Float32Array) || state.length !== core.snapshotSize()) {
      throw mdnError('mismatch', 'This snapshot is not of this model', {
        argument: 'snapshot',
        expected: `what snapshot() returned: a state of ${core.snapshotSize()} numbers`,
        received: state,
      })
    }
    const seed = requireSeed(snapshot.seed ?? null, 'snapshot.seed')
    const stream = requireSeed(snapshot.stream ?? null, 'snapshot.stream')
    const position = requireNumber(snapshot.position, 'snapshot.position', { min: 0, max: 2 ** 32 - 1, integer: true })
    this.version += 1
    this.#finished = snapshot.finished === true
    this.model.runtime.scratch((scratch) => {
      core.restore(scratch.place(state), seed, stream, position, snapshot.observed === true)
    })
  }

  /**
   * A session of its own in the same state.
   *
   * @param {{ seed?: number, stream?: number }} [options] Other random numbers; default: the same.
   * @returns {Session}
   */
  fork(options = {}) {
    requireOptions(options, 'options', ['seed', 'stream'])
    const core = this.#resource.core
    const seed = requireSeed(options.seed ?? core.seed(), 'seed')
    const stream = requireSeed(options.stream ?? core.stream(), 'stream')
    const { Session: CoreSession } = this.model.runtime.core
    const fork = new Session(this.model, new CoreSession(core))
    fork.#resource.core.reseed(seed, stream, core.position())
    fork.#finished = this.#finished
    fork.#logProb = this.#logProb
    return fork
  }

  /** Frees its memory and that of its futures. */
  dispose() {
    release(this.#resource)
  }

  [DISPOSE]() {
    this.dispose()
  }

  /**
   * The factors of a temperature; those of the last one are kept, for loops that step with the same.
   *
   * @param {Temperature | undefined} temperature
   */
  #factors(temperature) {
    // Objects may have been changed by their owner since, so only numbers and the default are kept.
    if (this.#lastFactors !== undefined && temperature === this.#lastTemperature && typeof temperature !== 'object') {
      return this.#lastFactors
    }
    this.#lastFactors = temperatureFactors(this.model.runtime, temperature, this.model.info.temperature)
    this.#lastTemperature = temperature
    return this.#lastFactors
  }
}

/** @param {import('./mixture.js').Shape} shape */
function rowSize({ dims, components, triangular, categories, bernoullis }) {
  return components * (1 + dims + (triangular ? (dims * (dims + 1)) / 2 : dims)) + categories + bernoullis
}
