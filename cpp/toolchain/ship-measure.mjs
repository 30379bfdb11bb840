// What a model is measured on before it ships: nats on the test drawings, and samples, counted.
import { readFileSync } from 'node:fs'
import { fitBaseline, scoreBaseline } from '../../js/baseline.js'
import { scoreDrawing, summarise } from '../../js/score.js'
import { readFlatNpz } from '../../js/strokes/index.js'

/** Classes with fewer training drawings are not listed and not measured. */
export const FEWEST = 500
const TRAIN = 0
const TEST = 2
export const MOST_POINTS = 250
const SHORT = 8 // data units

/**
 * All drawings of the flat npz files, which share the class names beside the first.
 *
 * @param {string[]} files
 */
export async function readDrawings(files) {
  const names = readFileSync(files[0].replace(/\.npz$/, '.classes.txt'), 'utf8')
    .trimEnd()
    .split(/\r?\n/)
  const drawings = []
  for (const [file, path] of files.entries()) {
    const { pts, off, label, split, count } = await readFlatNpz(readFileSync(path))
    for (let i = 0; i < count; i += 1) {
      const rows = Float32Array.from(pts.subarray(3 * off[i], 3 * off[i + 1]))
      drawings.push({ rows, className: names[label[i]], split: split[i], file })
    }
  }
  return { names, drawings }
}

/** The names of the classes with enough training drawings, most first. */
export function largeClasses(drawings) {
  const counts = new Map()
  for (const { className, split } of drawings) {
    if (split === TRAIN) counts.set(className, (counts.get(className) ?? 0) + 1)
  }
  return [...counts].filter(([, count]) => count >= FEWEST).sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
}

/**
 * The test drawings of the large classes, and the one Gaussian fitted on their training drawings.
 *
 * @param {Awaited<ReturnType<typeof readDrawings>>['drawings']} drawings
 */
export function testSet(drawings) {
  const classes = largeClasses(drawings)
  const names = new Set(classes.map(([name]) => name))
  const of = (split) => drawings.filter((drawing) => drawing.split === split && names.has(drawing.className))
  return { classes, test: of(TEST), baseline: fitBaseline(of(TRAIN).map(({ rows }) => rows)) }
}

/**
 * Nats of each drawing: `told` its class, or 'any'. Each drawing has noise of its own, the same for every model.
 */
export function scoreAll(model, drawings, told) {
  return drawings.map(({ rows, className }, index) => scoreDrawing(model, rows, { class: told ?? className, index }))
}

export function scoreGaussian(baseline, drawings) {
  return drawings.map(({ rows }) => scoreBaseline(baseline, rows))
}

/** One summary a class, in the order of `names`. */
export function byClass(names, drawings, scores, others) {
  return names.map((name) => {
    const chosen = [...drawings.keys()].filter((i) => drawings[i].className === name)
    const pick = (list) => chosen.map((i) => list[i])
    return summarise(pick(scores), others === undefined ? undefined : pick(others))
  })
}

/** Drawings made from nothing: stroke-3 rows in data units, and whether each ended by itself. */
export function sample(model, className, { count, temperature, seed }) {
  const session = model.start({ class: className, seed })
  const futures = session.futures({ count, maxSteps: MOST_POINTS, temperature })
  futures.advance()
  const { finished } = futures
  const drawings = Array.from({ length: count }, (_, i) => {
    const rows = futures.rows(i)
    const points = rows.length / 5 - finished[i]
    const stroke3 = new Float32Array(3 * points)
    for (let p = 0; p < points; p += 1) {
      stroke3.set([rows[5 * p] * model.scale, rows[5 * p + 1] * model.scale, rows[5 * p + 3]], 3 * p)
    }
    return { rows: stroke3, className, finished: finished[i] === 1 }
  })
  session.dispose()
  return drawings
}

/**
 * Counts over drawings, every class weighing the same: median points; mean ink (length drawn with the pen down) and
 * strokes; of all steps, the share shorter than 8 units.
 */
export function count(drawings) {
  const sizes = new Map()
  for (const { className } of drawings) sizes.set(className, (sizes.get(className) ?? 0) + 1)
  const weighed = drawings.map(({ rows, className }) => ({ ...countOne(rows), weight: 1 / sizes.get(className) }))
  const mean = (name) => weighed.reduce((sum, one) => sum + one.weight * one[name], 0) / sizes.size
  const ordered = [...weighed].sort((a, b) => a.points - b.points)
  let below = 0
  const median = ordered.find(({ weight }) => {
    below += weight
    return below >= sizes.size / 2
  })
  return {
    points: median.points,
    ink: mean('ink'),
    strokes: mean('strokes'),
    short: mean('short') / mean('points'),
    unfinished: drawings.filter(({ finished }) => finished === false).length / drawings.length,
  }
}

function countOne(rows) {
  const counts = { points: rows.length / 3, ink: 0, strokes: 0, short: 0 }
  let isDown = true
  for (let i = 0; i < rows.length; i += 3) {
    const length = Math.hypot(rows[i], rows[i + 1])
    if (isDown) counts.ink += length
    if (length < SHORT) counts.short += 1
    isDown = rows[i + 2] === 0
    if (!isDown) counts.strokes += 1
  }
  if (isDown && rows.length > 0) counts.strokes += 1
  return counts
}
