/**
 * `mixture-density info`: what a model file holds.
 *
 * @module
 */

import { readDescription } from '../description.js'
import { defineVerb, flag } from './command.js'
import { openModel } from './models.js'
import { withProgress } from './progress.js'
import { bytesText, counted, table, whole } from './text.js'

/** @typedef {import('../model.js').Model} Model */

/** As many class names as a person reads; --json has them all. */
const NAMES_SHOWN = 12

/** @type {Readonly<Record<string, string>>} */
const FORMATS = { safetensors: 'mixture-density safetensors', 'sketch-rnn': 'sketch-rnn browser model' }

export const verb = defineVerb({
  usage: 'info MODEL [--json]',
  about:
    'Says what a model file holds: its network, its units, the classes it knows, where its data came from. MODEL is a ' +
    'path or an address, in any format that can be loaded. The file is loaded, and its self-test replayed if it has one.',
  positionals: ['MODEL'],
  options: { json: flag('one JSON object') },

  async run({ json }, [source]) {
    const about = await withProgress(async (progress) => {
      const { model, file, size, format, report } = await openModel(source, progress)
      const facts = collect(model, file, { source, size, format, report })
      model.dispose()
      return facts
    })
    process.stdout.write(json ? `${JSON.stringify(about, null, 2)}\n` : written(about))
  },
})

/** @typedef {ReturnType<typeof collect>} Facts */

/**
 * @param {Model} model
 * @param {Uint8Array} file In our format.
 * @param {{ source: string, size: number, format: string, report: readonly string[] }} origin
 */
function collect(model, file, { source, size, format, report }) {
  const { description, tensors } = readDescription(file)
  /** @type {Record<string, number>} Bytes of each type. */
  const weights = {}
  for (const { dtype, bytes } of tensors.values()) weights[dtype] = (weights[dtype] ?? 0) + bytes.length
  const { name, head, nodes, parameters, compute, startToken, temperature, maxSteps, listedClasses, data, training } =
    model.info
  return {
    file: source,
    bytes: size,
    format,
    name,
    nodes,
    head,
    inputs: model.inputs,
    dims: model.dims,
    parameters,
    weights,
    compute,
    scale: model.scale,
    startToken,
    temperature,
    maxSteps: maxSteps ?? null,
    classes: model.classes,
    listedClasses,
    anyClass: model.anyClass,
    data,
    training,
    selfTest: description.selfTest == null ? 'none' : 'passed',
    report,
  }
}

/** @type {Readonly<Record<string, string>>} */
const DTYPES = { F32: 'float32', F16: 'float16', I8: 'int8' }

/** @param {Facts} about */
function written(about) {
  const { head, temperature } = about
  const { rule, ...factors } = temperature
  const weights = Object.entries(about.weights).map(([dtype, bytes]) => `${bytesText(bytes)} ${DTYPES[dtype]}`)
  /** @type {[string, string][]} */
  const rows = [
    ['file', `${about.file}, ${FORMATS[about.format] ?? about.format}, ${whole(about.bytes)} bytes`],
    ['name', about.name],
    [
      'network',
      [`input ${about.inputs}`, ...about.nodes.map(({ name, type, units }) => `${name}: ${type} ${units}`)].join(' → '),
    ],
    [
      'head',
      `${head.type}: ${counted(head.components, 'component')} in ${counted(head.dims, 'dimension')}, rows of ${about.dims}`,
    ],
    ['weights', `${counted(about.parameters, 'parameter')}: ${weights.join(', ')}; computes in ${about.compute}`],
    ['scale', `${Number(about.scale.toPrecision(7))} data units per model unit`],
    ['start token', about.startToken === null ? 'none' : about.startToken.join(', ')],
    ['temperature', [`rule ${rule}`, ...Object.entries(factors).map(([key, value]) => `${key} ${value}`)].join(', ')],
    ['longest', about.maxSteps === null ? 'not stated' : counted(about.maxSteps, 'step')],
    ['classes', classText(about)],
    ...recordRows('data', about.data),
    ...recordRows('training', about.training),
    ['self-test', about.selfTest === 'none' ? 'none in the file' : 'passed'],
    ...about.report.map((line, i) => /** @type {[string, string]} */ ([i === 0 ? 'imported' : '', line])),
  ]
  return table(rows)
}

/** @param {Facts} about */
function classText({ classes, listedClasses, anyClass }) {
  if (classes.length === 0) return 'none'
  const more = classes.length - NAMES_SHOWN
  const names = listedClasses.slice(0, NAMES_SHOWN).join(', ')
  const some = more > 0 ? `${names} and ${whole(more)} more (--json lists them)` : names
  return `${classes.length > 1 ? `${classes.length}: ` : ''}${some}${classes.length > 1 && anyClass ? '; or any' : ''}`
}

/**
 * @param {string} title
 * @param {Readonly<Record<string, unknown>>} record
 * @returns {[string, string][]}
 */
function recordRows(title, record) {
  return Object.entries(record).map(([key, value], i) => [
    i === 0 ? title : '',
    `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ])
}
