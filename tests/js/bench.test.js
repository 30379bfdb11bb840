// What `npm run bench` compares with: the plain-JavaScript peer must do the engine's work, or its times mean nothing.

import assert from 'node:assert/strict'
import test from 'node:test'

import { load } from '../../js/index.js'
import { bandwidthReader } from '../bench/bandwidth.js'
import { checkPeer } from '../bench/check.js'
import { race } from '../bench/measure.js'
import { drawing, stackedNetwork } from '../bench/networks.js'
import { PlainFutures, PlainModel, PlainSequence, plainComplete } from '../bench/plain-js.js'
import { asSketchRnnJson, tinySketchModel } from '../models.js'

const FACTORS = { weights: 1, scales: 1, pen: 1 }

test('the peer computes what the engine computes', async () => {
  for (const bytes of [tinySketchModel({ units: 13, components: 7 }), stackedNetwork()]) {
    const model = await load(bytes)
    checkPeer(model, PlainModel.fromSafetensors(bytes), 1e-4)
    model.dispose()
  }
})

test('the peer reads the files of sketch-rnn', async () => {
  const bytes = new TextEncoder().encode(asSketchRnnJson(tinySketchModel()))
  const model = await load(bytes)
  checkPeer(model, PlainModel.fromSketchRnn(bytes), 1e-4)
  model.dispose()
})

test('a peer that differs is found out', async () => {
  const model = await load(tinySketchModel({ seed: 1 }))
  assert.throws(() => checkPeer(model, PlainModel.fromSafetensors(tinySketchModel({ seed: 2 })), 1e-4), /row 0/)
  model.dispose()
})

test('the futures and the completions of the peer have the statistics of the engine’s', async () => {
  const bytes = tinySketchModel()
  const model = await load(bytes)
  const plain = PlainModel.fromSafetensors(bytes)
  const sizes = { count: 400, maxSteps: 30 }
  const own = model.start({ seed: 1 }).futures({ ...sizes, temperature: { rule: 'sketch-rnn', temperature: 1 } })
  own.advance()
  const peer = new PlainFutures(new PlainSequence(plain), sizes)
  assert.equal(peer.advance(sizes.maxSteps, FACTORS), false)
  // Nats per row and lengths, each side with a standard error of its own: five of them apart is a chance of 1e-6.
  for (const [a, b] of [
    [
      Array.from(own.logProb, (nats, i) => nats / own.lengths[i]),
      Array.from(peer.logProb, (nats, i) => nats / peer.lengths[i]),
    ],
    [Array.from(own.lengths), Array.from(peer.lengths)],
  ]) {
    const [first, second] = [a, b].map((values) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      return { mean, error2: variance / values.length }
    })
    const error = Math.sqrt(first.error2 + second.error2)
    assert.ok(Math.abs(first.mean - second.mean) < 5 * error, `${first.mean} and ${second.mean} ± ${error}`)
  }
  const endings = await plainComplete(plain, drawing, { count: 3, maxSteps: 20, factors: FACTORS })
  assert.equal(endings.length, 3)
  assert.ok(endings.every(({ polylines, steps }) => polylines.length > 0 && steps >= 1 && steps <= 20))
  model.dispose()
})

test('the bandwidth module reads every byte', async () => {
  // Words are i · 0x9e3779b9 mod 2^32; lane 0 of the xor of all vectors is that of every fourth word.
  const read = await bandwidthReader(1000)
  let expected = 0
  for (let i = 0; i < 1024 / 4; i += 4) expected ^= Math.imul(i, 0x9e3779b9)
  assert.equal(read(1), expected)
})

test('a race reports what each contestant needed', async () => {
  const wait = (/** @type {number} */ milliseconds) => (/** @type {number} */ units) => {
    const end = performance.now() + milliseconds * units
    while (performance.now() < end);
  }
  const [slow, fast] = await race([
    { name: 'slow', work: wait(0.2) },
    { name: 'fast', work: async (units) => wait(0.1)(units) },
  ])
  assert.ok(slow.minimum >= 200 && fast.minimum >= 100 && fast.minimum < slow.minimum)
  assert.ok(slow.median >= slow.minimum && slow.rounds >= 9)
})
