/**
 * Model: a network and what its file says about it.
 *
 * @module
 */

import { mdnError, requireOptions } from './errors.js'
import { requireRows, requireSeed } from './options.js'
import { predict } from './predict.js'
import { DISPOSE, own, Resource, release } from './resource.js'
import { Session } from './session.js'

/** @typedef {import('./runtime.js').Runtime} Runtime */
/** @typedef {import('./runtime.js').CoreModel} CoreModel */

/**
 * What a model's file says, as plain frozen data. Texts come from the file: show them as text, never as markup.
 *
 * @typedef {object} ModelInfo
 * @property {string} name
 * @property {string} format The format it was loaded from.
 * @property {{ type: string, dims: number, components: number }} head
 * @property {readonly { name: string, type: string, units?: number }[]} nodes
 * @property {number} parameters
 * @property {'float32' | 'int8'} compute
 * @property {readonly number[] | null} startToken
 * @property {import('./temperature.js').TemperatureRule} temperature The default rule.
 * @property {number | undefined} maxSteps Longest sequence it was trained on, where the file says so.
 * @property {readonly string[]} listedClasses Those of its classes that it draws well enough to be offered in a list, the best
 *   known first; all of them where the file does not say.
 * @property {Readonly<Record<string, unknown>>} data Source, licence, attribution of the training data.
 * @property {Readonly<Record<string, unknown>>} training
 * @property {readonly string[]} report What an importer mapped, line by line; empty for our own files.
 */

/**
 * @typedef {object} StartOptions
 * @property {string | number} [class] A name of `model.classes` or its index; 'any' or nothing for no class in particular.
 * @property {number} [seed] A whole number in [0, 2^53); random if not given (`session.seed` tells it).
 * @property {number} [stream] Independent random numbers of the same seed; default 0.
 * @property {import('./options.js').Rows | null} [startToken] Replaces the model's own start token; null feeds none.
 */

export class Model {
  /** @type {Resource<CoreModel>} */
  #resource
  /** @type {import('./description.js').SelfTest | undefined} */
  #selfTest

  /**
   * @internal
   * @param {Runtime} runtime
   * @param {CoreModel} core
   * @param {import('./description.js').ModelDescription} description
   */
  constructor(runtime, core, { info, classes, scale, anyClass, selfTest }) {
    this.#resource = new Resource(core, 'model')
    this.#selfTest = selfTest
    own(this, this.#resource)
    /** @internal */
    this.runtime = runtime
    /** @type {ModelInfo} */
    this.info = info
    /** Names of the classes it knows; empty where it was not told. */
    this.classes = classes
    /** Data units per model unit: rows are data units ÷ scale. */
    this.scale = scale
    /** Numbers in a row that it reads. */
    this.inputs = core.inputs()
    /** Numbers in a row that it predicts: D values, then one-hot pen states (5 for sketches). */
    this.dims = core.dims() + core.categories() + core.bernoullis()
    /** @internal */
    this.shape = Object.freeze({
      dims: core.dims(),
      components: core.components(),
      triangular: core.triangular(),
      categories: core.categories(),
      bernoullis: core.bernoullis(),
    })
    /** Whether starting without a class is possible, or a class means nothing to it. */
    this.anyClass = anyClass || !core.conditioned()
  }

  /** @internal */
  get resource() {
    return this.#resource
  }

  get disposed() {
    return this.#resource.disposed
  }

  /**
   * Starts a sequence.
   *
   * @param {StartOptions} [options]
   * @returns {Session}
   */
  start(options = {}) {
    requireOptions(options, 'options', ['class', 'seed', 'stream', 'startToken'])
    const classIndex = this.#classIndex(options.class)
    const seed = requireSeed(options.seed, 'seed')
    const stream = requireSeed(options.stream ?? 0, 'stream')
    const token = options.startToken === undefined ? this.info.startToken : options.startToken
    const rows = token === null ? null : requireRows(token, 'startToken', this.inputs)
    const { Session: CoreSession } = this.runtime.core
    const session = new Session(this, new CoreSession(this.#resource.core, classIndex, seed, stream))
    if (rows !== null) session.observe(rows)
    return session
  }

  /**
   * What the network predicts for rows of inputs, each the start of a sequence of its own: one mixture row for each.
   *
   * A network with memory reads whole sequences: `x` is an array of them, all of one length, or flat with
   * `options.steps` rows a sequence. It answers after the last row, or with `each` after every row.
   *
   * @param {import('./predict.js').PredictInputs} x Model units.
   * @param {import('./predict.js').PredictOptions} [options]
   * @returns {import('./mixture.js').Mixture} count = rows, or sequences, or with `each` sequences × steps.
   */
  predict(x, options = {}) {
    requireOptions(options, 'options', ['steps', 'each', 'class'])
    return predict(this, this.#resource.core, x, this.#classIndex(options.class), options)
  }

  /**
   * Replays the input and output pair stored in the file; 'mismatch', with the first difference, if the engine does not
   * reproduce it. A file without a pair passes.
   */
  verify() {
    if (this.#selfTest === undefined) return
    const { inputs, outputs, tolerance } = this.#selfTest
    const session = this.start({ startToken: null, seed: 0, class: this.anyClass ? undefined : 0 })
    try {
      session.observe(inputs)
      const raw = session.raw()
      const expected = outputs.length === raw.length ? outputs : []
      const wrong = raw.findIndex(
        (value, i) => !(Math.abs(value - expected[i]) <= tolerance * Math.max(1, Math.abs(expected[i]))),
      )
      if (wrong === -1) return
      throw mdnError('mismatch', `The model fails its self-test at output ${wrong}`, {
        argument: 'verify',
        expected: `${expected[wrong]} within ${tolerance}`,
        received: raw[wrong],
        fix: 'The file is damaged, or was made by something that does not compute as this engine does.',
      })
    } finally {
      session.dispose()
    }
  }

  /** Frees the weights and every session of this model. Freed memory is used again, not returned to the system. */
  dispose() {
    release(this.#resource)
  }

  [DISPOSE]() {
    this.dispose()
  }

  /**
   * The core's index of a class: −1 for none in particular.
   *
   * @param {unknown} given
   */
  #classIndex(given) {
    const conditioned = this.#resource.core.conditioned()
    if (given === undefined || given === null || given === 'any') {
      if (this.anyClass) return -1
      throw mdnError('unknown-class', 'This model needs a class', {
        argument: 'class',
        expected: listed(this.classes),
        received: given,
      })
    }
    const index = typeof given === 'number' ? given : this.classes.indexOf(/** @type {string} */ (given))
    if (!Number.isInteger(index) || index < 0 || index >= this.classes.length) {
      throw mdnError('unknown-class', `The model does not know this class`, {
        argument: 'class',
        expected: this.classes.length === 0 ? 'no class: this model has none' : suggestion(given, this.classes),
        received: given,
      })
    }
    return conditioned ? index : -1
  }
}

/** @param {readonly string[]} names */
function listed(names) {
  return names.length <= 12
    ? `one of ${names.join(', ')}`
    : `one of ${names.length} names, such as ${names.slice(0, 8).join(', ')}`
}

/**
 * @param {unknown} given
 * @param {readonly string[]} names
 */
function suggestion(given, names) {
  const text = typeof given === 'string' ? given.toLowerCase() : ''
  if (text === '') return listed(names)
  const near = names.filter((name) => name.includes(text) || text.includes(name) || name[0] === text[0]).slice(0, 5)
  return near.length === 0 ? listed(names) : `${listed(names)}; the nearest: ${near.join(', ')}`
}
