// The command line with the published models and data.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fromSvg } from '../../js/svg.js'
import { at, json, setUp, succeed, tearDown } from '../cli.js'
import { needs, readShared, sharedPath } from './shared.js'

const MONKEY = 'models/sketch-rnn/monkey.gen.json'
const FLOWCHART = 'models/sketch-rnn/flowchart.gen.js'
const UNION = 'data/quickdraw/quickdraw_union_stroke3.npz'
const SAMPLE = 'data/quickdraw/monkey_simplified_sample.ndjson'
const TEST_MONKEYS = [sharedPath(UNION), '--class', 'monkey', '--split', 'test']

before(setUp)
after(tearDown)

const near = (actual, expected, tolerance) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected} ± ${tolerance}`)

test('info reads the published models', needs(MONKEY, FLOWCHART), async () => {
  const monkey = await json(['info', sharedPath(MONKEY)])
  assert.equal(monkey.name, 'monkey')
  assert.equal(monkey.parameters, 1123963)
  assert.deepEqual(monkey.classes, ['monkey'])
  assert.deepEqual(monkey.head, { type: 'sketch-rnn', dims: 2, components: 20 })
  assert.match(await succeed(['info', sharedPath(FLOWCHART)]), /^scale +60 data units per model unit$/m)
})

// An independent float64 implementation measured 7.590 nats per point, standard error 0.054, and 0.389 for the pen.
test('score of monkey on its test drawings', needs(MONKEY, UNION), async () => {
  const score = await json(['score', sharedPath(MONKEY), ...TEST_MONKEYS])
  assert.equal(score.drawings, 57)
  assert.equal(score.points, 4270)
  near(score.offsets.mean, 7.59, 0.02)
  near(score.offsets.standardError, 0.054, 0.002)
  near(score.pen.mean, 0.389, 0.0006)
  assert.deepEqual(score.dequantised, { noise: 0.5, draws: 4, seed: 1 })
})

test('score reads the ndjson form of the same data set', needs(MONKEY, SAMPLE), async () => {
  const score = await json(['score', sharedPath(MONKEY), sharedPath(SAMPLE), '--limit', '40'])
  assert.equal(score.drawings, 40)
  near(score.offsets.mean, 7.59, 0.25) // other monkeys: five times the standard error
})

// What rounding costs is measured, on the same drawings with the same noise. In int8 this model gains a hundredth of a nat,
// as it does when the float64 reference runs the rounded weights.
test('narrow weights cost next to nothing', needs(MONKEY, UNION), async () => {
  for (const [storage, cost, size] of [
    ['float32', 0, 4_520_000],
    ['float16', 0.0005, 2_270_000],
    ['int8', 0.015, 1_230_000],
  ]) {
    const options = storage === 'float32' ? [] : [`--${storage}`]
    const target = at(`${storage}.safetensors`)
    const result = await json(['convert', sharedPath(MONKEY), target, ...options, '--data', ...TEST_MONKEYS])
    near(result.cost.before.offsets.mean, 7.59, 0.02)
    near(result.cost.difference.total.mean, 0, cost)
    assert.ok(result.out.bytes < size, `${storage}: ${result.out.bytes} bytes`)
    const about = await json(['info', target])
    assert.equal(about.selfTest, 'passed')
    assert.equal(about.compute, storage === 'int8' ? 'int8' : 'float32')
    assert.equal(about.parameters, 1123963)
  }
})

test('continue finishes a monkey of the data set', needs(MONKEY, SAMPLE), async () => {
  const options = ['--in', sharedPath(SAMPLE), '--line', '3', '--seed', '7', '--count', '6']
  const result = JSON.parse(await succeed(['continue', '--model', sharedPath(MONKEY), ...options]))
  const lines = readShared(SAMPLE).toString('utf8').split('\n')
  assert.deepEqual(
    result.given.map((stroke) => stroke.map(([x]) => x)),
    JSON.parse(lines[2]).drawing.map(([xs]) => xs),
  )
  // Measured: this model draws some 800 units long, not 255.
  assert.ok(result.size > 600 && result.size < 1100, `${result.size}`)
  assert.equal(result.endings.length, 6)
  assert.ok(result.endings.every(({ polylines }) => polylines.flat(2).every(Number.isFinite)))
  const rates = result.endings.map(({ logProb, steps }) => logProb / steps)
  assert.deepEqual(
    rates,
    [...rates].sort((a, b) => b - a),
  )

  await succeed(['continue', '--model', sharedPath(MONKEY), ...options, '--out', at('monkey.svg')])
  const svg = await readFile(at('monkey.svg'), 'utf8')
  assert.equal(svg.match(/nats\/pt/g)?.length, 6)
  assert.ok(fromSvg(svg).length > 12)
})

test('continue draws a flowchart from nothing', needs(FLOWCHART), async () => {
  const target = at('flowchart.svg')
  await succeed(['continue', '--model', sharedPath(FLOWCHART), '--seed', '1', '--count', '4', '--out', target])
  assert.match(
    await readFile(target, 'utf8'),
    /<title>flowchart, 4 endings, seed 1, temperature 0.4: drawn from nothing/,
  )
})
