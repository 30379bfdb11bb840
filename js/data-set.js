/**
 * The data-set file of drawings: what `npx mixture-density data` writes and the trainer reads. A safetensors file with the
 * tensors
 *
 * | tensor | shape | content |
 * |---|---|---|
 * | `points` | [N, 3] | stroke-3 rows (Δx, Δy, lift), drawing after drawing, data units |
 * | `lengths` | [M] | rows of each drawing, at least 1 |
 * | `labels` | [M] | index into the class names |
 * | `splits` | [M] | 0 train, 1 validation, 2 test |
 *
 * and a description under "mixture-density" in its metadata: `dataSet` 1, `kind` "strokes", `classes`, `source`, `licence`,
 * `attribution`. (The same in C++: cpp/train/stroke_set.h.)
 *
 * @module
 */

import { mdnError } from './errors.js'
import { isJsonObject, parseJson } from './json.js'
import { readFloats, readSafetensors, tensorOf, writeSafetensors } from './safetensors.js'

const KEY = 'mixture-density'

export const SPLITS = /** @type {const} */ (['train', 'valid', 'test'])

/** Whole numbers above this are not exact in float32. */
const MOST_WHOLE = 2 ** 24

/** The trainer reads no longer drawings. */
export const LONGEST_DRAWING = 100_000

/** Offsets beyond this are absurd. */
const FARTHEST = 1e6

/**
 * @typedef {object} SetDrawing
 * @property {Float32Array} rows stroke-3, data units; at least one row.
 * @property {number} label Index of its class.
 * @property {number} split 0 train, 1 validation, 2 test.
 */

/**
 * @typedef {object} DataSet
 * @property {readonly SetDrawing[]} drawings
 * @property {readonly string[]} classes Empty: all drawings are of one unnamed class.
 * @property {string} [source]
 * @property {string} [licence]
 * @property {string} [attribution]
 */

/**
 * 'bad-value', with the drawing and its row, for what the trainer would refuse: NaN, offsets beyond a million, a lift other
 * than 0 and 1, labels without a class, empty drawings.
 *
 * @param {DataSet} set
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeDataSet({ drawings, classes, source = '', licence = '', attribution = '' }) {
  if (drawings.length === 0) throw mdnError('bad-value', 'The data set is empty', { expected: 'at least one drawing' })
  if (drawings.length > MOST_WHOLE) {
    throw mdnError('too-large', 'The data set has too many drawings', {
      expected: `at most ${MOST_WHOLE}`,
      received: drawings.length,
    })
  }
  for (const [i, drawing] of drawings.entries()) checkDrawing(drawing, i, Math.max(1, classes.length))
  const rows = drawings.reduce((sum, drawing) => sum + drawing.rows.length / 3, 0)
  const points = new Float32Array(3 * rows)
  let at = 0
  for (const drawing of drawings) {
    points.set(drawing.rows, at)
    at += drawing.rows.length
  }
  const column = (/** @type {(drawing: SetDrawing) => number} */ pick) =>
    tensorOf(Float32Array.from(drawings, pick), [drawings.length])
  return writeSafetensors({
    metadata: { [KEY]: JSON.stringify({ dataSet: 1, kind: 'strokes', classes, source, licence, attribution }) },
    tensors: {
      points: tensorOf(points, [rows, 3]),
      lengths: column((drawing) => drawing.rows.length / 3),
      labels: column(({ label }) => label),
      splits: column(({ split }) => split),
    },
  })
}

/**
 * @param {SetDrawing} drawing
 * @param {number} index
 * @param {number} classes
 */
function checkDrawing({ rows, label, split }, index, classes) {
  const name = `drawing ${index}`
  /** @type {(what: string, expected: string, received: unknown, place?: string) => Error} */
  const bad = (what, expected, received, place = name) =>
    mdnError('bad-value', `${place} ${what}`, { argument: place, expected, received })
  const points = rows.length / 3
  if (!Number.isInteger(points) || points < 1 || points > LONGEST_DRAWING) {
    throw bad('has the wrong length', `1 to ${LONGEST_DRAWING} rows of 3 numbers`, rows.length)
  }
  if (!Number.isInteger(label) || label < 0 || label >= classes) {
    throw bad('has a label without a class', `0 to ${classes - 1}`, label)
  }
  if (split !== 0 && split !== 1 && split !== 2) throw bad('has no split', '0, 1 or 2', split)
  for (let i = 0; i < rows.length; i += 3) {
    const far = Math.abs(rows[i]) <= FARTHEST ? rows[i + 1] : rows[i]
    const place = `row ${i / 3} of ${name}`
    if (!(Math.abs(far) <= FARTHEST)) throw bad('is no offset', `numbers from ${-FARTHEST} to ${FARTHEST}`, far, place)
    const lift = rows[i + 2]
    if (lift !== 0 && lift !== 1) throw bad('has a wrong lift', '0 or 1', lift, place)
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {Required<DataSet>} The rows are views into one array.
 */
export function readDataSet(bytes) {
  const { metadata, tensors } = readSafetensors(bytes)
  const description = metadata[KEY] === undefined ? undefined : parseJson(metadata[KEY], 'the description')
  if (!isJsonObject(description) || description.dataSet !== 1 || description.kind !== 'strokes') {
    throw mdnError('bad-file', 'This is not a data set of drawings', {
      expected: `what \`npx ${KEY} data\` writes`,
      fix: 'Make one from Quick, Draw! ndjson, npz or SVG files with that command.',
    })
  }
  const [points, lengths, labels, splits] = ['points', 'lengths', 'labels', 'splits'].map((name) => {
    if (!tensors.has(name)) throw mdnError('bad-file', `The data set has no tensor '${name}'`)
    return readFloats(tensors, name)
  })
  const total = lengths.reduce((sum, length) => sum + length, 0)
  if (labels.length !== lengths.length || splits.length !== lengths.length || points.length !== 3 * total) {
    throw mdnError('mismatch', 'The tensors of the data set do not fit together', {
      expected: `${lengths.length} labels and splits, and ${3 * total} numbers in points`,
      received: `${labels.length}, ${splits.length} and ${points.length}`,
    })
  }
  const classes = Array.isArray(description.classes) ? description.classes.map(String) : []
  let at = 0
  const drawings = Array.from(lengths, (length, i) => {
    const rows = points.subarray(at, at + 3 * length)
    at += 3 * length
    const drawing = { rows, label: labels[i], split: splits[i] }
    checkDrawing(drawing, i, Math.max(1, classes.length))
    return drawing
  })
  const text = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : '')
  return {
    drawings,
    classes,
    source: text(description.source),
    licence: text(description.licence),
    attribution: text(description.attribution),
  }
}
