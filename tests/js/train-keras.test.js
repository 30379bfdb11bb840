// Training agrees with Keras 3: same data, same initial weights, same batches, Adam.
// Golden: tests/golden/keras_training.json by tests/golden/make/keras_training.py.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readSafetensors, tensorOf, writeSafetensors } from '../../js/safetensors.js'
import { build, dense, diagonalGaussian, fit, lstm, save } from '../../js/train.js'

const golden = JSON.parse(readFileSync(new URL('../golden/keras_training.json', import.meta.url), 'utf8'))
const BATCHES = 5

/** The script's generator. */
function generator(seed) {
  let state = seed
  return (size, width) =>
    Float32Array.from({ length: size }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return ((state >>> 9) * 2 ** -22 - 1) * width
    })
}

/** The network with all its weights drawn anew, in Keras' order: which is that of the model file. */
async function withWeights(network, draw) {
  const { metadata } = readSafetensors(save(network))
  const tensors = new Map()
  for (const [name, { shape, values }] of network.weights) tensors.set(name, tensorOf(draw(values.length, 0.5), shape))
  const description = JSON.parse(metadata['mixture-density'])
  delete description.selfTest
  const file = writeSafetensors({ metadata: { 'mixture-density': JSON.stringify(description) }, tensors })
  return build({ from: file, seed: 1 })
}

/** The loss of each step: runs of one step, each going on from the checkpoint of the one before. */
async function losses(network, data, batchSize, options) {
  const out = []
  let resume
  for (let step = 1; step <= golden.dense.length; step += 1) {
    const run = fit(network, data, { steps: step, batchSize, shuffle: false, learningRate: 0.01, resume, ...options })
    out.push((await run.done).loss)
    resume = run.checkpoint()
    run.dispose()
  }
  return out
}

function compare(got, expected) {
  for (const [i, value] of expected.entries()) {
    const error = Math.abs(got[i] - value) / Math.abs(value)
    assert.ok(error < 1e-4, `step ${i}: ${got[i]}, Keras ${value}`)
  }
}

test('dense layers and an MDN: the losses of 20 steps are those of Keras', async () => {
  const draw = generator(1)
  const data = { x: draw(160, 2), y: draw(160, 3) }
  const net = await build({
    inputs: 2,
    layers: [dense(12, 'relu'), dense(10, 'tanh')],
    head: diagonalGaussian({ dims: 2, components: 3 }),
  })
  compare(await losses(await withWeights(net, draw), data, 80 / BATCHES, {}), golden.dense)
})

test('two LSTMs and an MDN at every step: the losses of 20 steps are those of Keras', async () => {
  const draw = generator(2)
  const data = { x: draw(40 * 9 * 3, 2), y: draw(40 * 9, 3), steps: 9 }
  const net = await build({
    inputs: 3,
    layers: [lstm(11), lstm(6)],
    head: diagonalGaussian({ dims: 1, components: 4 }),
  })
  compare(await losses(await withWeights(net, draw), data, 40 / BATCHES, {}), golden.lstm)
})
