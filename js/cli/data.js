/**
 * `mixture-density data`: drawings in any known form as one data-set file for the trainer.
 *
 * @module
 */

import path from 'node:path'
import { LONGEST_DRAWING, SPLITS, writeDataSet } from '../data-set.js'
import { Random, ready } from '../index.js'
import { CommandError, defineVerb, flag, number, required, text, UsageError } from './command.js'
import { EPSILON, nameLabels, readSource } from './data-sources.js'
import { requireOutput, writeOutput } from './files.js'
import { withProgress } from './progress.js'
import { bytesText, counted, oneLine, table, whole } from './text.js'

/** @typedef {import('./data-sources.js').Source} Source */
/** @typedef {import('../data-set.js').SetDrawing} SetDrawing */

const ENDING = '.safetensors'
const SHARE = 0.05
const NO_CLASS = 'drawing'

export const verb = defineVerb({
  usage: `data IN… --out SET${ENDING} [options]`,
  about:
    'Joins drawings into one data-set file for `train`. IN is Quick, Draw! ndjson, simplified or raw, a sketch-rnn npz (its ' +
    'class is the name of the file), a flat npz (pts, off, split, label; the names of its classes in IN.classes.txt beside ' +
    'it), or SVG. Raw ndjson and SVG are scaled to a longer side of 255 and simplified, as the simplified Quick, Draw! ' +
    'files are. Files are joined by the names of their classes. What the files do not split is split at random.',
  positionals: ['IN…'],
  options: {
    out: text(`SET${ENDING}`, 'the file to write; needed'),
    classes: text('A,B,C', 'only these classes, in this order; default all, in the order of the files'),
    class: text('NAME', 'what the drawings are of where the file does not say, as SVG does not'),
    epsilon: number(
      'E',
      `tolerance of the simplification (Ramer–Douglas–Peucker), data units; default ${EPSILON} for raw ndjson and SVG, none for the others`,
      { min: 0, max: 1e5 },
    ),
    'max-points': number('N', 'leave longer drawings out', { min: 1, max: LONGEST_DRAWING, integer: true }),
    valid: number('SHARE', `of what is split here, for validation; default ${SHARE}`, { min: 0, max: 1 }),
    test: number('SHARE', `of what is split here, for the test; default ${SHARE}`, { min: 0, max: 1 }),
    seed: number('N', 'of that split; default 1', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
    source: text('TEXT', 'where the drawings come from: kept in the file, and in every model trained on it'),
    licence: text('TEXT', 'likewise: their licence'),
    attribution: text('TEXT', 'likewise: how to name whom they are owed to'),
    json: flag('one JSON object'),
  },

  async run(options, files) {
    const out = required(options.out, `--out SET${ENDING}`)
    if (!out.endsWith(ENDING)) throw new UsageError(`--out must end in ${ENDING}, not be '${out}'`)
    const { seed = 1, valid = SHARE, test = SHARE, source, licence, attribution } = options
    if (valid + test > 1) throw new UsageError('--valid and --test together are more than everything')
    const result = await withProgress(async (progress) => {
      await requireOutput(out, files)
      await ready()
      const sources = []
      for (const file of files) {
        progress.show(`reading ${path.basename(file)}`)
        sources.push(await readSource(file, options))
      }
      const helped = nameLabels(sources)
      const joined = join(sources, {
        wanted: options.classes?.split(',').map((name) => name.trim()),
        otherwise: options.class ?? NO_CLASS,
        maxPoints: options['max-points'] ?? LONGEST_DRAWING,
      })
      const isSplit = splitRest(joined.drawings, { seed, valid, test })
      progress.show(`writing ${path.basename(out)}`)
      const drawings = /** @type {SetDrawing[]} */ (joined.drawings)
      const bytes = writeDataSet({ drawings, classes: joined.classes, source, licence, attribution })
      await writeOutput(out, bytes, files)
      return {
        out,
        bytes: bytes.length,
        drawings: drawings.length,
        points: drawings.reduce((sum, { rows }) => sum + rows.length / 3, 0),
        classes: joined.classes,
        splits: Object.fromEntries(
          SPLITS.map((name, split) => [name, drawings.filter((one) => one.split === split).length]),
        ),
        splitHere: isSplit ? { seed, valid, test } : null,
        leftOut: joined.leftOut,
        namesTaken: helped,
        source: source ?? '',
        licence: licence ?? '',
        attribution: attribution ?? '',
      }
    })
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : written(result))
  },
})

/**
 * All drawings in one list of classes. Those of classes not wanted, empty and too long ones are left out and counted.
 *
 * @param {readonly Source[]} sources
 * @param {{ wanted: string[] | undefined, otherwise: string, maxPoints: number }} options
 */
function join(sources, { wanted, otherwise, maxPoints }) {
  /** @type {Map<string, number>} */
  const labels = new Map()
  const labelOf = (/** @type {string} */ name) => {
    if (!labels.has(name)) labels.set(name, labels.size)
    return Number(labels.get(name))
  }
  if (wanted !== undefined) for (const name of wanted) labelOf(name)
  else for (const { classes } of sources) for (const name of classes) if (name !== '') labelOf(name)
  const leftOut = { otherClass: 0, empty: 0, tooLong: 0 }
  /** @type {{ rows: Float32Array, label: number, split: number | undefined }[]} */
  const drawings = []
  for (const source of sources) {
    for (const { rows, className = otherwise, split } of source.drawings) {
      if (wanted !== undefined && !labels.has(className)) leftOut.otherClass += 1
      else if (rows.length === 0) leftOut.empty += 1
      else if (rows.length / 3 > maxPoints) leftOut.tooLong += 1
      else drawings.push({ rows, label: labelOf(className), split })
    }
  }
  const classes = [...labels.keys()]
  const missing = wanted?.find((name) => !drawings.some(({ label }) => classes[label] === name))
  if (missing !== undefined) throw new CommandError(`no drawing is of the class ${missing}`)
  if (drawings.length === 0) throw new CommandError('there are no drawings in the files, or all were left out')
  return { drawings, classes, leftOut }
}

/**
 * Splits the drawings whose files do not: each falls where its own random number says.
 *
 * @param {{ split: number | undefined }[]} drawings
 * @param {{ seed: number, valid: number, test: number }} options
 * @returns {boolean} Whether there were any.
 */
function splitRest(drawings, { seed, valid, test }) {
  const rest = drawings.filter(({ split }) => split === undefined)
  const draws = new Random(seed).fillUniform(new Float32Array(rest.length))
  for (const [i, drawing] of rest.entries()) drawing.split = draws[i] < valid ? 1 : draws[i] < valid + test ? 2 : 0
  return rest.length > 0
}

/** @type {Readonly<Record<string, string>>} */
const REASONS = { otherClass: 'of other classes', empty: 'without points', tooLong: 'too long' }

/**
 * @param {{ out: string, bytes: number, drawings: number, points: number, classes: readonly string[],
 *   splits: Record<string, number>, splitHere: { seed: number } | null, leftOut: Record<string, number>,
 *   namesTaken: readonly string[], source: string, licence: string, attribution: string }} result
 */
function written(result) {
  const { splits, splitHere, leftOut, namesTaken } = result
  const reasons = Object.entries(leftOut).filter(([, count]) => count > 0)
  /** @type {[string, string][]} */
  const rows = [
    ['file', `${result.out}, ${bytesText(result.bytes)}`],
    ['drawings', `${whole(result.drawings)}, ${counted(result.points, 'point')}`],
    ['classes', result.classes.length > 12 ? whole(result.classes.length) : result.classes.join(', ')],
    [
      'splits',
      SPLITS.map((name) => `${name} ${whole(splits[name])}`).join(', ') +
        (splitHere === null ? '' : `; split here, seed ${splitHere.seed}`),
    ],
  ]
  if (reasons.length > 0) {
    rows.push(['left out', reasons.map(([reason, count]) => `${whole(count)} ${REASONS[reason]}`).join(', ')])
  }
  for (const file of namesTaken) {
    rows.push(['note', `${file} has no names of its classes; it was given those of the other files, by position`])
  }
  rows.push(['licence', result.licence === '' ? 'not stated: see --licence, --attribution, --source' : result.licence])
  return table(rows.map(([name, value]) => [name, oneLine(value)]))
}
