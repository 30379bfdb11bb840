/**
 * Training in this process, in WebAssembly: the toy problems, and drawings where the native trainer is not built. What it
 * writes is what the native trainer writes: model.safetensors, log.jsonl and, for drawings, a checkpoint.
 *
 * @module
 */

import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build, dense, fit, lstm, Random, ready, save, sketchRnn } from '../train.js'
import { CommandError } from './command.js'
import { writeOutput } from './files.js'

/** @typedef {import('../train.js').Epoch} Epoch */
/** @typedef {import('./presets/toys.js').Toy} Toy */

export const MODEL = 'model.safetensors'
const LOG = 'log.jsonl'
const CHECKPOINT = 'wasm-checkpoint.bin'

/** Streams of the seed. */
const LEARN = 1
const TEST = 2
export const TEST_POINTS = 100_000

/**
 * @typedef {object} RunOptions
 * @property {string} out
 * @property {number} seed
 * @property {number} [maxSeconds]
 * @property {boolean} [resume]
 * @property {(epoch: Epoch) => void} onEpoch
 */

/**
 * @param {string} name
 * @param {Toy} toy
 * @param {RunOptions} options
 * @returns {Promise<{ mean: number, standardError: number, seconds: number }>} Nats on fresh points.
 */
export async function trainToy(name, toy, { out, seed, maxSeconds, onEpoch }) {
  await ready()
  await makeFolder(out)
  const network = await build({ ...toy.network, seed, name })
  const run = fit(network, toy.generate(toy.points, new Random(seed, { stream: LEARN })), {
    ...toy.fit,
    seed,
    maxSeconds,
  })
  await follow(run, out, false, onEpoch)
  const { seconds } = await run.done
  await writeOutput(path.join(out, MODEL), save(network, { data: { source: `the formula of ${name}` } }), [])
  const { x, y } = toy.generate(TEST_POINTS, new Random(seed, { stream: TEST }))
  const nats = network.predict(x).logProb(y)
  network.dispose()
  const mean = -nats.reduce((sum, value) => sum + value, 0) / nats.length
  const variance = nats.reduce((sum, value) => sum + (value + mean) ** 2, 0) / (nats.length - 1)
  return { mean, standardError: Math.sqrt(variance / nats.length), seconds }
}

/**
 * What this trainer leaves out of a specification, as sentences.
 *
 * @param {Record<string, any>} spec
 */
export function leftOut({ phases = [], validation = {} }) {
  const notes = []
  if (phases.length > 1) notes.push('phases are left out: all classes are trained on from first to last')
  if (validation.minDrawings > 0) notes.push('validation is on all classes')
  return notes
}

/**
 * @param {Record<string, any>} spec As the native trainer reads it: cpp/train/train_spec.h.
 * @param {{ bytes: Uint8Array, classes: readonly string[], data: Record<string, string> }} set
 * @param {RunOptions} options
 * @returns {Promise<number>} Seconds.
 */
export async function trainDrawings(spec, { bytes, classes, data }, { out, seed, maxSeconds, resume, onEpoch }) {
  await ready()
  await makeFolder(out)
  const network = await build({ ...networkOf(spec.model, classes), seed })
  const checkpoint = path.join(out, CHECKPOINT)
  const run = fit(network, bytes, {
    ...learningOf(spec),
    seed,
    maxSeconds,
    steps: spec.steps,
    resume: resume ? await readCheckpoint(checkpoint) : undefined,
  })
  await follow(run, out, resume === true, async (epoch) => {
    onEpoch(epoch)
    await writeOutput(checkpoint, run.checkpoint(), [])
  })
  const { seconds } = await run.done
  await writeOutput(checkpoint, run.checkpoint(), [])
  await writeOutput(path.join(out, MODEL), save(network, { data }), [])
  network.dispose()
  return seconds
}

/**
 * @param {import('../train.js').Training} run
 * @param {string} out
 * @param {boolean} append
 * @param {(epoch: Epoch) => void | Promise<void>} onEpoch
 */
async function follow(run, out, append, onEpoch) {
  const log = path.join(out, LOG)
  if (!append) await writeFile(log, '')
  const stop = () => run.stop()
  process.once('SIGINT', stop)
  try {
    for await (const epoch of run) {
      await appendFile(log, `${JSON.stringify(epoch)}\n`)
      await onEpoch(epoch)
    }
  } finally {
    process.off('SIGINT', stop)
  }
}

/** @param {string} out */
async function makeFolder(out) {
  try {
    await mkdir(out, { recursive: true })
  } catch (cause) {
    const { message } = /** @type {Error} */ (cause)
    throw new CommandError(`the folder ${out} could not be made: ${message}`, { cause })
  }
}

/** @param {string} file */
async function readCheckpoint(file) {
  try {
    return await readFile(file)
  } catch (cause) {
    throw new CommandError(`there is no checkpoint ${file} to resume from`, { cause })
  }
}

/**
 * The options of `build` that give the network of a specification, which must be a chain.
 *
 * @param {Record<string, any>} model
 * @param {readonly string[]} classes
 * @returns {import('../train.js').BuildOptions}
 */
function networkOf(model, classes) {
  /** @type {Record<string, any>[]} */
  const nodes = model.nodes
  const embedding = nodes.find(({ type }) => type === 'embedding')
  const layers = nodes
    .filter(({ type }) => type !== 'embedding')
    .slice(0, -1)
    .map(({ type, units, activation, recurrentActivation }) =>
      type === 'lstm' ? lstm(units, { recurrentActivation }) : dense(units, activation),
    )
  return {
    name: model.name,
    inputs: model.input.size,
    layers,
    head: sketchRnn({ components: model.head.components }),
    scale: model.scale,
    startToken: model.startToken,
    temperature: model.temperature,
    ...(embedding === undefined ? {} : { classes, embedding: embedding.units, anyClass: model.anyClass === true }),
  }
}

/**
 * @param {Record<string, any>} spec
 * @returns {import('../train.js').FitOptions}
 */
function learningOf({ batch, optimiser, schedule = {}, clip = { norm: 1 }, average = 0.999, ...spec }) {
  const { any, ...augment } = spec.augment ?? {}
  const { rate = 1e-3, ...rest } = schedule
  return {
    batchSize: batch,
    learningRate: rate,
    optimiser,
    schedule: { type: 'cosine', last: 1e-5, warmUp: 200, ...rest },
    clip,
    average,
    recurrentKeep: spec.recurrentKeep,
    window: spec.window,
    augment,
    ...(any === undefined ? {} : { anyShare: any }),
  }
}
