/**
 * Drawings out of whatever holds them: strokes JSON, QuickDraw ndjson, SVG, and flat npz sets. The form is told by the
 * first bytes, never by the name of the file.
 *
 * @module
 */

import path from 'node:path'
import { readDataSet as readSet } from '../data-set.js'
import { describe, mdnError } from '../errors.js'
import { parseJson } from '../json.js'
import { readFlatNpz, readNdjson, sequences, streamNdjson, toStroke3 } from '../strokes/index.js'
import { readPolylines } from '../strokes/validate.js'
import { fromSvg } from '../svg.js'
import { CommandError } from './command.js'
import { readInput } from './files.js'

/** @typedef {import('../strokes/validate.js').Point} Point */
/** @typedef {'json' | 'ndjson' | 'svg'} TextForm */

/** What a class name is looked up in, beside `NAME.npz`: one name a line, in the order of the labels. */
const CLASSES_ENDING = '.classes.txt'

export const SPLITS = /** @type {const} */ (['train', 'valid', 'test', 'all'])

/**
 * One drawing: that of a JSON or SVG file, or of line `line` of an ndjson file.
 *
 * @param {string} file A path, or '-' for standard input.
 * @param {number} line From 1; blank lines do not count.
 * @returns {Promise<import('../strokes/validate.js').Polylines>} Checked.
 */
export async function readDrawing(file, line) {
  const bytes = await readInput(file)
  const form = textForm(bytes, file)
  if (form !== 'ndjson') return form === 'svg' ? fromSvg(decode(bytes, file)) : readStrokes(bytes, file)
  let count = 0
  for await (const { polylines } of streamNdjson(bytes)) if (++count === line) return polylines
  throw new CommandError(`${file} has ${count} drawings: there is no line ${line}`)
}

/**
 * @typedef {object} DataDrawing
 * @property {Float32Array} rows stroke-3, data units.
 * @property {string} [className]
 */

/**
 * @typedef {object} DataSet
 * @property {DataDrawing[]} drawings Those chosen.
 * @property {string | undefined} split What was chosen from, where the data has splits.
 * @property {boolean} isWhole Whether all offsets are whole numbers.
 */

/**
 * A set of drawings: a data-set file, a flat npz, an ndjson file, or JSON with one drawing or an array of drawings.
 *
 * @param {string} file
 * @param {{ class?: string, split?: (typeof SPLITS)[number], limit?: number }} choice `class`: drawings labelled so.
 *   `split`: default 'test' where the data has splits. `limit`: the first so many.
 * @returns {Promise<DataSet>}
 */
export async function readDataSet(file, { class: className, split, limit = Infinity }) {
  const bytes = await readInput(file)
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b
  const isSet = bytes[8] === 0x7b && bytes[7] === 0 // safetensors: eight bytes of length, then JSON
  if (!isZip && !isSet && split !== undefined && split !== 'all')
    throw new CommandError(`${file} has no splits: leave --split out`)
  const set = isZip
    ? await readNpzSet(bytes, file, className, split ?? 'test')
    : isSet
      ? readSetFile(bytes, file, className, split ?? 'test')
      : readTextSet(bytes, file, className)
  const drawings = set.drawings.filter(({ rows }) => rows.length > 0).slice(0, limit)
  if (drawings.length === 0) {
    const which = [
      className === undefined ? '' : `of class ${className}`,
      set.split === undefined ? '' : `in split ${set.split}`,
    ]
    throw new CommandError(`${file} has no drawings${which.map((part) => part && ` ${part}`).join('')}`)
  }
  return { drawings, split: set.split, isWhole: drawings.every(({ rows }) => rows.every(Number.isInteger)) }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {string | undefined} className
 * @param {(typeof SPLITS)[number]} split
 */
function readSetFile(bytes, file, className, split) {
  const { drawings, classes } = readSet(bytes)
  if (className !== undefined && !classes.includes(className)) {
    throw new CommandError(`${nameOf(file)} has no class ${describe(className)}`)
  }
  const chosen = drawings.filter(
    (drawing) =>
      (split === 'all' || drawing.split === SPLITS.indexOf(split)) &&
      (className === undefined || classes[drawing.label] === className),
  )
  return { drawings: chosen.map(({ rows, label }) => ({ rows, className: classes[label] })), split }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {string | undefined} className
 * @param {(typeof SPLITS)[number]} split
 */
async function readNpzSet(bytes, file, className, split) {
  const set = await readFlatNpz(bytes)
  if (set.width !== 3) {
    throw mdnError('unsupported', `${path.basename(file)} does not hold drawings`, {
      expected: 'rows of 3 numbers: Δx, Δy, lift',
      received: `rows of ${set.width} numbers`,
    })
  }
  const names = await classNames(file)
  const label = className === undefined ? undefined : labelOf(className, names, file)
  const chosen = set.split === undefined || split === 'all' ? undefined : split
  /** @type {DataDrawing[]} */
  const drawings = []
  for (const rows of sequences(set, { label, split: chosen })) drawings.push({ rows, className })
  if (className === undefined && names !== undefined && set.label !== undefined) {
    const labels = set.label
    const kept = [...labels.keys()].filter((i) => chosen === undefined || set.split?.[i] === SPLITS.indexOf(chosen))
    for (const [i, drawing] of drawings.entries()) drawing.className = names[labels[kept[i]]]
  }
  return { drawings, split: set.split === undefined ? undefined : split }
}

/**
 * @param {string} file
 * @returns {Promise<string[] | undefined>}
 */
export async function classNames(file) {
  try {
    const text = decode(await readInput(file.replace(/\.npz$/i, '') + CLASSES_ENDING), file)
    return text.split(/\r?\n/)
  } catch {
    return undefined
  }
}

/**
 * @param {string} className A name, or a number where the names are not known.
 * @param {string[] | undefined} names
 * @param {string} file
 */
function labelOf(className, names, file) {
  const label = names === undefined ? Number(className) : names.indexOf(className)
  if (Number.isInteger(label) && label >= 0) return label
  const beside = `${path.basename(file).replace(/\.npz$/i, '')}${CLASSES_ENDING}`
  throw new CommandError(
    names === undefined
      ? `the names of the classes are not known: there is no ${beside} beside the data; give --class a number`
      : `${beside} has no class ${describe(className)}`,
  )
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {string | undefined} className
 * @returns {{ drawings: DataDrawing[], split: undefined }}
 */
function readTextSet(bytes, file, className) {
  const form = textForm(bytes, file)
  if (form === 'ndjson') {
    const drawings = readNdjson(decode(bytes, file))
      .filter(({ word }) => className === undefined || word === className)
      .map(({ polylines, word }) => ({ rows: toStroke3(polylines), className: word }))
    return { drawings, split: undefined }
  }
  const drawings = form === 'svg' ? [fromSvg(decode(bytes, file))] : severalDrawings(parseStrokes(bytes, file))
  return { drawings: drawings.map((polylines) => ({ rows: toStroke3(polylines), className })), split: undefined }
}

/**
 * One drawing `[[[x, y], …], …]`, or an array of them.
 *
 * @param {unknown} value
 * @returns {import('../strokes/validate.js').Polylines[]}
 */
function severalDrawings(value) {
  let depth = 0
  for (let part = value; Array.isArray(part); part = part[0]) depth += 1
  return depth === 4 ? /** @type {any} */ (value) : [/** @type {any} */ (value)]
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 */
function readStrokes(bytes, file) {
  return readPolylines(parseStrokes(bytes, file))
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 */
function parseStrokes(bytes, file) {
  return parseJson(decode(bytes, file), nameOf(file))
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @returns {TextForm}
 */
export function textForm(bytes, file) {
  const head = new TextDecoder().decode(bytes.subarray(0, 1024)).trimStart()
  if (head.startsWith('<')) return 'svg'
  if (head.startsWith('{')) return 'ndjson'
  if (head.startsWith('[')) return 'json'
  throw mdnError('bad-file', `${nameOf(file)} is no drawing`, {
    expected: 'JSON [[[x, y], …], …], QuickDraw ndjson, SVG or, for a set, npz or what `data` writes',
    received: head,
  })
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 */
export function decode(bytes, file) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw mdnError('bad-file', `${nameOf(file)} is not UTF-8 text`, { cause })
  }
}

/** @param {string} file */
export function nameOf(file) {
  return file === '-' ? 'standard input' : path.basename(file)
}
