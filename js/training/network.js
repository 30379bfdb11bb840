/**
 * Network: what `build` makes and `fit` changes. Its weights live here, in JavaScript; whatever predicts or draws is a
 * Model made of them as they are at that moment.
 *
 * @module
 */

import { buildModel } from '../build-model.js'
import { describeModel, readDescription } from '../description.js'
import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { Model } from '../model.js'
import { requireSeed } from '../options.js'
import { Random } from '../random.js'
import { DISPOSE } from '../resource.js'
import { readFloats, tensorOf, writeSafetensors } from '../safetensors.js'
import { headOutputs } from './layers.js'

/** @typedef {import('../runtime.js').Runtime} Runtime */
/** @typedef {import('./core.js').TrainModule} TrainModule */

/**
 * @typedef {object} BuildOptions
 * @property {number} [inputs] Numbers in a row that it reads.
 * @property {readonly import('./layers.js').Layer[]} [layers] In order; each reads the one before it.
 * @property {import('./layers.js').HeadDescription} [head]
 * @property {number} [seed] Of the initial weights, and of `fit` where that is given none; random if not given.
 * @property {readonly string[]} [classes] Names of classes that condition every LSTM, through a learnt embedding.
 * @property {number} [embedding] Its size; default 32.
 * @property {boolean} [anyClass] Whether it also learns to do without a class; default true.
 * @property {number} [scale] Data units per model unit, for drawings; default 1.
 * @property {readonly number[]} [startToken] The first row of a sequence that is sampled; default for sketches
 *   [0, 0, 1, 0, 0], else none.
 * @property {import('../temperature.js').TemperatureRule} [temperature] The model's default rule.
 * @property {string} [name]
 * @property {Uint8Array | ArrayBuffer} [from] A model file of ours to train further, in place of all of the above but the
 *   seed.
 */

/** @typedef {{ name: string, shape: number[], offset: number, size: number }} View */

/** Rows of the self-test that save() stores. */
const SELF_TEST_ROWS = 8

export class Network {
  /** @type {Record<string, any>} */
  #description
  /** @type {readonly View[]} */
  #views
  /** @type {Float32Array} */
  #values
  /** @type {Model | undefined} */
  #model
  #modelGiven = false
  #disposed = false

  /**
   * @internal
   * @param {Runtime} runtime
   * @param {Record<string, any>} description JSON of a model file.
   * @param {number} seed
   * @param {readonly View[]} views
   * @param {Float32Array} values
   */
  constructor(runtime, description, seed, views, values) {
    /** @internal */
    this.runtime = runtime
    this.#description = description
    this.#views = views
    this.#values = values
    this.seed = seed
    /** Numbers in a row that it reads. */
    this.inputs = /** @type {number} */ (description.input.size)
    /** Numbers in a row that it predicts. */
    this.dims = /** @type {number} */ (description.head.type === 'diagonal' ? description.head.dims : 5)
    /** How many numbers it learns. */
    this.parameters = values.length
    /** @internal Whether a run is changing it. */
    this.training = false
    /** @internal Summary of the training so far. */
    this.summary = /** @type {Record<string, unknown>} */ ({})
  }

  /** @internal JSON of the model file without the weights. */
  get description() {
    return this.#description
  }

  /** The weights as they are now: a copy of each array by its name in the model file. */
  get weights() {
    return new Map(
      this.#views.map(({ name, shape, offset, size }) => [
        name,
        { shape: [...shape], values: this.#values.slice(offset, offset + size) },
      ]),
    )
  }

  /** @internal All weights as one array, in the order of the core. */
  get values() {
    if (this.#disposed) throw mdnError('disposed', 'This network was used after its dispose()')
    return this.#values
  }

  /** @internal */
  set values(values) {
    this.#values = values
    // A model that somebody may still draw with stays as it is; one that only answered predict() can go now.
    if (!this.#modelGiven) this.#model?.dispose()
    this.#model = undefined
    this.#modelGiven = false
  }

  /** A Model of the weights as they are now, for sessions, futures and `complete`. Later training does not change it. */
  get model() {
    this.#modelGiven = true
    return this.#present()
  }

  /**
   * What it predicts for rows of inputs; see `Model.predict`.
   *
   * @param {import('../predict.js').PredictInputs} x
   * @param {import('../predict.js').PredictOptions} [options]
   */
  predict(x, options) {
    return this.#present().predict(x, options)
  }

  /**
   * Starts a sequence with the weights as they are now; see `Model.start`.
   *
   * @param {import('../model.js').StartOptions} [options]
   */
  start(options) {
    return this.model.start(options)
  }

  /** Frees the model of the present weights, unless `model` or `start` gave it away: then its own dispose() does. */
  dispose() {
    if (!this.#modelGiven) this.#model?.dispose()
    this.#model = undefined
    this.#disposed = true
  }

  [DISPOSE]() {
    this.dispose()
  }

  /**
   * @internal
   * @param {Record<string, unknown>} more Further fields of the description.
   */
  file(more) {
    const values = this.values
    const tensors = new Map(
      this.#views.map(({ name, shape, offset, size }) => [
        name,
        tensorOf(values.subarray(offset, offset + size), shape),
      ]),
    )
    return writeSafetensors({
      metadata: { 'mixture-density': JSON.stringify({ ...this.#description, ...more }) },
      tensors,
    })
  }

  #present() {
    this.#model ??= modelOf(this.runtime, this.file({}))
    return this.#model
  }
}

/**
 * @param {Runtime} runtime
 * @param {Uint8Array} bytes
 */
function modelOf(runtime, bytes) {
  const { description, tensors } = readDescription(bytes)
  const known = describeModel(description, tensors, 'safetensors', [])
  return new Model(runtime, buildModel(runtime, known, tensors, false), known)
}

/**
 * @param {Runtime} runtime
 * @param {BuildOptions} options
 * @returns {Network}
 */
export function buildNetwork(runtime, options) {
  requireOptions(options, 'options', [
    ...['inputs', 'layers', 'head', 'seed', 'classes', 'embedding', 'anyClass', 'scale', 'startToken', 'temperature'],
    ...['name', 'from'],
  ])
  const seed = requireSeed(options?.seed, 'seed')
  if (options?.from !== undefined) return fromFile(runtime, options.from, seed)
  return fromDescription(runtime, describeNetwork(options ?? {}), seed)
}

/**
 * @param {Runtime} runtime
 * @param {Record<string, any>} description
 * @param {number} seed
 */
function fromDescription(runtime, description, seed) {
  const { Parameters } = /** @type {TrainModule} */ (runtime.core)
  const core = new Parameters()
  try {
    runtime.check(core.build(JSON.stringify(description), seed), { argument: 'options' })
    /** @type {View[]} */
    const views = []
    let offset = 0
    for (let v = 0; v < core.views(); v += 1) {
      const shape = Array.from({ length: core.rank(v) }, (_, axis) => core.extent(v, axis))
      const size = shape.reduce((product, n) => product * n, 1)
      views.push({ name: core.name(v), shape, offset, size })
      offset += size
    }
    return new Network(runtime, description, seed, views, runtime.floats(core.values(), core.size()))
  } finally {
    core.delete()
  }
}

/**
 * @param {Runtime} runtime
 * @param {Uint8Array | ArrayBuffer} bytes
 * @param {number} seed
 */
function fromFile(runtime, bytes, seed) {
  const file = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
  const { description, tensors } = readDescription(file)
  modelOf(runtime, file).dispose() // judges everything in it
  const kept = /** @type {Record<string, any>} */ ({ ...description, compute: 'float32' })
  delete kept.selfTest
  delete kept.training
  const network = fromDescription(runtime, kept, seed)
  const values = new Float32Array(network.parameters)
  let offset = 0
  for (const [name, { values: initial }] of network.weights) {
    values.set(readFloats(tensors, name), offset)
    offset += initial.length
  }
  network.values = values
  return network
}

/**
 * @param {BuildOptions} options
 * @returns {Record<string, any>} JSON of a model file.
 */
function describeNetwork(options) {
  const { layers = [], head, classes = [], name = 'model' } = options
  if (!Array.isArray(layers) || layers.some((layer) => layer?.type !== 'dense' && layer?.type !== 'lstm')) {
    throw mdnError('bad-argument', 'layers is not a list of layers', {
      argument: 'layers',
      expected: "[dense(15, 'relu'), lstm(64), …]",
      received: layers,
    })
  }
  if (head?.type !== 'diagonal' && head?.type !== 'sketch-rnn') {
    throw mdnError('bad-argument', 'head is not the head of a network', {
      argument: 'head',
      expected: 'diagonalGaussian({ dims, components }) or sketchRnn({ components })',
      received: head,
    })
  }
  if (!Array.isArray(classes) || classes.some((item) => typeof item !== 'string')) {
    throw mdnError('bad-argument', 'classes is not a list of names', { argument: 'classes', received: classes })
  }
  const inputs = requireNumber(options.inputs, 'inputs', { min: 1, max: 16384, integer: true })
  const anyClass = classes.length > 0 && options.anyClass !== false
  const conditioned = classes.length > 0
  if (conditioned && !layers.some(({ type }) => type === 'lstm')) {
    throw mdnError('unsupported', 'Classes condition LSTM layers, and this network has none', { argument: 'classes' })
  }
  /** @type {object[]} */
  const nodes = []
  if (conditioned) {
    const units = requireNumber(options.embedding ?? 32, 'embedding', { min: 1, max: 16384, integer: true })
    nodes.push({ name: 'class', type: 'embedding', classes: classes.length + (anyClass ? 1 : 0), units })
  }
  const counts = { dense: 0, lstm: 0 }
  let from = 'input'
  for (const layer of /** @type {readonly import('./layers.js').Layer[]} */ (layers)) {
    const node = `${layer.type}_${counts[layer.type]}`
    counts[layer.type] += 1
    nodes.push(
      layer.type === 'dense'
        ? { name: node, type: 'dense', inputs: [from], units: layer.units, activation: layer.activation }
        : {
            name: node,
            type: 'lstm',
            inputs: [from],
            units: layer.units,
            gates: 'ifgo',
            forgetBias: 0,
            recurrentActivation: layer.recurrentActivation,
            activation: 'tanh',
            ...(conditioned ? { condition: 'class' } : {}),
          },
    )
    from = node
  }
  nodes.push({ name: 'output', type: 'dense', inputs: [from], units: headOutputs(head), activation: 'linear' })
  const startToken = options.startToken ?? (head.type === 'sketch-rnn' && inputs === 5 ? [0, 0, 1, 0, 0] : null)
  return {
    version: 1,
    name: String(name),
    input: { size: inputs },
    nodes,
    head: { ...head },
    scale: requireNumber(options.scale ?? 1, 'scale', { min: 1e-6, max: 1e6 }),
    startToken: startToken === null ? null : [...startToken],
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    compute: 'float32',
    classes: [...classes],
    anyClass,
  }
}

/**
 * The network as a model file: safetensors, with a self-test. `load` of any entry reads it.
 *
 * @param {Network} network
 * @param {{ name?: string, data?: Record<string, unknown> }} [options] `data`: source, licence, attribution of what it
 *   learnt from.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function save(network, options = {}) {
  requireNetwork(network, 'network')
  requireOptions(options, 'options', ['name', 'data'])
  const more = {
    ...(options.name === undefined ? {} : { name: String(options.name) }),
    ...(options.data === undefined ? {} : { data: options.data }),
    training: network.summary,
  }
  const model = modelOf(network.runtime, network.file(more))
  try {
    const random = new Random(0)
    const inputs = Array.from({ length: SELF_TEST_ROWS }, () => [
      ...random.fillNormal(new Float32Array(network.inputs)),
    ])
    const session = model.start({ startToken: null, seed: 0, class: model.anyClass ? undefined : 0 })
    session.observe(inputs)
    return network.file({ ...more, selfTest: { inputs, outputs: [...session.raw()], tolerance: 1e-5 } })
  } finally {
    model.dispose()
  }
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
export function requireNetwork(value, argument) {
  if (value instanceof Network) return value
  const model = value instanceof Model
  throw mdnError(model ? 'mismatch' : 'bad-argument', `${model ? 'A loaded model' : 'This'} cannot be trained`, {
    argument,
    expected: 'a network that build() of mixture-density/train has made',
    received: value,
    fix: model ? 'To train a model further: build({ from: the bytes of its file }).' : undefined,
  })
}
