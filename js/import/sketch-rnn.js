/**
 * sketch-rnn's browser models (`NAME.gen.json`, `NAME.gen.js`) → our model file.
 *
 * Such a file is `[info, dims, weights]`: what the model is, the shapes of its five arrays, and the arrays as base64 of
 * little-endian int16, value = 10 · v / 32767. In order: the output layer's kernel [H, 3 + 6K] and bias, the LSTM's
 * kernel [5, 4H], recurrent kernel [H, 4H] and bias; gates i, g, f, o with 1 added to the forget gate when running.
 * Of `info` only `scale_factor` (data units per model unit) is needed; the rest varies with the version.
 *
 * @module
 */

import { mdnError, requireNumber } from '../errors.js'
import { isJsonObject, parseJson } from '../json.js'
import { tensorOf, writeSafetensors } from '../safetensors.js'
import { decodeBase64 } from './base64.js'
import { sniffFormat } from './sniff.js'

const ROW = 5 // Δx, Δy and the three pen states
const PEN_STATES = 3
const PER_COMPONENT = 6 // weight, two means, two scales, correlation
const LARGEST_WEIGHT = 10 // which is stored as:
const LARGEST_INTEGER = 32767
const VAE_ARRAYS = 17
const LONGEST_NAME = 100

/**
 * Converts a decoder-only sketch-rnn model. Nothing in it is evaluated: a `.gen.js` is read as text.
 *
 * Throws 'unsupported' for the variational files (`mode` 0, 1 or 'vae'), 'bad-file' for anything damaged and
 * 'bad-value' for a `scale_factor` that is no positive number.
 *
 * @param {unknown} input The parsed array, the text of a `.gen.json` or `.gen.js`, or its bytes.
 * @returns {{ bytes: Uint8Array<ArrayBuffer>, report: string[] }} Our model file, and what was mapped, a line each.
 */
export function importSketchRnn(input) {
  const text = input instanceof Uint8Array ? new TextDecoder().decode(input) : input
  const parsed = typeof text === 'string' ? parseSketchRnn(text) : text
  if (!Array.isArray(parsed) || parsed.length !== 3 || !isJsonObject(parsed[0])) {
    throw mdnError('bad-file', 'This is no sketch-rnn model', {
      expected: 'an array [info, dims, weights]',
      received: parsed,
    })
  }
  const [info, dims, blobs] = parsed
  checkMode(info, blobs)
  const { units, components } = checkShapes(dims, blobs)
  const outputs = PEN_STATES + PER_COMPONENT * components
  const scale = readScale(info)
  const name = readName(info)
  const maxSteps = readMaxSteps(info)

  /** @type {[string, number[], string][]} Our name, the shape and sketch-rnn's name, in the order of the file. */
  const layout = [
    ['output/kernel', [units, outputs], 'output kernel'],
    ['output/bias', [outputs], 'output bias'],
    ['lstm_0/kernel', [ROW, 4 * units], 'LSTM kernel'],
    ['lstm_0/recurrent_kernel', [units, 4 * units], 'LSTM recurrent kernel'],
    ['lstm_0/bias', [4 * units], 'LSTM bias'],
  ]
  const arrays = layout.map(([, shape, from], i) => decode(blobs[i], shape, from))
  const tensors = new Map(layout.map(([to, shape], i) => [to, tensorOf(arrays[i].values, shape)]))
  const description = {
    version: 1,
    name: name ?? 'sketch-rnn',
    input: { size: ROW },
    nodes: [
      {
        name: 'lstm_0',
        type: 'lstm',
        inputs: ['input'],
        units,
        gates: 'igfo',
        forgetBias: 1,
        recurrentActivation: 'sigmoid',
        activation: 'tanh',
      },
      { name: 'output', type: 'dense', inputs: ['lstm_0'], units: outputs, activation: 'linear' },
    ],
    head: { type: 'sketch-rnn', components },
    scale,
    startToken: [0, 0, 1, 0, 0],
    temperature: { rule: 'sketch-rnn-js', temperature: 0.4 },
    compute: 'float32',
    classes: name === undefined ? [] : [name],
    anyClass: false,
    maxSteps,
    data: { source: 'a sketch-rnn browser model', licence: 'not stated in the file' },
  }
  return {
    bytes: writeSafetensors({ metadata: { 'mixture-density': JSON.stringify(description) }, tensors }),
    report: [
      `sketch-rnn decoder${name === undefined ? '' : ` '${name}'`}, version ${describeVersion(info.version)}: ` +
        `LSTM ${units}, ${components} bivariate components, 3 pen states`,
      ...layout.map(
        ([to, shape, from], i) =>
          `${from} [${shape.join(', ')}] → ${to}, int16 · 10 / 32767 → float32` +
          `${arrays[i].clipped === 0 ? '' : `; ${arrays[i].clipped} values at the format's limit ±10, perhaps clipped`}`,
      ),
      'gates i, g, f, o; 1 is added to the forget gate when running',
      `scale_factor → scale ${scale}`,
      maxSteps === undefined ? 'no usable max_seq_len: maxSteps left open' : `max_seq_len → maxSteps ${maxSteps}`,
      "start token 0, 0, 1, 0, 0; temperature 0.4 by the rule 'sketch-rnn-js'",
    ],
  }
}

/**
 * The array out of the text of a `.gen.json`, or of a `.gen.js`: one variable set to a string, or to the array itself.
 *
 * @param {string} text
 * @returns {unknown}
 */
function parseSketchRnn(text) {
  if (sniffFormat(text) !== 'sketch-rnn') {
    throw mdnError('bad-file', 'This is no sketch-rnn model', {
      expected: "text that begins like [{…}, or like var model_raw_data='[{…}",
      received: text,
    })
  }
  // What sniffFormat let through begins with comments, then an assignment, then a quote or the array's bracket.
  const start = text.replace(/^(?:\s*\/\/.*\n)+/, '').trimStart()
  const assigned = start.replace(/^(?:(?:var|let|const)\s+)?[\w$.]+\s*=\s*/, '')
  const json = /^['"`]/.test(assigned) ? unquote(assigned) : assigned.trimEnd().replace(/;$/, '')
  return parseJson(json, 'the sketch-rnn model')
}

/** @type {Record<string, string>} */
const ESCAPES = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0', '\n': '' }

/**
 * The value of a JavaScript string literal at the start of `source`, which ends with it.
 *
 * @param {string} source
 */
function unquote(source) {
  const quote = source[0]
  let end = source.indexOf(quote, 1)
  while (end !== -1 && isEscaped(source, end)) end = source.indexOf(quote, end + 1)
  if (end === -1 || !/^;?$/.test(source.slice(end + 1).trim())) {
    throw mdnError('bad-file', 'The .gen.js is cut short or holds more than one assignment', {
      expected: `one string closed by ${quote}`,
      received: source.slice(-30),
    })
  }
  return source
    .slice(1, end)
    .replace(/\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^ux]))/g, (_, unicode, hex, single) =>
      single === undefined ? String.fromCharCode(Number.parseInt(unicode ?? hex, 16)) : (ESCAPES[single] ?? single),
    )
}

/**
 * @param {string} source
 * @param {number} at
 */
function isEscaped(source, at) {
  let backslashes = 0
  while (source[at - 1 - backslashes] === '\\') ++backslashes
  return backslashes % 2 === 1
}

/**
 * @param {Record<string, unknown>} info
 * @param {unknown} blobs
 */
function checkMode(info, blobs) {
  const { mode } = info
  if (mode === 2 || mode === 'gen') return
  const isVae = mode === undefined && Array.isArray(blobs) && blobs.length === VAE_ARRAYS
  if (mode === undefined && !isVae) return
  if (isVae || mode === 0 || mode === 1 || mode === 'vae') {
    throw mdnError('unsupported', 'This is a sketch-rnn VAE (an encoder and a decoder)', {
      argument: 'mode',
      expected: "mode 2 or 'gen'",
      received: mode,
      fix: 'Use the decoder-only file of the same name, NAME.gen.json.',
    })
  }
  throw mdnError('unsupported', 'This kind of sketch-rnn model is not known', {
    argument: 'mode',
    expected: "2 or 'gen'",
    received: mode,
  })
}

/**
 * Units and components from `dims`, with all five shapes checked against them.
 *
 * @param {unknown} dims
 * @param {unknown} blobs
 */
function checkShapes(dims, blobs) {
  if (!Array.isArray(dims) || !Array.isArray(blobs) || dims.length !== 5 || blobs.length !== 5) {
    throw mdnError('bad-file', 'A sketch-rnn decoder has five arrays', {
      argument: 'dims',
      expected: 'five shapes and five base64 texts',
      received: dims,
    })
  }
  const units = Array.isArray(dims[0]) ? dims[0][0] : undefined
  const outputs = Array.isArray(dims[0]) ? dims[0][1] : undefined
  const components = (outputs - PEN_STATES) / PER_COMPONENT
  const expected = [[units, outputs], [outputs], [ROW, 4 * units], [units, 4 * units], [4 * units]]
  const positive = Number.isSafeInteger(units) && units > 0 && Number.isSafeInteger(components) && components > 0
  if (!positive || !expected.every((shape, i) => sameShape(shape, dims[i]))) {
    throw mdnError('bad-file', 'The shapes in the sketch-rnn file do not fit each other', {
      argument: 'dims',
      expected: '[[H, P], [P], [5, 4H], [H, 4H], [4H]] with P = 3 + 6 · components',
      received: dimsText(dims),
    })
  }
  return { units, components }
}

/**
 * @param {number[]} expected
 * @param {unknown} shape
 */
function sameShape(expected, shape) {
  return Array.isArray(shape) && shape.length === expected.length && expected.every((size, i) => size === shape[i])
}

/** @param {unknown[]} dims */
function dimsText(dims) {
  return dims.map((shape) => (Array.isArray(shape) ? `[${shape.filter(Number.isFinite).join(', ')}]` : '?')).join(', ')
}

/** @param {Record<string, unknown>} info */
function readScale(info) {
  return requireNumber(info.scale_factor, 'scale_factor', {
    min: 1e-30,
    max: 1e30,
    fix: "It must stand in the file's first object: how many data units (pixels) one unit of the model is.",
  })
}

/** @param {Record<string, unknown>} info */
function readName({ name }) {
  return typeof name === 'string' && name !== '' && name.length <= LONGEST_NAME ? name : undefined
}

/** @param {Record<string, unknown>} info */
function readMaxSteps({ max_seq_len: length }) {
  return typeof length === 'number' && Number.isSafeInteger(length) && length > 0 ? length : undefined
}

/** @param {unknown} version */
function describeVersion(version) {
  return Number.isInteger(version) ? version : 'not stated'
}

/**
 * @param {unknown} text
 * @param {number[]} shape
 * @param {string} what
 */
function decode(text, shape, what) {
  if (typeof text !== 'string') {
    throw mdnError('bad-file', `The ${what} is no text`, { expected: 'base64 text', received: text })
  }
  const count = shape.reduce((product, size) => product * size, 1)
  const bytes = new DataView(decodeBase64(text, 2 * count, `The ${what}`).buffer)
  const values = new Float32Array(count)
  let clipped = 0
  for (let i = 0; i < count; ++i) {
    const integer = bytes.getInt16(2 * i, true)
    values[i] = (LARGEST_WEIGHT * integer) / LARGEST_INTEGER
    if (Math.abs(integer) >= LARGEST_INTEGER) ++clipped
  }
  return { values, clipped }
}
