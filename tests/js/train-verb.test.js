// `train` as people run it. What the trainers learn is tested elsewhere; here it is that the right one is called, that what
// it writes is whole, and that what is printed is true of it.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { TOYS } from '../../js/cli/presets/toys.js'
import { writeDataSet } from '../../js/data-set.js'
import { load, Random } from '../../js/index.js'
import { scoreDrawing, summarise } from '../../js/score.js'
import { toStroke3 } from '../../js/strokes/index.js'
import { ready } from '../../js/train.js'
import { at, CLASSES, DRAWING, run, setUp, succeed, tearDown } from '../cli.js'
import { seededRandom } from '../mutants.js'

const BUILT = fileURLToPath(new URL('../../build/trainer/train', import.meta.url))
const SPEC = {
  model: {
    name: 'small',
    input: { size: 5 },
    anyClass: true,
    nodes: [
      { name: 'class', type: 'embedding', classes: 3, units: 4 },
      {
        name: 'lstm_0',
        type: 'lstm',
        inputs: ['input'],
        units: 16,
        gates: 'ifgo',
        forgetBias: 0,
        recurrentActivation: 'sigmoid',
        activation: 'tanh',
        condition: 'class',
      },
      { name: 'output', type: 'dense', inputs: ['lstm_0'], units: 15, activation: 'linear' },
    ],
    head: { type: 'sketch-rnn', components: 2 },
    scale: 60,
    startToken: [0, 0, 1, 0, 0],
  },
  steps: 60,
  batch: 16,
  schedule: { rate: 1e-2, warmUp: 10 },
  average: 0.9,
  augment: { dequantise: 0.5, any: 0.1 },
  validation: { every: 30 },
}

/** 200 shaky copies of one drawing, in whole numbers. */
function drawings() {
  const random = seededRandom(1)
  const shaken = (value) => Math.round(value + 8 * (random() - 0.5))
  return Array.from({ length: 200 }, (_, i) => ({
    rows: toStroke3(DRAWING.map((stroke) => stroke.map(([x, y]) => [shaken(x), shaken(y)]))),
    label: i % 2,
    split: i % 10 === 0 ? 2 : i % 10 === 1 ? 1 : 0,
  }))
}

before(async () => {
  await setUp()
  await ready()
  const set = { drawings: drawings(), classes: CLASSES, source: 'a test', licence: 'CC0', attribution: 'nobody' }
  await writeFile(at('set.safetensors'), writeDataSet(set))
  await writeFile(at('spec.json'), JSON.stringify(SPEC))
})
after(tearDown)

const lastLine = (text) => JSON.parse(text.trimEnd().split('\n').at(-1))

test('the entropies of the toy problems', () => {
  // y given x has the density p(x | y) / ∫ p(x | y′) dy′ on the range: its mean negative logarithm, over drawn pairs.
  const mean = (x) => 7 * Math.sin(0.75 * x) + 0.5 * x
  const { x, y } = TOYS['inverse-sine'].generate(20_000, new Random(3))
  const steps = 2000
  const grid = Array.from({ length: steps }, (_, i) => mean(-10.5 + (21 * (i + 0.5)) / steps))
  let nats = 0
  for (const [i, value] of x.entries()) {
    const own = Math.exp(-((value - mean(y[i])) ** 2) / 2)
    const all = grid.reduce((sum, centre) => sum + Math.exp(-((value - centre) ** 2) / 2), 0) * (21 / steps)
    nats -= Math.log(own / all) / x.length
  }
  assert.ok(Math.abs(nats - TOYS['inverse-sine'].optimum) < 0.03, `${nats}`) // four standard errors
  assert.equal(TOYS.spiral.optimum.toFixed(5), '2.83788')
})

test('a toy problem comes close to its optimum', async () => {
  const result = lastLine(await succeed(['train', 'spiral', '--out', 'toys/spiral', '--json']))
  assert.equal(result.preset, 'spiral')
  assert.equal(result.optimum, TOYS.spiral.optimum)
  assert.ok(result.testNats > result.optimum - 3 * result.standardError, 'nothing beats the entropy')
  assert.ok(result.testNats < result.optimum + 0.08, `${result.testNats}`)
  assert.ok(result.seconds > 0)
  const model = await load(await readFile(at('toys/spiral/model.safetensors')), { verify: true })
  assert.equal(model.info.name, 'spiral')
  model.dispose()
})

/** Trains with one of the two trainers, and compares what is printed with what the file scores. */
async function trained(out, env, trainer) {
  const args = ['train', 'spec.json', '--data', 'set.safetensors', '--seed', '3', '--json']
  const result = lastLine(await succeed([...args, '--out', out], { env }))
  assert.equal(result.trainer, trainer)
  assert.equal(result.drawings, 20)
  const model = await load(await readFile(at(`${out}/model.safetensors`)), { verify: true })
  assert.deepEqual(model.classes, CLASSES)
  assert.deepEqual(model.info.data, { source: 'a test', licence: 'CC0', attribution: 'nobody' })
  const test = drawings().filter(({ split }) => split === 2)
  const scores = test.map(({ rows, label }, index) => scoreDrawing(model, rows, { class: CLASSES[label], index }))
  model.dispose()
  const { total, offsets } = summarise(scores)
  assert.equal(result.testNats, total.mean)
  assert.equal(result.standardError, total.standardError)
  assert.deepEqual(result.offsets, offsets)
  assert.ok(result.testNats < result.baseline - 1, `${result.testNats}, one Gaussian ${result.baseline}`)
  const log = (await readFile(at(`${out}/log.jsonl`), 'utf8')).trim().split('\n')
  assert.ok(log.length > 0 && log.every((line) => JSON.parse(line).step > 0))
  // Going on from its checkpoint, there is nothing left to do: the same model.
  const again = lastLine(await succeed([...args, '--out', out, '--resume'], { env }))
  assert.equal(again.testNats, result.testNats)
}

test('drawings, in WebAssembly', () => trained('wasm', { MDN_TRAIN: 'none' }, 'wasm'))

test('drawings, natively', existsSync(BUILT) ? {} : { skip: 'npm run build:trainer makes the native trainer' }, () =>
  trained('native', { MDN_TRAIN: '' }, 'native'),
)

test('what goes wrong in the native trainer is one line', { skip: process.platform === 'win32' }, async () => {
  const fake = at('trainer.sh')
  await writeFile(fake, '#!/bin/sh\necho "train: the disk is full" >&2\nexit 1\n')
  await chmod(fake, 0o755)
  const args = ['train', 'spec.json', '--data', 'set.safetensors', '--out', 'fake']
  const failed = await run(args, { env: { MDN_TRAIN: fake } })
  assert.equal(failed.err, 'mixture-density train: the disk is full.\n')
  assert.equal(failed.code, 1)
  const missing = await run(args, { env: { MDN_TRAIN: at('nothing') } })
  assert.match(missing.err, /MDN_TRAIN names .*nothing, which is no program/)
  assert.equal(missing.code, 1)
})

test('what cannot be trained on', async () => {
  await writeFile(at('broken.json'), '{')
  await mkdir(at('wasm-empty'), { recursive: true })
  const env = { MDN_TRAIN: 'none' }
  for (const [args, pattern] of [
    [['spec.json', '--data', 'tiny.safetensors', '--out', 'no'], /not a data set/],
    [['spec.json', '--data', 'missing', '--out', 'no'], /missing could not be read/],
    [['broken.json', '--data', 'set.safetensors', '--out', 'no'], /broken\.json/],
    [['spec.json', '--data', 'set.safetensors', '--out', 'set.safetensors'], /could not be made/],
    [['spec.json', '--data', 'set.safetensors', '--out', 'wasm-empty', '--resume'], /no checkpoint/],
  ]) {
    const { err, code } = await run(['train', ...args], { env })
    assert.match(err, pattern)
    assert.equal(code, 1)
  }
})
