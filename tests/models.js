// Small sketch models with seeded random weights, for tests that need something to draw with.

import { readFloats, readSafetensors, tensorOf, writeSafetensors } from '../js/safetensors.js'
import { seededRandom } from './mutants.js'

const EMBEDDING = 4
const PEN_BIAS = [1.5, 0, -2] // about 80 %, 18 % and 2 %: continuations of some 40 points in several strokes
const NEVER = -50

/**
 * A model file of the usual form: an LSTM under the sketch-rnn head. It draws nothing in particular, but behaves: offsets
 * of up to a few tens of units, several strokes, an end after some 40 points.
 *
 * @param {object} [options]
 * @param {number} [options.units]
 * @param {number} [options.components]
 * @param {number} [options.seed]
 * @param {number} [options.scale] Data units per model unit.
 * @param {string[]} [options.classes] Given, the model is conditioned on them.
 * @param {boolean} [options.anyClass] Whether it also draws without a class.
 * @param {string} [options.name]
 * @param {number} [options.maxSteps]
 * @param {boolean} [options.endless] It never ends a drawing by itself.
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function tinySketchModel({
  units = 32,
  components = 5,
  seed = 1,
  scale = 40,
  classes = [],
  anyClass = true,
  name = 'tiny',
  maxSteps = 100,
  endless = false,
} = {}) {
  const random = seededRandom(seed)
  const uniform = (/** @type {number} */ spread) => (2 * random() - 1) * spread
  const outputs = 3 + 6 * components
  const conditioned = classes.length > 0
  const tensors = new Map()
  /** @type {(name: string, shape: number[], value: (i: number) => number) => void} */
  const put = (tensor, shape, value) => {
    const size = shape.reduce((product, n) => product * n, 1)
    tensors.set(
      tensor,
      tensorOf(
        Float32Array.from({ length: size }, (_, i) => value(i)),
        shape,
      ),
    )
  }
  put('lstm_0/kernel', [5, 4 * units], () => uniform(0.8))
  put('lstm_0/recurrent_kernel', [units, 4 * units], () => uniform(2 / Math.sqrt(units)))
  put('lstm_0/bias', [4 * units], () => uniform(0.2))
  if (conditioned) {
    put('class/embedding', [classes.length + (anyClass ? 1 : 0), EMBEDDING], () => uniform(1))
    put('lstm_0/class_kernel', [EMBEDDING, 4 * units], () => uniform(0.5))
    put('lstm_0/class_state_kernel', [EMBEDDING, 2 * units], () => uniform(0.5))
    put('lstm_0/class_state_bias', [2 * units], () => uniform(0.2))
  }
  // pen 3 | weights K | means x K | means y K | log scales x K | log scales y K | correlations K
  const part = (/** @type {number} */ output) => (output < 3 ? -1 : Math.floor((output - 3) / components))
  const isMean = (/** @type {number} */ output) => part(output) === 1 || part(output) === 2
  put('output/kernel', [units, outputs], (i) => uniform((isMean(i % outputs) ? 0.5 : 2) / Math.sqrt(units)))
  put('output/bias', [outputs], (i) => {
    if (part(i) < 0) return endless && i === 2 ? NEVER : PEN_BIAS[i]
    // The means stand around the pen, so that the drawing stays about where it is.
    const turn = (2 * Math.PI * ((i - 3) % components)) / components
    return [0, 0.4 * Math.cos(turn), 0.4 * Math.sin(turn), -1.5, -1.5, 0][part(i)]
  })

  const description = {
    version: 1,
    name,
    input: { size: 5 },
    nodes: [
      ...(conditioned
        ? [{ name: 'class', type: 'embedding', classes: classes.length + (anyClass ? 1 : 0), units: EMBEDDING }]
        : []),
      {
        name: 'lstm_0',
        type: 'lstm',
        inputs: ['input'],
        units,
        gates: 'igfo',
        forgetBias: 1,
        recurrentActivation: 'sigmoid',
        activation: 'tanh',
        ...(conditioned ? { condition: 'class' } : {}),
      },
      { name: 'output', type: 'dense', inputs: ['lstm_0'], units: outputs, activation: 'linear' },
    ],
    head: { type: 'sketch-rnn', components },
    scale,
    startToken: [0, 0, 1, 0, 0],
    temperature: { rule: 'sketch-rnn-js', temperature: 0.4 },
    compute: 'float32',
    classes,
    anyClass: conditioned && anyClass,
    maxSteps,
    data: { source: 'random numbers', licence: 'CC0-1.0' },
  }
  return writeSafetensors({ metadata: { 'mixture-density': JSON.stringify(description) }, tensors })
}

/**
 * A sketch model without classes in the form of sketch-rnn's browser models: the text of a `.gen.json`, weights rounded
 * to int16.
 *
 * @param {Uint8Array} bytes What tinySketchModel made.
 */
export function asSketchRnnJson(bytes) {
  const { metadata, tensors } = readSafetensors(bytes)
  const { name, scale, maxSteps } = JSON.parse(metadata['mixture-density'])
  const names = ['output/kernel', 'output/bias', 'lstm_0/kernel', 'lstm_0/recurrent_kernel', 'lstm_0/bias']
  const shapes = names.map((tensor) => tensors.get(tensor)?.shape)
  const blobs = names.map((tensor) => {
    let characters = ''
    for (const value of readFloats(tensors, tensor)) {
      const integer = Math.round(Math.max(-1, Math.min(1, value / 10)) * 32767)
      characters += String.fromCharCode(integer & 255, (integer >> 8) & 255)
    }
    return btoa(characters)
  })
  return JSON.stringify([{ mode: 2, version: 6, name, scale_factor: scale, max_seq_len: maxSteps }, shapes, blobs])
}
