// What is measured: groups of contests, each the library and the plain-JavaScript peer at the same work. Runs in Node and
// on a page.

import { complete, load } from '../../js/index.js'
import { asSketchRnnJson } from '../models.js'
import { bandwidthReader } from './bandwidth.js'
import { checkPeer } from './check.js'
import { race } from './measure.js'
import { drawing, int8Network, sketchNetwork, stackedNetwork } from './networks.js'
import { PlainFutures, PlainModel, PlainSequence, plainComplete } from './plain-js.js'

/**
 * @typedef {object} Contest
 * @property {string} title
 * @property {'µs' | 'ms'} unit
 * @property {import('./measure.js').Timing[]} timings In microseconds; the last is the peer, unless `peers` says else.
 * @property {string[]} notes
 */

const TOLERANCE = 1e-4
const TEMPERATURE = 0.4 // by the rule of the networks, 'sketch-rnn-js'
const FACTORS = { weights: 0.7, scales: Math.sqrt(0.4), pen: 0.7 } // what it comes to

const PLAIN = 'plain JavaScript'

/**
 * Repeats something synchronous.
 * @param {() => unknown} once
 */
const repeat = (once) => (/** @type {number} */ units) => {
  for (let i = 0; i < units; i += 1) once()
}

/**
 * @param {import('../../js/model.js').Model} model
 */
function stepper(model) {
  const session = model.start({ seed: 1 })
  const out = new Float32Array(model.dims)
  const options = { temperature: TEMPERATURE }
  return repeat(() => session.step(options, out))
}

/** @param {PlainModel} plain */
function plainStepper(plain) {
  const sequence = new PlainSequence(plain)
  return repeat(() => sequence.step(FACTORS))
}

/**
 * Bytes that the float32 engine reads in a step: all weights but the bias, rounded up to whole panels of eight units.
 *
 * @param {PlainModel} plain
 */
function weightBytes({ lstms, output }) {
  const panels = (/** @type {number} */ columns) => Math.ceil(columns / 32) * 32
  const floats = lstms.reduce((sum, { units, inputs }) => sum + panels(4 * units) * (inputs + units), 0)
  return 4 * (floats + panels(output.units) * output.inputs)
}

async function* step() {
  for (const { title, bytes, narrow } of [
    { title: 'LSTM 512', bytes: sketchNetwork(512), narrow: int8Network(512) },
    { title: 'LSTM 256', bytes: sketchNetwork(256), narrow: int8Network(256) },
    { title: '2 × LSTM 64, 5 diagonal components', bytes: stackedNetwork() },
  ]) {
    const plain = PlainModel.fromSafetensors(bytes)
    const model = await load(bytes)
    const difference = checkPeer(model, plain, TOLERANCE)
    const int8 = narrow === undefined ? undefined : await load(narrow)
    const size = weightBytes(plain)
    const read = await bandwidthReader(size)
    const READ = 'its weights read once'
    const timings = await race([
      { name: 'session.step, float32', work: stepper(model) },
      ...(int8 === undefined ? [] : [{ name: 'session.step, int8', work: stepper(int8) }]),
      { name: READ, work: read },
      { name: PLAIN, work: plainStepper(plain) },
    ])
    const reading = timings.find(({ name }) => name === READ)
    const bandwidth = size / reading.minimum / 1000
    const fraction = reading.minimum / timings[0].minimum
    yield {
      title: `One step of ${title}, batch 1`,
      unit: 'µs',
      timings,
      notes: [
        `float32 reaches ${(100 * fraction).toFixed(0)} % of the read bandwidth: ${(size / 1e6).toFixed(2)} MB of weights ` +
          `at ${bandwidth.toFixed(0)} GB/s, measured by a loop of vector loads in WebAssembly`,
        ...(int8 === undefined
          ? []
          : [`int8 is ${(timings[0].minimum / timings[1].minimum).toFixed(2)} × as fast as float32`]),
        `the peer's outputs differ by ${difference.toExponential(1)} at most`,
      ],
    }
    model.dispose()
    int8?.dispose()
  }
}

async function* futures() {
  const bytes = sketchNetwork(512)
  const model = await load(bytes)
  const int8 = await load(int8Network(512))
  const plain = PlainModel.fromSafetensors(bytes)
  checkPeer(model, plain, TOLERANCE)
  const maxSteps = 60
  for (const count of [8, 64]) {
    // A unit is one step of all futures; new ones, which must be made, when these have taken theirs but for the last:
    // it feeds nothing back, and would be the minimum.
    const runs = (/** @type {() => { advance: () => unknown, dispose: () => void }} */ begin) => {
      let batch = begin()
      let taken = 0
      return repeat(() => {
        if (taken === maxSteps - 1) {
          batch.dispose()
          batch = begin()
          taken = 0
        }
        batch.advance()
        taken += 1
      })
    }
    const run = (/** @type {typeof model} */ network) => {
      const session = network.start({ seed: 1 })
      return runs(() => {
        const futures = session.futures({ count, maxSteps, temperature: TEMPERATURE })
        return { advance: () => futures.advance(1), dispose: () => futures.dispose() }
      })
    }
    const sequence = new PlainSequence(plain)
    const runPlain = runs(() => {
      const futures = new PlainFutures(sequence, { count, maxSteps })
      return { advance: () => futures.advance(1, FACTORS), dispose: () => {} }
    })
    const timings = await race([
      { name: 'futures.advance, float32', work: run(model) },
      { name: 'futures.advance, int8', work: run(int8) },
      { name: PLAIN, work: runPlain },
    ])
    for (const timing of timings) {
      timing.median /= count
      timing.minimum /= count
    }
    yield { title: `${count} futures of ${maxSteps} steps, LSTM 512: one step of one`, unit: 'µs', timings, notes: [] }
  }
  model.dispose()
  int8.dispose()
}

async function* completion() {
  const bytes = sketchNetwork(512)
  const model = await load(bytes)
  const plain = PlainModel.fromSafetensors(bytes)
  checkPeer(model, plain, TOLERANCE)
  const sizes = { count: 8, maxSteps: 60 }
  const timings = await race([
    {
      name: 'complete',
      work: async (units) => {
        for (let i = 0; i < units; i += 1)
          await complete(model, drawing, { ...sizes, temperature: TEMPERATURE, seed: 1 })
      },
    },
    {
      name: PLAIN,
      work: async (units) => {
        for (let i = 0; i < units; i += 1) await plainComplete(plain, drawing, { ...sizes, factors: FACTORS })
      },
    },
  ])
  yield {
    title: 'complete: three strokes continued in 8 ways of 60 points, LSTM 512',
    unit: 'ms',
    timings,
    notes: ['pauses for the page every 8 ms included, on both sides'],
  }
  model.dispose()
}

async function* loading() {
  const bytes = sketchNetwork(512)
  const text = new TextEncoder().encode(asSketchRnnJson(bytes))
  for (const { title, content, plain } of [
    { title: 'our file', content: bytes, plain: PlainModel.fromSafetensors },
    { title: 'sketch-rnn’s .gen.json', content: text, plain: PlainModel.fromSketchRnn },
  ]) {
    const model = await load(content)
    checkPeer(model, plain(content), TOLERANCE)
    model.dispose()
    const timings = await race([
      {
        name: 'load',
        work: async (units) => {
          for (let i = 0; i < units; i += 1) (await load(content)).dispose()
        },
      },
      { name: PLAIN, work: repeat(() => plain(content)) },
    ])
    const megabytes = (content.length / 1e6).toFixed(1)
    yield { title: `load an LSTM 512 from ${title} in memory (${megabytes} MB)`, unit: 'ms', timings, notes: [] }
  }
}

/** @type {Record<string, () => AsyncGenerator<Contest>>} */
export const GROUPS = { step, futures, complete: completion, load: loading }
