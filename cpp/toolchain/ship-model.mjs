// node cpp/toolchain/ship-model.mjs RUN DATA.npz… [--out FOLDER]
//
// From a training run to the model that ships: RUN is the trainer's folder (model.safetensors, log.jsonl),
// trained with js/cli/presets/sketch.json.
// The pen is calibrated, a default temperature chosen by counting samples, the weights are narrowed, the result is
// measured on the test drawings of the flat npz files, and three files are written: sketch.safetensors, its card
// sketch.md, and sketch-samples.svg. Every number in the card comes from this run, on the file that is written.
//
// The first DATA file is also measured alone. Some minutes.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { convertModel } from '../../js/convert.js'
import { readDescription } from '../../js/description.js'
import { load } from '../../js/index.js'
import { summarise } from '../../js/score.js'
import { fitPen, rewriteModel } from './ship-calibrate.mjs'
import { card } from './ship-card.mjs'
import {
  byClass,
  count,
  FEWEST,
  MOST_POINTS,
  readDrawings,
  sample,
  scoreAll,
  scoreGaussian,
  testSet,
} from './ship-measure.mjs'
import { sheet } from './ship-sheet.mjs'
import { inRoot } from './tools.mjs'

const RULE = 'keras-mdn' // leaves the pen at 1
const PER_CLASS = 20
const ON_SHEET = 8
const SEED = 1
/** Weights and scales, the coolest first. */
const TEMPERATURES = [
  [0.35, 0.35],
  [0.6, 0.35],
  [0.6, 0.5],
  [0.8, 0.5],
  [1, 0.35],
  [0.8, 0.65],
  [1, 0.5],
  [0.8, 0.8],
  [1, 0.65],
  [1, 0.8],
  [1, 1],
]

const args = process.argv.slice(2)
const outAt = args.indexOf('--out')
const out = outAt < 0 ? inRoot('js/models') : args.splice(outAt, 2)[1]
const [run, ...files] = args
if (run === undefined || files.length === 0) {
  console.error('usage: node cpp/toolchain/ship-model.mjs RUN DATA.npz… [--out FOLDER]')
  process.exit(2)
}

const started = performance.now()
const note = (text) => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`)

// ---- Data -------------------------------------------------------------------------------------------------------------
note('reading the drawings')
const { names, drawings } = await readDrawings(files)
const first = testSet(drawings.filter(({ file }) => file === 0))
const joined = testSet(drawings)
const listedClasses = joined.classes.map(([name]) => name)
const isListed = new Set(listedClasses)

// ---- The float32 master -----------------------------------------------------------------------------------------------
const trained = readFileSync(join(run, 'model.safetensors'))
const { description: before } = readDescription(trained)
if (JSON.stringify(before.classes) !== JSON.stringify(names)) {
  console.error('The classes of the model are not those of the data.')
  process.exit(1)
}
note('calibrating the pen')
const raw = await load(trained, { verify: true })
const shift = fitPen(
  raw,
  drawings.filter(({ split, className }) => split === 1 && isListed.has(className)),
)
const rawScores = scoreAll(raw, joined.test)
raw.dispose()

// ---- The default temperature ------------------------------------------------------------------------------------------
async function narrowed(temperature) {
  const master = rewriteModel(trained, { shift, changes: { listedClasses, temperature } })
  return { master, ...(await convertModel(load, master, { storage: 'int8' })) }
}

const { bytes: trial } = await narrowed({ rule: RULE })
const sampler = await load(trial)
const real = count(joined.test)
const grid = []
for (const [weights, scales] of TEMPERATURES) {
  note(`sampling at weights ${weights}, scales ${scales}`)
  const temperature = { rule: RULE, weights, scales }
  const made = listedClasses.map((name, i) => sample(sampler, name, { count: PER_CLASS, temperature, seed: SEED + i }))
  grid.push({ weights, scales, made, ...count(made.flat()) })
}
sampler.dispose()

/** How far the counts are from the real ones, in units of what is allowed: up to 1 is good. */
const distance = (row) =>
  Math.max(
    ...['points', 'ink', 'strokes'].map((name) => Math.abs(row[name] / real[name] - 1) / 0.2),
    row.short / real.short / 1.3,
    row.unfinished / 0.01,
  )
const good = grid.find((row) => distance(row) <= 1)
const { weights, scales, made } = good ?? grid.reduce((a, b) => (distance(b) < distance(a) ? b : a))
const temperature = { rule: RULE, weights, scales }

// ---- The file that ships, measured ------------------------------------------------------------------------------------
const { master, bytes, difference } = await narrowed(temperature)
const model = await load(bytes, { verify: true })

function measure(name, { classes, test, baseline }) {
  note(`scoring ${test.length} drawings of ${name}`)
  const told = scoreAll(model, test)
  const any = scoreAll(model, test, 'any')
  const base = scoreGaussian(baseline, test)
  const classNames = classes.map(([className]) => className)
  const of = {
    told: byClass(classNames, test, told),
    any: byClass(classNames, test, any),
    gain: byClass(classNames, test, any, told),
    baseline: byClass(classNames, test, base),
  }
  const monkeys = [...test.keys()].filter((i) => test[i].className === 'monkey')
  return {
    name,
    classes,
    drawings: test.length,
    points: told.reduce((sum, { points }) => sum + points, 0),
    scores: told,
    told: summarise(told),
    any: summarise(any),
    gain: summarise(any, told),
    baseline: summarise(base),
    monkeys: { drawings: monkeys.length, score: summarise(monkeys.map((i) => told[i])) },
    each: classNames.map((className, i) => ({
      drawings: test.filter((drawing) => drawing.className === className).length,
      told: of.told[i],
      any: of.any[i],
      gain: of.gain[i],
      baseline: of.baseline[i],
    })),
  }
}
const sets = [
  measure(`first file, ${first.classes.length} classes`, first),
  measure(`all files, ${joined.classes.length} classes`, joined),
]

note('scoring the float32 master')
const exact = await load(master)
const masterScores = scoreAll(exact, joined.test)
exact.dispose()
model.dispose()

// ---- The card and the sheet -------------------------------------------------------------------------------------------
const log = readFileSync(join(run, 'log.jsonl'), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
const curve = log.filter(({ validation }) => validation).map(({ step, validation }) => ({ step, ...validation }))
const { description } = readDescription(bytes)
const text = card({
  description,
  bytes: bytes.length,
  masterBytes: trained.length,
  training: {
    ...description.training,
    spec: JSON.parse(readFileSync(inRoot('js/cli/presets/sketch.json'), 'utf8')),
    curve,
  },
  sets,
  cost: summarise(sets[1].scores, masterScores),
  pen: { shift, change: summarise(masterScores, rawScores).pen },
  counts: { perClass: PER_CLASS, mostPoints: MOST_POINTS, real, grid },
  chosen: good !== undefined,
  drawings: { training: drawings.filter(({ split }) => split === 0).length, fewest: FEWEST },
})
const picture = sheet({
  title: 'sketch',
  facts: `${listedClasses.length} classes × ${ON_SHEET}, seeds from ${SEED} on, weights ${weights}, scales ${scales}, pen 1; the first ${ON_SHEET} of each, not chosen`,
  classes: listedClasses.map((name, i) => ({ name, drawings: made[i].slice(0, ON_SHEET).map(({ rows }) => rows) })),
})
writeFileSync(join(out, 'sketch.safetensors'), bytes)
writeFileSync(join(out, 'sketch.md'), text)
writeFileSync(join(out, 'sketch-samples.svg'), picture)
note(`${bytes.length} bytes; largest difference of an output from float32: ${difference.toPrecision(2)}`)
console.log(
  JSON.stringify({
    temperature,
    good: good !== undefined,
    counts: count(made.flat()),
    real,
    ...Object.fromEntries(sets.map(({ name, told, any }) => [name, { told, any }])),
  }),
)
