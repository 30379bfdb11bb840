/**
 * `fit`: a training run, from its first step to its history.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { breather, requireSeed, requireSignal } from '../options.js'
import { own, Resource, release } from '../resource.js'
import { dataWarnings, requireData } from './data.js'
import { requireNetwork } from './network.js'
import { LEARN_OPTIONS, specification } from './specification.js'

/** @typedef {import('./network.js').Network} Network */
/** @typedef {import('./data.js').TrainingData} TrainingData */
/** @typedef {import('./core.js').TrainModule} TrainModule */
/** @typedef {import('./core.js').CoreTraining} CoreTraining */

/**
 * @typedef {object} RunOptions
 * @property {number} [epochs] Times that all data is seen; default 100.
 * @property {number} [steps] Batches in all, in place of epochs.
 * @property {number} [maxSeconds] Stop after so long, with the weights of that moment.
 * @property {number | TrainingData} [validation] A share of the sequences, chosen by the seed, or other data. Drawings
 *   bring their own.
 * @property {number} [patience] Stop after so many epochs without a better validation loss, and keep the best weights.
 * @property {number} [seed] Of the order, the choice for validation, dropout and noise; default the network's.
 * @property {AbortSignal} [signal] Aborts between two batches; the weights learnt so far stay.
 * @property {Uint8Array} [resume] A checkpoint of a run of the same network, data and options, to go on from.
 */

/** @typedef {RunOptions & import('./specification.js').LearnOptions} FitOptions */

/**
 * Losses are nats a point: negative log densities (which may well be below 0), per model unit for arrays and per data unit
 * for drawings.
 *
 * @typedef {object} Epoch
 * @property {number} epoch From 1.
 * @property {number} step Steps done.
 * @property {number} loss Mean over the epoch's batches as they were met.
 * @property {number} valueLoss Of the values alone …
 * @property {number} discreteLoss … and of the discrete parts; 0 where there are none.
 * @property {number | undefined} validationLoss After the epoch; undefined without validation data.
 * @property {number} learningRate Of its last step.
 * @property {number} gradientNorm Of its last step, before clipping.
 * @property {number} stepsPerSecond
 * @property {number} seconds Since the run started.
 * @property {number} secondsLeft At this speed.
 */

/**
 * @typedef {object} History
 * @property {Epoch[]} epochs
 * @property {number} steps
 * @property {number} seconds
 * @property {number} loss Of the last epoch.
 * @property {number | undefined} validationLoss Of the weights that were kept.
 * @property {number | undefined} bestEpoch Where validation was best.
 * @property {'finished' | 'patience' | 'time' | 'stopped'} ended
 * @property {string[]} warnings What about the data or the options makes training hard.
 */

const RUN_OPTIONS = ['epochs', 'steps', 'maxSeconds', 'validation', 'patience', 'seed', 'signal', 'resume']

/** Milliseconds of work between two chances for others. A page must stay fluid; a worker only has to hear of an abort. */
const SLICE = typeof document === 'undefined' ? 50 : 10

/** What one batch may take of memory. */
const MAX_BATCH_BYTES = 2 ** 29

/** A run, started. Iterate over it for its epochs, await `done` for its history. */
export class Training {
  /** @type {Network} */
  #network
  /** @type {Resource<CoreTraining>} */
  #resource
  /** @type {History} */
  #history
  /** @type {(() => void)[]} */
  #waiting = []
  #ended = false
  #stopAsked = false

  /**
   * @internal
   * @param {Network} network
   * @param {CoreTraining} core
   * @param {string[]} warnings
   * @param {RunOptions} options
   */
  constructor(network, core, warnings, options) {
    this.#network = network
    this.#resource = new Resource(core, 'training run')
    own(this, this.#resource)
    this.#history = {
      epochs: [],
      steps: 0,
      seconds: 0,
      loss: Number.NaN,
      validationLoss: undefined,
      bestEpoch: undefined,
      ended: 'finished',
      warnings,
    }
    /**
     * The history, when the run has ended. Rejects with the signal's reason, or with what went wrong; the network then
     * keeps the last sound weights.
     *
     * @type {Promise<History>}
     */
    this.done = this.#run(core, options).finally(() => {
      this.#ended = true
      network.training = false
      for (const wake of this.#waiting.splice(0)) wake()
    })
  }

  /** The history so far. */
  get history() {
    return this.#history
  }

  /** Ends the run after the present batch, in good order: `done` resolves. */
  stop() {
    this.#stopAsked = true
  }

  /**
   * All that is needed to go on with the same bits, as bytes for `fit(…, { resume })`: weights, moments and counters.
   *
   * @returns {Uint8Array}
   */
  checkpoint() {
    const { core } = this.#resource
    core.makeCheckpoint()
    return this.#network.runtime.bytes(core.checkpoint(), core.checkpointSize())
  }

  /** Frees the memory of a run that has ended; the garbage collector does it otherwise. */
  dispose() {
    this.#stopAsked = true
    if (this.#ended) release(this.#resource)
    else this.done.catch(() => {}).then(() => release(this.#resource))
  }

  /** @returns {AsyncGenerator<Epoch, void, void>} */
  async *[Symbol.asyncIterator]() {
    this.done.catch(() => {}) // it is thrown below
    for (let i = 0; ; i += 1) {
      while (i >= this.#history.epochs.length) {
        if (this.#ended) {
          await this.done
          return
        }
        await new Promise((resolve) => this.#waiting.push(() => resolve(undefined)))
      }
      yield this.#history.epochs[i]
    }
  }

  /**
   * @param {CoreTraining} core
   * @param {RunOptions} options
   * @returns {Promise<History>}
   */
  async #run(core, options) {
    const breathe = breather(options.signal, SLICE)
    const history = this.#history
    const perEpoch = core.stepsPerEpoch()
    const start = performance.now()
    const seconds = () => (performance.now() - start) / 1000
    /** @type {Float32Array | undefined} */
    let best
    let sum = new Sum(0)
    // The caller has its run before the first step is made.
    await Promise.resolve()
    try {
      while (!core.done()) {
        await breathe()
        if (this.#stopAsked) history.ended = 'stopped'
        else if (seconds() > (options.maxSeconds ?? Infinity)) history.ended = 'time'
        const ended = history.ended !== 'finished'
        if (ended && sum.steps === 0) break
        if (!ended) {
          this.#network.runtime.check(core.step())
          sum.add(core)
          if (core.steps() % perEpoch !== 0 && !core.done()) continue
          await breathe()
        }
        if (core.validates()) core.validate()
        const epoch = sum.epoch(core, options, seconds())
        sum = new Sum(epoch.seconds)
        const weights = this.#keep(core)
        const { validationLoss } = epoch
        if (validationLoss !== undefined && validationLoss < (history.validationLoss ?? Infinity)) {
          history.validationLoss = validationLoss
          history.bestEpoch = epoch.epoch
          best = weights
        }
        history.loss = epoch.loss
        this.#add(epoch)
        if (ended) break
        if (options.patience !== undefined && epoch.epoch - (history.bestEpoch ?? epoch.epoch) >= options.patience) {
          history.ended = 'patience'
          break
        }
      }
    } finally {
      history.steps = core.steps()
      history.seconds = seconds()
      this.#keep(core)
    }
    if (options.patience !== undefined && best !== undefined) this.#network.values = best
    else history.validationLoss = history.epochs.at(-1)?.validationLoss
    this.#network.summary = {
      steps: history.steps,
      seconds: Math.round(history.seconds),
      loss: history.loss,
      ...(history.validationLoss === undefined ? {} : { validationLoss: history.validationLoss }),
    }
    return history
  }

  /**
   * Gives the network the weights of this moment.
   *
   * @param {CoreTraining} core
   */
  #keep(core) {
    const weights = this.#network.runtime.floats(core.parameters(), this.#network.parameters)
    this.#network.values = weights
    return weights
  }

  /** @param {Epoch} epoch */
  #add(epoch) {
    this.#history.epochs.push(epoch)
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

/** What the steps of an epoch add up to. */
class Sum {
  #values = 0
  #discrete = 0
  #points = 0
  #from
  steps = 0

  /** @param {number} from Seconds at its beginning. */
  constructor(from) {
    this.#from = from
  }

  /** @param {CoreTraining} core After a step. */
  add(core) {
    const points = core.points()
    this.#values += core.valueNats() * points
    this.#discrete += core.discreteNats() * points
    this.#points += points
    this.steps += 1
  }

  /**
   * @param {CoreTraining} core
   * @param {RunOptions} options
   * @param {number} seconds Now.
   * @returns {Epoch}
   */
  epoch(core, options, seconds) {
    const step = core.steps()
    const points = Math.max(this.#points, Number.MIN_VALUE)
    const stepsPerSecond = this.steps / Math.max(seconds - this.#from, 1e-6)
    return {
      epoch: Math.ceil(step / core.stepsPerEpoch()),
      step,
      loss: (this.#values + this.#discrete) / points,
      valueLoss: this.#values / points,
      discreteLoss: this.#discrete / points,
      validationLoss: core.validates() ? core.validationValueNats() + core.validationDiscreteNats() : undefined,
      learningRate: core.rate(),
      gradientNorm: core.norm(),
      stepsPerSecond,
      seconds,
      secondsLeft: (stepsInAll(core, options) - step) / stepsPerSecond,
    }
  }
}

const DEFAULT_EPOCHS = 100

/**
 * @param {CoreTraining} core
 * @param {RunOptions} options
 */
function stepsInAll(core, { steps, epochs = DEFAULT_EPOCHS }) {
  return steps ?? epochs * core.stepsPerEpoch()
}

/**
 * Trains a network: starts at once, and lets the page or process breathe between batches.
 *
 * ```js
 * const run = fit(net, { x, y }, { epochs: 500, batchSize: 128, learningRate: 1e-3, validation: 0.15, signal })
 * for await (const epoch of run) plot(epoch.loss, epoch.validationLoss)
 * const history = await run.done
 * ```
 *
 * @param {Network} network
 * @param {TrainingData | Uint8Array | ArrayBuffer} data Arrays, or the bytes of a data set of drawings.
 * @param {FitOptions} [options]
 * @returns {Training}
 */
export function fit(network, data, options = {}) {
  requireNetwork(network, 'network')
  requireOptions(options, 'options', [...RUN_OPTIONS, ...LEARN_OPTIONS])
  if (network.training) {
    throw mdnError('bad-argument', 'This network is being trained already', {
      argument: 'network',
      fix: 'Await the first run, or stop() it.',
    })
  }
  const signal = requireSignal(options.signal)
  const seed = requireSeed(options.seed ?? network.seed, 'seed')
  const limits = { min: 1, max: 1e9, integer: true }
  if (options.epochs !== undefined) requireNumber(options.epochs, 'epochs', limits)
  if (options.steps !== undefined) requireNumber(options.steps, 'steps', limits)
  if (options.patience !== undefined) requireNumber(options.patience, 'patience', limits)
  if (options.maxSeconds !== undefined) requireNumber(options.maxSeconds, 'maxSeconds', { min: 0 })
  const drawings = data instanceof Uint8Array || data instanceof ArrayBuffer
  const { runtime } = network
  const spec = specification(options, network, seed, drawings)
  /** @type {string[]} */
  const warnings = []
  const core = drawings
    ? drawingTraining(network, data instanceof Uint8Array ? data : new Uint8Array(data), options, spec, warnings)
    : arrayTraining(network, data, options, spec, warnings)
  try {
    if (options.patience !== undefined && !core.validates()) {
      throw mdnError('bad-argument', 'patience needs something to validate with', {
        argument: 'patience',
        fix: 'Give validation: a share such as 0.15, or { x, y }.',
      })
    }
    runtime.scratch((scratch) => core.startFrom(scratch.place(network.values)))
    if (options.resume !== undefined) resume(core, network, options.resume)
    core.setSteps(stepsInAll(core, options))
  } catch (error) {
    core.delete()
    throw error
  }
  network.training = true
  return new Training(network, core, warnings, { ...options, signal })
}

/**
 * @param {CoreTraining} core
 * @param {Network} network
 * @param {unknown} bytes
 */
function resume(core, network, bytes) {
  if (!(bytes instanceof Uint8Array)) {
    throw mdnError('bad-argument', 'resume is not a checkpoint', {
      argument: 'resume',
      expected: 'the bytes of checkpoint() of a run',
      received: bytes,
    })
  }
  network.runtime.scratch((scratch) => {
    network.runtime.check(core.resume(scratch.place(bytes), bytes.length), { argument: 'resume' })
  })
}

/**
 * @param {Network} network
 * @param {TrainingData} data
 * @param {FitOptions} options
 * @param {string} spec
 * @param {string[]} warnings
 */
function arrayTraining(network, data, options, spec, warnings) {
  const { runtime, inputs, dims, description } = network
  const recurrent = description.nodes.some((/** @type {{ type: string }} */ node) => node.type === 'lstm')
  const shape = { inputs, dims, recurrent, classNames: description.classes }
  const { validation = 0 } = options
  const given = [requireData(data, 'data', shape)]
  warnings.push(...dataWarnings(given[0], inputs, dims))
  const share =
    typeof validation === 'number' ? requireNumber(validation, 'validation', { min: 0, max: 0.99 }) : undefined
  if (share === undefined) given.push(requireData(validation, 'validation', shape))
  requireMemory(network, given[0].lengths, options)
  const arrays = given.length === 1 ? given[0] : joined(given[0], given[1])
  const { ArrayTraining } = /** @type {TrainModule} */ (runtime.core)
  const core = new ArrayTraining()
  try {
    /** @type {(values: Int32Array | Float32Array, hand: (address: number) => void) => void} */
    const hand = (values, to) =>
      runtime.scratch((scratch) =>
        to(scratch.place(values instanceof Float32Array ? values : new Uint8Array(values.buffer))),
      )
    const { x, y, lengths, mask, classes, lastOnly } = arrays
    hand(x, (address) => core.inputs(address, x.length / inputs, inputs))
    hand(y, (address) => core.targets(address, y.length / dims, dims, lastOnly))
    hand(lengths, (address) => core.lengths(address, lengths.length))
    if (mask !== undefined) hand(mask, (address) => core.mask(address, mask.length))
    if (classes !== undefined) hand(classes, (address) => core.classes(address, classes.length))
    runtime.check(core.create(spec, given[1]?.lengths.length ?? 0, share ?? 0), { argument: 'data' })
    return core
  } catch (error) {
    core.delete()
    throw error
  }
}

/**
 * @param {import('./data.js').Arrays} first
 * @param {import('./data.js').Arrays} second
 * @returns {import('./data.js').Arrays}
 */
function joined(first, second) {
  if (first.lastOnly !== second.lastOnly) {
    throw mdnError('mismatch', 'validation has another kind of targets than the data', {
      argument: 'validation',
      expected: first.lastOnly ? 'one target for each sequence' : 'one target for each row',
    })
  }
  const masked = first.mask !== undefined || second.mask !== undefined
  const classes = first.classes !== undefined && second.classes !== undefined
  return {
    x: concatenated(Float32Array, first.x, second.x),
    y: concatenated(Float32Array, first.y, second.y),
    lastOnly: first.lastOnly,
    lengths: concatenated(Int32Array, first.lengths, second.lengths),
    mask: masked ? concatenated(Float32Array, maskOf(first), maskOf(second)) : undefined,
    classes: classes ? concatenated(Int32Array, first.classes ?? [], second.classes ?? []) : undefined,
  }
}

/**
 * @template {Float32Array | Int32Array} T
 * @param {new (length: number) => T} Type
 * @param {ArrayLike<number>} first
 * @param {ArrayLike<number>} second
 */
function concatenated(Type, first, second) {
  const out = new Type(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  return out
}

/** @param {import('./data.js').Arrays} arrays */
function maskOf({ mask, lengths, lastOnly }) {
  return mask ?? new Float32Array(lastOnly ? lengths.length : rowsOf(lengths)).fill(1)
}

/** @param {Int32Array} lengths */
function rowsOf(lengths) {
  let sum = 0
  for (const length of lengths) sum += length
  return sum
}

/**
 * Long sequences without a window need memory for every row of a batch.
 *
 * @param {Network} network
 * @param {Int32Array} lengths
 * @param {FitOptions} options
 */
function requireMemory(network, lengths, { batchSize = 128, window = 0 }) {
  let longest = 0
  for (const length of lengths) longest = Math.max(longest, length)
  const rows = Math.min(batchSize, lengths.length) * (window > 0 ? Math.min(window, longest) : longest)
  let floats = network.inputs + network.dims
  for (const node of network.description.nodes) {
    if (node.type !== 'embedding') floats += (node.type === 'lstm' ? 9 : 2) * node.units
  }
  const bytes = 4 * rows * floats
  if (bytes <= MAX_BATCH_BYTES) return
  throw mdnError('too-large', `A batch of sequences of up to ${longest} rows does not fit the memory`, {
    argument: 'data',
    expected: `at most ${MAX_BATCH_BYTES} bytes`,
    received: bytes,
    fix: `Train in windows (window: ${Math.max(1, Math.floor((MAX_BATCH_BYTES / bytes) * (rows / Math.min(batchSize, lengths.length)) * 0.5))} would do), cut the sequences, or make batchSize smaller.`,
  })
}

/**
 * @param {Network} network
 * @param {Uint8Array} bytes
 * @param {FitOptions} options
 * @param {string} spec
 * @param {string[]} warnings
 */
function drawingTraining(network, bytes, options, spec, warnings) {
  if (options.validation !== undefined) {
    throw mdnError('bad-argument', 'A data set of drawings brings its own validation', {
      argument: 'validation',
      expected: 'nothing',
      received: options.validation,
    })
  }
  const { runtime } = network
  const { StrokeTraining } = /** @type {TrainModule} */ (runtime.core)
  const core = new StrokeTraining()
  try {
    runtime.scratch((scratch) => runtime.check(core.read(scratch.place(bytes), bytes.length), { argument: 'data' }))
    const known = network.description.classes
    const names = Array.from({ length: core.classes() }, (_, i) => core.className(i))
    const other = known.length === 0 ? -1 : names.findIndex((name, i) => known[i] !== name)
    if (other !== -1 || (known.length > 0 && known.length !== names.length)) {
      throw mdnError('mismatch', 'The data set has other classes than the network', {
        argument: 'data',
        expected: `the classes ${known.slice(0, 8).join(', ')}${known.length > 8 ? ' …' : ''}, in this order`,
        received: names.slice(0, 8).join(', '),
      })
    }
    const deviation = core.deviation()
    const { scale } = network.description
    if (deviation > 10 * scale || deviation < scale / 10) {
      const fit = Number(deviation.toPrecision(2))
      warnings.push(
        `Offsets have a standard deviation of ${fit} data units: build the network with scale: ${fit}, not ${scale}, or training will be slow or diverge.`,
      )
    }
    runtime.check(core.create(spec), { argument: 'options' })
    return core
  } catch (error) {
    core.delete()
    throw error
  }
}
