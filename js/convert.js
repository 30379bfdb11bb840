/**
 * Conversion of models: any format that `load` reads → our model file, with weights as float32, float16 or int8 and a
 * self-test that proves it. Pure functions on bytes; files are the caller's business.
 *
 * | stored as | recurrent and class matrices | other matrices | vectors | runs in |
 * |---|---|---|---|---|
 * | `float32` | float32 | float32 | float32 | float32 |
 * | `float16` | float16 | float16 | float32 | float32: float16 is expanded when loaded |
 * | `int8` | int8, one scale a column | float16 | float32 | int8: the recurrent product in integers |
 *
 * @module
 */

import { readDescription } from './description.js'
import { mdnError, requireOneOf } from './errors.js'
import { toModelFile } from './load.js'
import { Random } from './random.js'
import {
  quantiseInt8PerColumn,
  readFloats,
  readSafetensors,
  tensorOf,
  toFloat16,
  writeSafetensors,
} from './safetensors.js'

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./safetensors.js').Tensor} Tensor */
/** @typedef {(typeof STORAGES)[number]} Storage */

export const STORAGES = /** @type {const} */ (['float32', 'float16', 'int8'])

/**
 * An input and output pair: rows fed to a fresh sequence, and the network's raw outputs after the last of them.
 *
 * @typedef {object} SelfTest
 * @property {number[][]} inputs
 * @property {number[]} outputs
 * @property {number} tolerance × max(1, |output|)
 */

/**
 * @typedef {object} Converted
 * @property {Uint8Array<ArrayBuffer>} bytes The model file; it has been loaded and its self-test passed.
 * @property {Uint8Array} source The same model as it came, in our format: for comparisons.
 * @property {string} format What was converted.
 * @property {readonly string[]} report What an importer mapped, line by line.
 * @property {number} difference Largest difference of an output in the self-test from float32 weights, ÷ max(1, |output|).
 * @property {SelfTest} selfTest
 */

/** Matrices that are multiplied with the recurrent state or the class: the bulk of the weights. */
const INT8_MATRIX = /\/(?:recurrent_kernel|class_kernel|class_state_kernel)$/

const LARGEST_FLOAT16 = 65504

const SELF_TEST_ROWS = 24
const SELF_TEST_SEED = 1

/**
 * The engine gives the same bits everywhere, so float32 weights need no tolerance at all; this much is left to other
 * programs that read our files.
 */
const TIGHTEST = 1e-5

/** Room above the difference measured at conversion, so that what the test notices is damage, not rounding. */
const ROOM = 2

/** Outputs further apart than this are not those of the same network: rounding to 8 bits moves them by some 1e-2. */
const LOOSEST = 0.5

/**
 * The self-test's outputs are computed by the engine with the weights as they came, in float32. Its tolerance is 1e-5
 * for float32 weights; for narrower ones, twice the largest difference that the new file shows, run in its own mode and
 * in float32, rounded up to two digits.
 *
 * Throws what `load` throws for a file that is not good, 'bad-value' for weights that float16 cannot hold and 'mismatch'
 * where the narrower weights change the outputs by more than 0.5.
 *
 * @param {(source: Uint8Array, options?: import('./load.js').LoadOptions) => Promise<Model>} load Of an entry.
 * @param {Uint8Array | readonly unknown[]} content Bytes of a model in any format known, or parsed sketch-rnn JSON.
 * @param {{ storage?: Storage }} [options] Default 'float32'.
 * @returns {Promise<Converted>}
 */
export async function convertModel(load, content, options = {}) {
  const storage = requireOneOf(options.storage ?? 'float32', 'storage', STORAGES)
  const { bytes: source, format, report } = toModelFile(content)
  const { inputs, outputs } = await withModel(load, source, { compute: 'float32', verify: true }, recordPair)

  const stored = storeWeights(source, storage)
  let difference = 0
  for (const compute of storage === 'int8' ? /** @type {const} */ ([undefined, 'float32']) : [undefined]) {
    const replayed = await withModel(load, stored, { compute }, (model) => replay(model, inputs))
    difference = Math.max(difference, largestDifference(replayed, outputs))
  }
  if (!(difference <= LOOSEST)) {
    throw mdnError('mismatch', `As ${storage}, the weights no longer give the same outputs`, {
      argument: 'storage',
      expected: `differences of at most ${LOOSEST}`,
      received: difference,
      fix: 'Keep this model in float32.',
    })
  }
  const selfTest = { inputs, outputs, tolerance: Math.max(TIGHTEST, roundUp(ROOM * difference)) }
  const bytes = describeAgain(stored, { selfTest })
  await withModel(load, bytes, { verify: true }, () => undefined)
  return { bytes, source, format, report, difference, selfTest }
}

/**
 * The same model with its weights stored otherwise; its self-test, which belongs to the weights as they were, is dropped.
 *
 * @param {Uint8Array} bytes A model file of ours.
 * @param {Storage} storage
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function storeWeights(bytes, storage) {
  const { tensors } = readDescription(bytes)
  /** @type {Map<string, Tensor>} */
  const stored = new Map()
  for (const [name, { shape }] of tensors) {
    if (isScale(name, tensors)) continue
    const values = readFloats(tensors, name)
    const isMatrix = shape.length === 2
    if (storage === 'int8' && isMatrix && INT8_MATRIX.test(name)) {
      const { values: rounded, scales } = quantiseInt8PerColumn(values, shape[1])
      stored.set(name, tensorOf(rounded, shape))
      stored.set(`${name}_scale`, tensorOf(scales, [shape[1]]))
    } else if (storage !== 'float32' && isMatrix) {
      stored.set(name, tensorOf(toFloat16(requireFloat16(values, name)), shape))
    } else {
      stored.set(name, tensorOf(values, shape))
    }
  }
  const { selfTest: _, ...description } = readDescription(bytes).description
  return rewrite(bytes, { ...description, compute: storage === 'int8' ? 'int8' : 'float32' }, stored)
}

/**
 * @param {Uint8Array} bytes
 * @param {Record<string, unknown>} changes To its description.
 */
function describeAgain(bytes, changes) {
  const { description, tensors } = readDescription(bytes)
  return rewrite(bytes, { ...description, ...changes }, tensors)
}

/**
 * @param {Uint8Array} bytes Whose other metadata is kept.
 * @param {Record<string, unknown>} description
 * @param {Map<string, Tensor>} tensors
 */
function rewrite(bytes, description, tensors) {
  const metadata = { ...readSafetensors(bytes).metadata, 'mixture-density': JSON.stringify(description) }
  return writeSafetensors({ metadata, tensors })
}

/**
 * Whether a tensor holds the scales of an int8 tensor.
 *
 * @param {string} name
 * @param {Map<string, Tensor>} tensors
 */
function isScale(name, tensors) {
  return name.endsWith('_scale') && tensors.get(name.slice(0, -'_scale'.length))?.dtype === 'I8'
}

/**
 * @param {Float32Array} values
 * @param {string} name
 */
function requireFloat16(values, name) {
  for (const value of values) {
    if (!(Math.abs(value) <= LARGEST_FLOAT16)) {
      throw mdnError('bad-value', `A weight of ${name} does not fit float16`, {
        expected: `at most ±${LARGEST_FLOAT16}`,
        received: value,
        fix: 'Keep this model in float32.',
      })
    }
  }
  return values
}

/**
 * @template Result
 * @param {(source: Uint8Array, options?: import('./load.js').LoadOptions) => Promise<Model>} load
 * @param {Uint8Array} bytes
 * @param {import('./load.js').LoadOptions} options
 * @param {(model: Model) => Result} work
 */
async function withModel(load, bytes, options, work) {
  const model = await load(bytes, options)
  try {
    return work(model)
  } finally {
    model.dispose()
  }
}

/**
 * Rows that the model itself finds likely, so that the test runs through ordinary states: sampled, offsets rounded for
 * a short file. Rows of a network that does not feed itself are normal numbers.
 *
 * @param {Model} model
 * @returns {{ inputs: number[][], outputs: number[] }}
 */
function recordPair(model) {
  const inputs = [[...(model.info.startToken ?? new Array(model.inputs).fill(0))]]
  const session = start(model)
  session.observe(inputs[0])
  const random = new Random(SELF_TEST_SEED)
  const feedsItself = model.inputs === model.dims
  while (inputs.length < SELF_TEST_ROWS) {
    const row = new Float32Array(model.inputs)
    if (feedsItself) session.step({ temperature: { rule: 'sketch-rnn' } }, row)
    else random.fillNormal(row)
    if (session.finished) break
    inputs.push(Array.from(row, (value) => Number(value.toFixed(4)) || 0))
  }
  session.dispose()
  return { inputs, outputs: replay(model, inputs) }
}

/**
 * The raw outputs after the rows, as the core's self-test computes them.
 *
 * @param {Model} model
 * @param {number[][]} inputs
 */
function replay(model, inputs) {
  const session = start(model)
  try {
    session.observe(inputs)
    return Array.from(session.raw(), (value) => Number(value.toPrecision(9))) // nine digits identify a float32
  } finally {
    session.dispose()
  }
}

/**
 * A sequence as the self-test begins it: no class in particular, or the first where the model needs one.
 *
 * @param {Model} model
 */
function start(model) {
  return model.start({ class: model.anyClass ? undefined : 0, seed: SELF_TEST_SEED, startToken: null })
}

/**
 * @param {number[]} actual
 * @param {number[]} expected
 */
function largestDifference(actual, expected) {
  return expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(actual[i] - value) / Math.max(1, Math.abs(value))),
    0,
  )
}

/**
 * Up to two significant digits.
 *
 * @param {number} value
 */
function roundUp(value) {
  if (value === 0) return 0
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(value / unit) * unit).toPrecision(2))
}
