import assert from 'node:assert/strict'
import test from 'node:test'

import { importSketchRnn } from '../../js/import/sketch-rnn.js'
import { complete, load } from '../../js/index.js'
import { readFloats, readSafetensors } from '../../js/safetensors.js'
import { seededRandom } from '../mutants.js'
import { assertNear } from '../near.js'
import { ReferenceSequence, readReferenceModel } from '../reference/model.js'
import { readNpz } from '../reference/npz.js'
import { START, scoreDrawings, summarise } from '../reference/score.js'
import { readSketchRnn } from '../reference/sketch-rnn-file.js'
import { offsetLogDensity, sketchRnnMixture } from '../reference/sketch-rnn-head.js'
import { needs, readShared, sharedPath } from './shared.js'

// What the published JavaScript implementation of sketch-rnn computed, recorded: the mixture after each row.
const GOLDEN = 'golden/sketch-rnn/reference-outputs.json'
const RECORDED = ['bird', 'sheep', 'bicycle', 'monkey']
const UNION = 'data/quickdraw/quickdraw_union_stroke3'
const ZEROS = [0, 0, 0, 0, 0] // the row that the recording starts with

const modelFile = (name) => `models/sketch-rnn/${name}.gen.json`
const readText = (file) => readShared(file).toString('utf8')

/** The rows fed, in model units, and the recorded mixtures [weights, μx, μy, σx, σy, ρ, pen] after each of them. */
function recording(name, scale) {
  const { sketches, outputs } = JSON.parse(readText(GOLDEN))
  const [, , rows] = sketches.find(([sketch]) => sketch === name)
  return {
    rows: [ZEROS, ...rows.map(([dx, dy, ...pen]) => [dx / scale, dy / scale, ...pen])],
    mixtures: outputs[name].pdf,
    state: { h: outputs[name].h, c: outputs[name].c },
  }
}

/** Compares a mixture [weights, μx, μy, σx, σy, ρ, pen] with the recorded one: σ to 1e-5 of itself. */
function assertRecorded(actual, recorded, tolerance, step) {
  for (const [i, label] of ['weights', 'μx', 'μy', 'σx', 'σy', 'ρ', 'pen'].entries()) {
    const what = `step ${step}, ${label}`
    if (label[0] === 'σ') assertNear(ratios(actual[i], recorded[i]), Array(recorded[i].length).fill(1), 1e-5, { what })
    else assertNear(actual[i], recorded[i], tolerance, { what })
  }
}

/** [K, 2] → the first and the second column. */
const columns = (pairs) => [0, 1].map((column) => pairs.filter((_, i) => i % 2 === column))

const ratios = (a, b) => Array.from(a, (value, i) => value / b[i])

for (const name of RECORDED) {
  test(`${name}: the float64 reference agrees with the recording`, needs(GOLDEN, modelFile(name)), () => {
    const model = readSketchRnn(readText(modelFile(name)))
    const { rows, mixtures, state } = recording(name, model.info.scale_factor)
    assert.equal(rows.length, mixtures.length)
    const sequence = new ReferenceSequence(model)
    rows.forEach((row, step) => {
      const m = sketchRnnMixture(sequence.step(row))
      const actual = [m.weights, m.meansX, m.meansY, m.scalesX, m.scalesY, m.correlations, m.pen]
      assertRecorded(actual, mixtures[step], 5e-7, step)
    })
    const { h, c } = sequence.states.get('lstm')
    assertNear(h, state.h, 5e-7, { what: 'h' })
    assertNear(c, state.c, 5e-7, { what: 'c' })
  })

  test(`${name}: the engine agrees with the recording`, needs(GOLDEN, modelFile(name)), async () => {
    const model = await load(sharedPath(modelFile(name)))
    const { rows, mixtures } = recording(name, model.scale)
    const session = model.start({ startToken: rows[0] })
    for (const [step, recorded] of mixtures.entries()) {
      if (step > 0) session.observe(rows[step])
      const { weights, means, scales, correlations, pen } = session.mixture()
      const [meansX, meansY] = columns(means)
      const [scalesX, scalesY] = columns(scales)
      assertRecorded([weights, meansX, meansY, scalesX, scalesY, correlations, pen], recorded, 3e-6, step)
    }
    model.dispose()
  })

  test(`${name}: the importer decodes every weight`, needs(modelFile(name)), () => {
    const text = readText(modelFile(name))
    const { info, layers } = readSketchRnn(text)
    const { description } = assertSameWeights(importSketchRnn(text).bytes, layers)
    assert.equal(description.scale, info.scale_factor)
    assert.equal(description.name, name)
    assert.equal(description.maxSteps, info.max_seq_len)
  })
}

function assertSameWeights(bytes, [lstm, output]) {
  const { tensors, metadata } = readSafetensors(bytes)
  const expected = {
    'lstm_0/kernel': lstm.kernel,
    'lstm_0/recurrent_kernel': lstm.recurrentKernel,
    'lstm_0/bias': lstm.bias,
    'output/kernel': output.kernel,
    'output/bias': output.bias,
  }
  assert.equal(tensors.size, 5)
  for (const [name, values] of Object.entries(expected)) {
    assert.deepEqual(readFloats(tensors, name), Float32Array.from(values), name)
  }
  return { description: JSON.parse(metadata['mixture-density']) }
}

test('flowchart: a .gen.js is read as text', needs('models/sketch-rnn/flowchart.gen.js'), () => {
  const text = readText('models/sketch-rnn/flowchart.gen.js')
  const json = text.slice(text.indexOf("'") + 1, text.lastIndexOf("'"))
  const { bytes, report } = importSketchRnn(text)
  const { description } = assertSameWeights(bytes, readSketchRnn(json).layers)
  assert.equal(description.scale, 60)
  assert.equal(description.maxSteps, 300)
  assert.match(report[0], /flowchart.*version 6.*LSTM 512/)
})

// Published figures of this model, to the digits printed, cross-checked against @magenta/sketch.
test('bird: the reference gives the known numbers after the start token', needs(modelFile('bird')), () => {
  const sequence = new ReferenceSequence(readReferenceModel(importSketchRnn(readText(modelFile('bird'))).bytes))
  const raw = sequence.step([0, 0, 1, 0, 0])
  const mixture = sketchRnnMixture(raw)
  const near = (actual, expected, tolerance) => assertNear(actual, expected, tolerance, { prefix: true })
  near(mixture.pen, [0.9965824, 0.0034172, 3.8076e-7], 1e-7)
  near(raw, [5.220694, -0.454816, -9.556983], 1e-6)
  near(sequence.states.get('lstm_0').h, [0.004102, 0.033128], 1e-6)
  near(mixture.weights, [0.040095, 0.0279623, 6.525e-7], 1e-7)
  near(mixture.meansX, [-0.1195416, -0.2095372, 0.1793457], 1e-6)
  near(mixture.scalesX, [0.954112, 0.0616385, 0.5657902], 1e-6)
  near(mixture.scalesY, [0.8242234, 0.114535, 0.5110795], 1e-6)
  near(mixture.correlations, [-0.1278853, -0.6808704, 0.2871159], 1e-6)
})

const BIRD_ROWS = [
  [0.5, 0, 1, 0, 0],
  [0, 0.5, 1, 0, 0],
  [-0.5, 0, 0, 1, 0],
  [1, -1, 1, 0, 0],
]
const BIRD_NATS = [
  [0.546553, 0.003423],
  [7.069605, 0.005542],
  [2.021148, 3.286193],
  [3.646425, 0.000218],
]

test('bird: the reference gives the known nats of a short sequence', needs(modelFile('bird')), () => {
  const sequence = new ReferenceSequence(readReferenceModel(importSketchRnn(readText(modelFile('bird'))).bytes))
  let mixture = sketchRnnMixture(sequence.step([0, 0, 1, 0, 0]))
  BIRD_ROWS.forEach(([dx, dy, ...pen], step) => {
    const nats = [-offsetLogDensity(mixture, dx, dy), -mixture.logPen[pen.indexOf(1)]]
    assertNear(nats, BIRD_NATS[step], 1e-6)
    mixture = sketchRnnMixture(sequence.step([dx, dy, ...pen]))
  })
})

test('bird: the engine gives the known nats of a short sequence', needs(modelFile('bird')), async () => {
  const model = await load(sharedPath(modelFile('bird')))
  const nats = model
    .start()
    .observe(BIRD_ROWS, { logProb: 'parts' })
    .map((part) => -part)
  assertNear(nats, BIRD_NATS.flat(), 3e-6)
  model.dispose()
})

test('flowchart: the engine draws with it', needs('models/sketch-rnn/flowchart.gen.js'), async () => {
  const model = await load(sharedPath('models/sketch-rnn/flowchart.gen.js'))
  const options = { count: 4, seed: 1, maxSteps: 60 }
  const corner = [[[0, 0], [80, 0], [80, 50]]] // biome-ignore format: one stroke
  const endings = await complete(model, corner, options)
  assert.equal(endings.length, 4)
  for (const { polylines, logProb } of endings) {
    assert.ok(polylines.length > 0)
    assert.ok(polylines.flat(2).every(Number.isFinite))
    assert.ok(Number.isFinite(logProb))
  }
  assert.deepEqual(await complete(model, corner, options), endings)
  model.dispose()
})

/** The test drawings of one class, as stroke-3 rows. */
function testDrawings(className) {
  const { pts, off, label, split } = readNpz(readShared(`${UNION}.npz`))
  const wanted = readText(`${UNION}.classes.txt`).split('\n').indexOf(className)
  const drawings = []
  for (let i = 0; i < label.length; ++i) {
    if (label[i] !== wanted || split[i] !== 2) continue
    const rows = []
    for (let at = off[i]; at < off[i + 1]; ++at) rows.push([pts[3 * at], pts[3 * at + 1], pts[3 * at + 2]])
    drawings.push(rows)
  }
  return drawings
}

// An independent float64 implementation measured 7.590 nats per point, standard error 0.054, and 0.389 for the pen.
function assertMonkeyScore({ drawings, points, offsets, standardError, pen }) {
  assert.equal(drawings, 57)
  assert.equal(points, 4270)
  assert.ok(Math.abs(offsets - 7.59) <= 0.02, `offsets: ${offsets}`)
  assert.ok(Math.abs(standardError - 0.054) <= 0.002, `standard error: ${standardError}`)
  assert.ok(Math.abs(pen - 0.389) <= 0.0006, `pen: ${pen}`)
}

test('monkey: the reference scores the test drawings', needs(modelFile('monkey'), `${UNION}.npz`), () => {
  const model = readSketchRnn(readText(modelFile('monkey')))
  const drawings = testDrawings('monkey')
  assertMonkeyScore(scoreDrawings(model, drawings, { scale: model.info.scale_factor, random: seededRandom(1) }))
})

test('monkey: the engine scores the test drawings', needs(modelFile('monkey'), `${UNION}.npz`), async () => {
  const model = await load(sharedPath(modelFile('monkey')))
  const { scale } = model
  const random = seededRandom(1)
  const noise = () => random() - 0.5
  const END = [0, 0, 0, 0, 1]
  const perDrawing = testDrawings('monkey').map((drawing) => {
    const fed = [...drawing.map(([dx, dy, lift]) => [dx / scale, dy / scale, 1 - lift, lift, 0]), END]
    const noisy = () => [
      ...drawing.map(([dx, dy, lift]) => [(dx + noise()) / scale, (dy + noise()) / scale, 1 - lift, lift, 0]),
      END,
    ]
    const targets = [0, 1, 2, 3].map(noisy).flat(2)
    const session = model.start({ startToken: START })
    const parts = session.observe(fed, { logProb: 'parts', targets })
    session.dispose()
    let offsets = 2 * Math.log(scale) * drawing.length
    let pen = 0
    for (let i = 0; i < parts.length / 2; ++i) {
      const isEnd = i % fed.length === drawing.length
      if (!isEnd) offsets -= parts[2 * i] / 4
      pen -= parts[2 * i + 1] / 4
    }
    return { offsets, pen, points: drawing.length }
  })
  assertMonkeyScore(summarise(perDrawing))
  model.dispose()
})
