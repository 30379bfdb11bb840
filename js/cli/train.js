/**
 * `mixture-density train`: train a model, natively if the native trainer is built, else in WebAssembly.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { fitBaseline, scoreBaseline } from '../baseline.js'
import { readDataSet } from '../data-set.js'
import { load } from '../index.js'
import { isJsonObject, parseJson } from '../json.js'
import { scoreDrawing, summarise } from '../score.js'
import { CommandError, defineVerb, flag, number, required, text, UsageError } from './command.js'
import { readInput } from './files.js'
import { withProgress } from './progress.js'
import { toldClass } from './scoring.js'
import { counted, oneLine } from './text.js'
import { findTrainer, runTrainer } from './train-native.js'

/** @typedef {import('../data-set.js').DataSet} DataSet */

const SKETCH = fileURLToPath(new URL('./presets/sketch.json', import.meta.url))
const TOYS = ['inverse-sine', 'spiral']
const PRESETS = [...TOYS, 'sketch']
const TRAIN = 0
const TEST = 2

export const verb = defineVerb({
  usage: 'train PRESET|SPEC.json [--data SET.safetensors] --out FOLDER [options]',
  about:
    'Trains a model into FOLDER/model.safetensors, with its log in log.jsonl, and says what it reaches on test data. PRESET ' +
    'is inverse-sine or spiral, problems with their own data and a known optimum, or sketch, the model of this package; ' +
    'SPEC.json says what to train and how, as js/cli/presets/sketch.json does (all fields: cpp/train/train_spec.h). Data ' +
    'sets are made by `data`. Drawings are trained on by the native trainer if it is built (npm run build:trainer, or ' +
    'MDN_TRAIN=PROGRAM in the environment; MDN_TRAIN=none for not), which uses all cores; otherwise in WebAssembly.',
  positionals: ['PRESET'],
  options: {
    data: text('SET.safetensors', 'the drawings; needed, but for inverse-sine and spiral'),
    out: text('FOLDER', 'where to write; needed'),
    seed: number('N', "of all that is random; default 1, or the specification's", {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
    }),
    'max-seconds': number('N', 'stop after so long, with what is learnt by then', { min: 1, max: 1e9 }),
    resume: flag('go on from the last checkpoint in FOLDER'),
    json: flag('the last line is one JSON object'),
  },

  async run(options, [preset]) {
    const out = required(options.out, '--out FOLDER')
    const isToy = TOYS.includes(preset)
    if (!isToy && preset !== 'sketch' && !preset.endsWith('.json'))
      throw new UsageError(`there is no preset ${preset}: expected one of ${PRESETS.join(', ')}, or a SPEC.json`)
    if (isToy && options.data !== undefined) throw new UsageError(`${preset} makes its own data: leave --data out`)
    if (isToy && options.resume) throw new UsageError(`${preset} takes seconds: --resume is for drawings`)
    const data = isToy ? '' : required(options.data, '--data SET.safetensors')
    const result = await withProgress((progress) =>
      isToy ? toy(preset, { ...options, out }, progress) : drawings(preset, data, { ...options, out }, progress),
    )
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : written(result))
  },
})

/**
 * @typedef {{ out: string, seed?: number, 'max-seconds'?: number, resume?: boolean }} Options
 * @typedef {{ preset: string, model: string, trainer: 'native' | 'wasm', testNats: number, standardError: number | null,
 *   optimum?: number, baseline?: number, offsets?: import('../score.js').Estimate, pen?: import('../score.js').Estimate,
 *   drawings?: number, points?: number, seconds: number }} Result
 */

/**
 * @param {string} preset
 * @param {Options} options
 * @param {import('./progress.js').Progress} progress
 * @returns {Promise<Result>}
 */
async function toy(preset, options, progress) {
  const { MODEL, TEST_POINTS, trainToy } = await import('./train-wasm.js')
  const { TOYS: problems } = await import('./presets/toys.js')
  const { optimum } = problems[preset]
  const { mean, standardError, seconds } = await trainToy(preset, problems[preset], {
    out: options.out,
    seed: options.seed ?? 1,
    maxSeconds: options['max-seconds'],
    onEpoch: (epoch) => progress.show(epochText(epoch)),
  })
  const model = path.join(options.out, MODEL)
  return { preset, model, trainer: 'wasm', testNats: mean, standardError, optimum, points: TEST_POINTS, seconds }
}

/**
 * @param {string} preset
 * @param {string} data
 * @param {Options} options
 * @param {import('./progress.js').Progress} progress
 * @returns {Promise<Result>}
 */
async function drawings(preset, data, options, progress) {
  const file = preset === 'sketch' ? SKETCH : preset
  const spec = parseJson(new TextDecoder().decode(await readInput(file)), path.basename(file))
  if (!isJsonObject(spec)) throw new CommandError(`${file} is no JSON object`)
  progress.show(`reading ${path.basename(data)}`)
  const bytes = await readInput(data)
  const set = readDataSet(bytes)
  const program = await findTrainer()
  const train = program === undefined ? inProcess(bytes, set) : natively(program)
  const seconds = await train(file, spec, data, options, progress)
  const model = path.join(options.out, 'model.safetensors')
  const least = isJsonObject(spec.validation) ? Number(spec.validation.minDrawings ?? 0) : 0
  const test = await scoreTest(model, set, least, progress)
  return { preset, model, trainer: program === undefined ? 'wasm' : 'native', ...test, seconds }
}

/**
 * @typedef {(file: string, spec: Record<string, any>, data: string, options: Options,
 *   progress: import('./progress.js').Progress) => Promise<number>} Train Seconds that it took.
 */

/**
 * @param {string} program
 * @returns {Train}
 */
function natively(program) {
  return async (file, _spec, data, { out, seed, 'max-seconds': maxSeconds, resume }, progress) => {
    const args = [file, '--data', data, '--out', out]
    if (seed !== undefined) args.push('--seed', String(seed))
    if (maxSeconds !== undefined) args.push('--max-seconds', String(maxSeconds))
    if (resume) args.push('--resume')
    const last = await runTrainer(program, args, ({ step, steps, offset, pen, stepsPerSecond, secondsLeft }) => {
      if (steps === undefined) return
      progress.show(
        `step ${step} of ${steps}: ${offset?.toFixed(3)} + ${pen?.toFixed(3)} nats, ` +
          `${stepsPerSecond?.toFixed(1)} steps/s, ${minutes(secondsLeft ?? 0)} left`,
      )
    })
    return last?.seconds ?? 0
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {Required<DataSet>} set
 * @returns {Train}
 */
function inProcess(bytes, { classes, source, licence, attribution }) {
  return async (_file, spec, _data, { out, seed, 'max-seconds': maxSeconds, resume }, progress) => {
    const { leftOut, trainDrawings } = await import('./train-wasm.js')
    for (const note of leftOut(spec)) process.stderr.write(`note: trained in WebAssembly, ${note}\n`)
    return trainDrawings(
      spec,
      { bytes, classes, data: { source, licence, attribution } },
      {
        out,
        seed: seed ?? Number(spec.seed ?? 1),
        maxSeconds,
        resume,
        onEpoch: (epoch) => progress.show(epochText(epoch)),
      },
    )
  }
}

/**
 * Nats on the test drawings of the classes that have at least `least` training drawings, beside those of one Gaussian.
 *
 * @param {string} file
 * @param {Required<DataSet>} set
 * @param {number} least
 * @param {import('./progress.js').Progress} progress
 */
async function scoreTest(file, { drawings: all, classes }, least, progress) {
  const counts = new Map()
  for (const { label, split } of all) if (split === TRAIN) counts.set(label, (counts.get(label) ?? 0) + 1)
  const isMeant = (/** @type {number} */ label) => (counts.get(label) ?? 0) >= least
  const of = (/** @type {number} */ wanted) => all.filter(({ split, label }) => split === wanted && isMeant(label))
  const test = of(TEST)
  if (test.length === 0) throw new CommandError(`${file} is trained, but there are no test drawings to score it on`)
  const isWhole = test.every(({ rows }) => rows.every(Number.isInteger))
  const model = await load(await readFile(file))
  const scores = test.map(({ rows, label }, index) => {
    progress.show(`scoring drawing ${index + 1} of ${test.length}`)
    return scoreDrawing(model, rows, { class: toldClass(model, classes[label]), dequantise: isWhole, index })
  })
  model.dispose()
  const gaussian = fitBaseline(of(TRAIN).map(({ rows }) => rows))
  const baseline = summarise(test.map(({ rows }) => scoreBaseline(gaussian, rows, { dequantise: isWhole })))
  const { offsets, pen, total } = summarise(scores)
  return {
    testNats: total.mean,
    standardError: total.standardError,
    baseline: baseline.total.mean,
    offsets,
    pen,
    drawings: test.length,
    points: scores.reduce((sum, { points }) => sum + points, 0),
  }
}

/** @param {import('../train.js').Epoch} epoch */
function epochText({ epoch, step, loss, validationLoss, stepsPerSecond, secondsLeft }) {
  const validated = validationLoss === undefined ? '' : `, validation ${validationLoss.toFixed(3)}`
  return (
    `epoch ${epoch}, step ${step}: ${loss.toFixed(3)} nats${validated}, ${stepsPerSecond.toFixed(0)} steps/s, ` +
    `${minutes(secondsLeft)} left`
  )
}

/** @param {number} seconds */
function minutes(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`
}

/** @param {Result} result */
function written({ model, trainer, testNats, standardError, optimum, baseline, offsets, pen, ...counts }) {
  const error = standardError === null ? '' : ` ± ${standardError.toFixed(4)}`
  const parts =
    offsets === undefined || pen === undefined ? '' : ` (${offsets.mean.toFixed(3)} + ${pen.mean.toFixed(3)})`
  const beside =
    optimum === undefined ? `one Gaussian ${baseline?.toFixed(3)}` : `the best possible is ${optimum.toFixed(5)}`
  const what = counts.drawings === undefined ? '' : `${counted(counts.drawings, 'drawing')}, `
  return (
    `${oneLine(model)}: trained in ${minutes(counts.seconds)}, ${trainer === 'native' ? 'natively' : 'in WebAssembly'}\n` +
    `test: ${testNats.toFixed(4)}${error} nats per point${parts}; ${beside}; ${what}${counted(counts.points ?? 0, 'point')}\n`
  )
}
