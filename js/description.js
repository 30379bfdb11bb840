/**
 * What a model file says about itself: the JSON in its metadata, read and checked. The types are judged here; the values
 * of the network's own fields by the core (cpp/model/spec.h), which native programs use too.
 *
 * @module
 */

import { mdnError } from './errors.js'
import { isJsonObject, parseJson } from './json.js'
import { readSafetensors } from './safetensors.js'

/** @typedef {import('./model.js').ModelInfo} ModelInfo */

const LONGEST_TEXT = 10_000
/** Nodes of a network, and inputs of a node: the core's limit (`kMaxNodes` of cpp/model/spec.h). */
const MOST_NODES = 64
const KEY = 'mixture-density'

/**
 * The description's JSON object of a model file.
 *
 * @param {Uint8Array} bytes
 * @returns {{ description: Record<string, unknown>, tensors: import('./safetensors.js').SafetensorsFile['tensors'] }}
 */
export function readDescription(bytes) {
  const { metadata, tensors } = readSafetensors(bytes)
  const text = metadata[KEY]
  if (text === undefined) {
    throw mdnError('bad-file', 'This safetensors file does not describe a mixture density network', {
      expected: `a '${KEY}' description in its __metadata__`,
    })
  }
  const description = parseJson(text, 'the model description')
  if (!isJsonObject(description))
    throw mdnError('bad-file', 'The model description is not a JSON object', { received: description })
  return { description, tensors }
}

/**
 * A node of the network, as the core's builder takes it.
 *
 * @typedef {object} NodeDescription
 * @property {string} name
 * @property {string} type 'dense', 'lstm' or 'embedding'.
 * @property {number} units
 * @property {readonly string[]} inputs Names of earlier nodes, or 'input'.
 * @property {string} activation
 * @property {string} gates
 * @property {number} forgetBias
 * @property {string} recurrentActivation
 * @property {string} condition Name of the embedding that feeds its gates and its initial state; '' for none.
 * @property {number} classes
 */

/**
 * An input and output pair of the network: rows fed to a fresh sequence, the raw outputs after the last of them.
 *
 * @typedef {object} SelfTest
 * @property {readonly (readonly number[])[]} inputs
 * @property {readonly number[]} outputs
 * @property {number} tolerance × max(1, |output|)
 */

/**
 * @typedef {object} ModelDescription
 * @property {ModelInfo} info
 * @property {readonly string[]} classes
 * @property {number} scale
 * @property {boolean} anyClass
 * @property {number} inputs Numbers in a row that the network reads.
 * @property {readonly NodeDescription[]} nodes
 * @property {{ type: string, dims: number, components: number, epsilon: number, activation: string }} head
 * @property {SelfTest | undefined} selfTest
 */

/**
 * @param {Record<string, unknown>} description
 * @param {import('./safetensors.js').SafetensorsFile['tensors']} tensors
 * @param {string} format
 * @param {readonly string[]} report
 * @returns {ModelDescription}
 */
export function describeModel(description, tensors, format, report) {
  if (description.version !== 1) {
    throw mdnError('unsupported', 'This model file is newer than the program', {
      argument: 'version',
      expected: '1',
      received: description.version,
    })
  }
  const inputs = whole(object(description.input, 'input').size, 'input.size')
  const nodes = list(description.nodes, 'nodes', MOST_NODES).map(readNode)
  const anyClass = description.anyClass === true
  const classes = names(description.classes ?? [], 'classes')
  checkClasses(nodes, classes, anyClass)
  const outputs = nodes.filter(({ type }) => type !== 'embedding').at(-1)?.units ?? 0
  const head = readHead(object(description.head, 'head'))
  const scale = number(description.scale ?? 1, 'scale')
  if (!(scale > 0)) throw wrong('scale', 'a number above 0', scale)
  const compute = description.compute ?? 'float32'
  if (compute !== 'float32' && compute !== 'int8') throw wrong('compute', "'float32' or 'int8'", compute)
  let parameters = 0
  for (const [name, { shape }] of tensors) {
    if (!name.endsWith('_scale')) parameters += shape.reduce((product, n) => product * n, 1)
  }
  /** @type {ModelInfo} */
  const info = {
    name: text(description.name ?? 'model', 'name'),
    format,
    head: { type: head.type, dims: head.dims, components: head.components },
    nodes: nodes.map(({ name, type, units }) => ({ name, type, units })),
    parameters,
    compute,
    startToken: description.startToken == null ? null : row(description.startToken, 'startToken', inputs),
    temperature: temperature(description.temperature),
    maxSteps: description.maxSteps === undefined ? undefined : number(description.maxSteps, 'maxSteps'),
    listedClasses: names(description.listedClasses ?? classes, 'listedClasses'),
    data: object(description.data ?? {}, 'data'),
    training: object(description.training ?? {}, 'training'),
    report,
  }
  if (info.maxSteps !== undefined && !(Number.isInteger(info.maxSteps) && info.maxSteps >= 1 && info.maxSteps <= 1e6)) {
    throw wrong('maxSteps', 'a whole number from 1 to 1000000', info.maxSteps)
  }
  const known = new Set(classes)
  const stranger = info.listedClasses.find((name) => !known.has(name))
  if (stranger !== undefined) throw wrong('listedClasses', 'names of its classes', stranger)
  return deepFreeze({
    info,
    classes,
    scale,
    anyClass,
    inputs,
    nodes,
    head,
    selfTest:
      description.selfTest == null
        ? undefined
        : readSelfTest(object(description.selfTest, 'selfTest'), inputs, outputs),
  })
}

/**
 * @param {unknown} value
 * @returns {NodeDescription}
 */
function readNode(value) {
  const node = object(value, 'nodes')
  const name = text(node.name, 'nodes.name')
  const type = text(node.type, 'nodes.type')
  if (type !== 'dense' && type !== 'lstm' && type !== 'embedding') {
    throw mdnError('unsupported', `The node '${name}' is of a type that this version does not know`, {
      argument: 'nodes.type',
      expected: "'dense', 'lstm' or 'embedding'",
      received: type,
    })
  }
  const activation = text(node.activation ?? (type === 'lstm' ? 'tanh' : 'linear'), 'nodes.activation')
  if (type === 'lstm' && activation !== 'tanh') throw wrong('nodes.activation', "'tanh' for an LSTM", activation)
  return {
    name,
    type,
    units: whole(node.units, 'nodes.units'),
    inputs:
      type === 'embedding'
        ? []
        : list(node.inputs, 'nodes.inputs', MOST_NODES).map((input) => text(input, 'nodes.inputs')),
    activation,
    gates: text(node.gates ?? 'ifgo', 'nodes.gates'),
    forgetBias: number(node.forgetBias ?? 0, 'nodes.forgetBias'),
    recurrentActivation: text(node.recurrentActivation ?? 'sigmoid', 'nodes.recurrentActivation'),
    condition: node.condition == null ? '' : text(node.condition, 'nodes.condition'),
    classes: type === 'embedding' ? whole(node.classes, 'nodes.classes') : 0,
  }
}

/**
 * One embedding at most, with a row for each class and one for any, and nothing conditioned on anything else.
 *
 * @param {readonly NodeDescription[]} nodes
 * @param {readonly string[]} classes
 * @param {boolean} anyClass
 */
function checkClasses(nodes, classes, anyClass) {
  const embeddings = nodes.filter(({ type }) => type === 'embedding')
  if (embeddings.length > 1) throw wrong('nodes', "one 'embedding' at most", embeddings.length)
  const [embedding] = embeddings
  const rows = classes.length + (anyClass ? 1 : 0)
  if (embedding?.name === '') throw wrong('nodes.name', 'a name of the embedding', embedding.name)
  if (embedding !== undefined && embedding.classes !== rows) {
    throw wrong(
      'nodes.classes',
      `${rows}, a row for each of the classes${anyClass ? ' and one for any' : ''}`,
      embedding.classes,
    )
  }
  for (const { condition } of nodes) {
    if (condition !== '' && condition !== embedding?.name)
      throw wrong('nodes.condition', 'the name of the embedding', condition)
  }
}

/** @param {Record<string, unknown>} head */
function readHead(head) {
  const type = text(head.type, 'head.type')
  return {
    type,
    dims: type === 'sketch-rnn' ? 2 : whole(head.dims ?? 0, 'head.dims'),
    components: whole(head.components, 'head.components'),
    epsilon: number(head.epsilon ?? 1e-7, 'head.epsilon'),
    activation: text(head.activation ?? '', 'head.activation'),
  }
}

/**
 * @param {Record<string, unknown>} selfTest
 * @param {number} inputs Numbers in a row.
 * @param {number} outputs
 * @returns {SelfTest}
 */
function readSelfTest(selfTest, inputs, outputs) {
  const tolerance = number(selfTest.tolerance ?? 1e-5, 'selfTest.tolerance')
  if (!(tolerance > 0 && tolerance <= 1)) throw wrong('selfTest.tolerance', 'a number above 0 and at most 1', tolerance)
  return {
    inputs: list(selfTest.inputs, 'selfTest.inputs').map((values) => row(values, 'selfTest.inputs', inputs)),
    outputs: row(selfTest.outputs, 'selfTest.outputs', outputs),
    tolerance,
  }
}

/**
 * @param {unknown} value
 * @returns {import('./temperature.js').TemperatureRule}
 */
function temperature(value) {
  if (value === undefined) return { rule: 'sketch-rnn', temperature: 1 }
  const given = object(value, 'temperature')
  /** @type {Record<string, number>} */
  const numbers = {}
  for (const key of ['temperature', 'weights', 'scales', 'pen', 'bias']) {
    if (given[key] !== undefined) numbers[key] = number(given[key], `temperature.${key}`)
  }
  return { rule: text(given.rule, 'temperature.rule'), ...numbers }
}

/**
 * @param {string} field
 * @param {string} expected
 * @param {unknown} received
 */
function wrong(field, expected, received) {
  return mdnError('bad-file', `The model description has a wrong ${field}`, { argument: field, expected, received })
}

/**
 * @param {unknown} value
 * @param {string} field
 */
function text(value, field) {
  if (typeof value !== 'string' || value.length > LONGEST_TEXT) throw wrong(field, 'a text', value)
  return value
}

/**
 * @param {unknown} value
 * @param {string} field
 */
function names(value, field) {
  return list(value, field).map((name) => text(name, field))
}

/**
 * @param {unknown} value
 * @param {string} field
 */
function number(value, field) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(field, 'a finite number', value)
  return value
}

/**
 * A size. What a network may have of it, the core knows.
 *
 * @param {unknown} value
 * @param {string} field
 */
function whole(value, field) {
  const size = number(value, field)
  if (!Number.isInteger(size) || size < 0 || size >= 2 ** 31) throw wrong(field, 'a whole number', size)
  return size
}

/**
 * @param {unknown} value
 * @param {string} field
 * @param {number} [most]
 */
function list(value, field, most = Infinity) {
  if (!Array.isArray(value) || value.length > most) {
    throw wrong(field, most === Infinity ? 'an array' : `an array of at most ${most}`, value)
  }
  return /** @type {unknown[]} */ (value)
}

/**
 * @param {unknown} value
 * @param {string} field
 */
function object(value, field) {
  if (!isJsonObject(value)) throw wrong(field, 'an object', value)
  return value
}

/**
 * @param {unknown} value
 * @param {string} field
 * @param {number} length
 */
function row(value, field, length) {
  const items = list(value, field)
  if (items.length !== length) throw wrong(field, `${length} numbers`, value)
  return items.map((item) => number(item, field))
}

/**
 * @template T
 * @param {T} value
 * @returns {T}
 */
function deepFreeze(value) {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}
