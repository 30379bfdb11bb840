// Temperature rules: the table of js/temperature.js as published, defaults, and what is refused.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { load } from '../../js/index.js'
import { temperatureFactors, temperatureRules } from '../../js/temperature.js'
import { edited } from '../edit-model.js'
import { throws } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { assertNear } from '../near.js'

/** @type {import('../../js/index.js').Model} */
let model

before(async () => {
  model = await load(tinySketchModel())
})

const factors = (temperature, otherwise) => temperatureFactors(model.runtime, temperature, otherwise)

// Weights and pen: logits are divided by it; scales: standard deviations are multiplied.
const RULES = {
  'keras-mdn': ({ w, s }) => [w, Math.sqrt(s), 1],
  'sketch-rnn': ({ w, s, p }) => [w, Math.sqrt(s), p],
  'sketch-rnn-js': ({ w, s, p }) => [0.5 + 0.5 * w, Math.sqrt(s), 0.5 + 0.5 * p],
  'magenta-python': ({ w, s, p }) => [w, s, p],
  distill: ({ w, s }) => [w, s, 1],
  'graves-bias': ({ b }) => [1 / (1 + b), Math.exp(-b), 1],
  greedy: () => [0, 0, 0],
}

test('every rule has the factors of its source', () => {
  assert.deepEqual(temperatureRules(model.runtime), Object.keys(RULES))
  for (const [rule, expected] of Object.entries(RULES)) {
    for (const [w, s, p, b] of [
      [1, 1, 1, 0],
      [0.4, 0.7, 0.2, 0.5],
      [0, 0, 0, 3],
      [2.5, 9, 4, 10],
    ]) {
      const given = factors({ rule, weights: w, scales: s, pen: p, bias: b })
      assertNear(given, expected({ w, s, p, b }), 3e-7, { what: rule })
    }
    // One number stands for all three.
    assertNear(factors({ rule, temperature: 0.3 }), expected({ w: 0.3, s: 0.3, p: 0.3, b: 0 }), 3e-7, { what: rule })
    assertNear(factors({ rule, temperature: 0.3, scales: 4 }), expected({ w: 0.3, s: 4, p: 0.3, b: 0 }), 3e-7)
    assertNear(factors({ rule }), expected({ w: 1, s: 1, p: 1, b: 0 }), 3e-7)
  }
})

test('a number is by the own rule; nothing is the own temperature', () => {
  const own = { rule: 'sketch-rnn-js', temperature: 0.4 }
  assertNear(factors(undefined, own), [0.7, Math.sqrt(0.4), 0.7], 3e-7)
  assertNear(factors(null, own), [0.7, Math.sqrt(0.4), 0.7], 3e-7)
  assertNear(factors(1, own), [1, 1, 1], 0)
  assertNear(factors(0, own), [0.5, 0, 0.5], 0)
  assertNear(factors({ weights: 0.2 }, own), [0.6, 1, 1], 3e-7)
  assertNear(factors({}, own), [1, 1, 1], 0)
  assert.deepEqual([...factors(0.25)], [0.25, 0.5, 0.25], 'without a model the rule is that of the paper')
  assert.ok(Object.isFrozen(factors(0.25)))
})

test('wrong numbers, rules and names are refused, each by its name', () => {
  for (const bad of [-1, -1e-9, Number.NaN, Infinity, -Infinity, 1e7]) {
    throws(() => factors(bad), 'bad-value', /^temperature/)
    for (const name of ['temperature', 'weights', 'scales', 'pen', 'bias']) {
      throws(() => factors({ [name]: bad }), 'bad-value', new RegExp(`temperature\\.${name}`))
    }
  }
  for (const bad of ['0.4', true, [], () => 1, 1n]) throws(() => factors(bad), 'bad-argument')
  for (const bad of ['0.4', null, {}]) {
    if (bad !== null) throws(() => factors({ weights: bad }), 'bad-argument', /temperature.weights/)
  }
  throws(() => factors({ temp: 1 }), 'bad-argument', /temp/)
  for (const rule of ['', 'Sketch-RNN', '__proto__', 'x'.repeat(10_000)]) {
    throws(() => factors({ rule }), 'bad-argument')
  }
  for (const rule of [1, {}, ['greedy']]) throws(() => factors({ rule }), 'bad-argument', /temperature.rule/)
})

test('the default rule comes from the file', async () => {
  const bytes = tinySketchModel({ seed: 3 })
  const greedy = await load(edited(bytes, (description) => (description.temperature = { rule: 'greedy' })))
  assert.deepEqual(greedy.info.temperature, { rule: 'greedy' })
  assert.deepEqual(greedy.start({ seed: 1 }).step(), greedy.start({ seed: 2 }).step())
  const plain = await load(edited(bytes, (description) => delete description.temperature))
  assert.deepEqual(plain.info.temperature, { rule: 'sketch-rnn', temperature: 1 })
  const later = await load(edited(bytes, (description) => (description.temperature = { rule: 'of-2031' })))
  throws(() => later.start().step(), 'bad-argument', /of-2031/)
  later.start().step({ temperature: { rule: 'greedy' } })
})
