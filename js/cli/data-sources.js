/**
 * Drawings to train on, out of what people have: Quick, Draw! ndjson, sketch-rnn and flat npz, SVG. The form is told by the
 * content, never by the name of the file.
 *
 * @module
 */

import path from 'node:path'
import { mdnError } from '../errors.js'
import {
  applyTransform,
  fitTransform,
  fromStroke3,
  readFlatNpz,
  simplify,
  streamNdjson,
  toStroke3,
} from '../strokes/index.js'
import { isSketchRnnNpz, readSketchRnnNpz, SPLITS } from '../strokes/sketch-rnn-npz.js'
import { fromSvg } from '../svg.js'
import { CommandError } from './command.js'
import { classNames, decode, nameOf, textForm } from './drawings.js'
import { readInput } from './files.js'

/** @typedef {import('../strokes/validate.js').Point} Point */

/** As the simplified Quick, Draw! files were made. */
export const EPSILON = 2

/**
 * @typedef {object} SourceDrawing
 * @property {Float32Array} rows stroke-3, data units.
 * @property {string | undefined} className
 * @property {number | undefined} split 0 train, 1 validation, 2 test; undefined where the file does not say.
 */

/**
 * @typedef {object} Source
 * @property {string} file
 * @property {SourceDrawing[]} drawings
 * @property {readonly string[]} classes Those that it lists, in its order; those without drawings too.
 * @property {readonly number[]} [labels] Of each drawing, where the names of its classes are not known.
 */

/**
 * @param {string} file A path, or '-' for standard input.
 * @param {{ epsilon?: number }} options `epsilon`: undefined simplifies what was not simplified before, with ε = 2.
 * @returns {Promise<Source>}
 */
export async function readSource(file, { epsilon }) {
  const bytes = await readInput(file)
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    return isSketchRnnNpz(bytes) ? readSketchRnn(bytes, file, epsilon) : readFlat(bytes, file, epsilon)
  }
  const form = textForm(bytes, file)
  if (form === 'svg') {
    const rows = toStroke3(simplified(fromSvg(decode(bytes, file)), epsilon ?? EPSILON))
    return { file, drawings: [{ rows, className: undefined, split: undefined }], classes: [] }
  }
  if (form === 'json') {
    throw mdnError('bad-file', `${nameOf(file)} is no set of drawings`, {
      expected: 'Quick, Draw! ndjson, a sketch-rnn or flat npz, or SVG',
      received: 'a JSON array',
    })
  }
  return { file, drawings: await readQuickDraw(bytes, epsilon), classes: [] }
}

/**
 * @param {Uint8Array} bytes
 * @param {number | undefined} epsilon
 */
async function readQuickDraw(bytes, epsilon) {
  /** @type {SourceDrawing[]} */
  const drawings = []
  for await (const { polylines, times, word } of streamNdjson(bytes)) {
    const isRaw = times !== undefined
    const strokes = isRaw ? simplified(polylines, epsilon ?? EPSILON) : thinned(polylines, epsilon)
    drawings.push({ rows: toStroke3(strokes), className: word, split: undefined })
  }
  return drawings
}

/**
 * Brought to the units of the simplified Quick, Draw! files: the longer side 255, whole numbers.
 *
 * @param {Point[][]} polylines
 * @param {number} epsilon
 * @returns {Point[][]}
 */
function simplified(polylines, epsilon) {
  return applyTransform(polylines, fitTransform(polylines)).map((polyline) =>
    simplify(polyline, epsilon).map(([x, y]) => /** @type {Point} */ ([Math.round(x), Math.round(y)])),
  )
}

/**
 * @param {Point[][]} polylines
 * @param {number | undefined} epsilon
 * @returns {Point[][]}
 */
function thinned(polylines, epsilon) {
  return epsilon === undefined ? polylines : polylines.map((polyline) => simplify(polyline, epsilon))
}

/**
 * @param {Float32Array} rows
 * @param {number | undefined} epsilon
 */
function thinnedRows(rows, epsilon) {
  return epsilon === undefined ? rows : toStroke3(thinned(fromStroke3(rows), epsilon))
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {number | undefined} epsilon
 * @returns {Promise<Source>}
 */
async function readSketchRnn(bytes, file, epsilon) {
  const set = await readSketchRnnNpz(bytes)
  const className = file === '-' ? undefined : path.basename(file).replace(/(\.full)?\.npz$/i, '')
  const drawings = SPLITS.flatMap((name, split) =>
    set[name].map((rows) => ({ rows: thinnedRows(rows, epsilon), className, split })),
  )
  return { file, drawings, classes: className === undefined ? [] : [className] }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} file
 * @param {number | undefined} epsilon
 * @returns {Promise<Source>}
 */
async function readFlat(bytes, file, epsilon) {
  const { pts, width, off, count, split, label } = await readFlatNpz(bytes)
  if (width !== 3) {
    throw mdnError('unsupported', `${nameOf(file)} does not hold drawings`, {
      expected: 'rows of 3 numbers: Δx, Δy, lift',
      received: `rows of ${width} numbers`,
    })
  }
  const names = label === undefined ? undefined : await classNames(file)
  const drawings = Array.from({ length: count }, (_, i) => ({
    rows: thinnedRows(Float32Array.from(pts.subarray(3 * off[i], 3 * off[i + 1])), epsilon),
    className: label === undefined || names === undefined ? undefined : nameOfLabel(names, label[i], file),
    split: split?.[i],
  }))
  return {
    file,
    drawings,
    classes: names ?? [],
    labels: label !== undefined && names === undefined ? Array.from(label) : undefined,
  }
}

/**
 * @param {readonly string[]} names
 * @param {number} label
 * @param {string} file
 */
function nameOfLabel(names, label, file) {
  const name = names[label]
  if (name !== undefined && name !== '') return name
  throw new CommandError(`${file} has the label ${label}, but there are only ${names.length} names of classes`)
}

/**
 * Gives the drawings of files that have labels but no names of them the names that the other files have, if those agree on
 * one list; the files that were helped so.
 *
 * @param {readonly Source[]} sources
 * @returns {string[]}
 */
export function nameLabels(sources) {
  const nameless = sources.filter(({ labels }) => labels !== undefined)
  if (nameless.length === 0) return []
  const lists = sources.filter(({ labels, classes }) => labels === undefined && classes.length > 0)
  const [first] = lists
  const differs = lists.find(({ classes }) => classes.join('\n') !== first.classes.join('\n'))
  if (differs !== undefined) {
    throw new CommandError(
      `the names of the classes of ${nameless[0].file} are not known, and ${first.file} and ${differs.file} do not agree: ` +
        'put a .classes.txt beside it, one name a line',
    )
  }
  for (const { file, drawings, labels = [] } of nameless) {
    drawings.forEach((drawing, i) => {
      drawing.className = first === undefined ? String(labels[i]) : nameOfLabel(first.classes, labels[i], file)
    })
  }
  return first === undefined ? [] : nameless.map(({ file }) => file)
}
