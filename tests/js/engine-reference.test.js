// The engine, through the public interface, against the slow float64 reference: small random networks of every kind.

import assert from 'node:assert/strict'
import test from 'node:test'

import { load } from '../../js/index.js'
import { seededRandom } from '../mutants.js'
import { assertNear } from '../near.js'
import { diagonalLogDensity, diagonalMixture } from '../reference/diagonal-head.js'
import { ReferenceSequence, readReferenceModel } from '../reference/model.js'
import { randomModel } from '../reference/random-model.js'
import { offsetLogDensity, sketchRnnMixture } from '../reference/sketch-rnn-head.js'

const LSTM = { type: 'lstm', gates: 'ifgo', forgetBias: 0, recurrentActivation: 'sigmoid', activation: 'tanh' }

// Units are no multiples of 8 or 32, so that every padding of the panels is met.
const SKETCH = {
  inputs: 5,
  nodes: [
    { name: 'class', type: 'embedding', classes: 4, units: 3 },
    { ...LSTM, name: 'lstm_0', inputs: ['input'], units: 37, gates: 'igfo', forgetBias: 1, condition: 'class' },
    { name: 'output', type: 'dense', inputs: ['lstm_0'], units: 3 + 6 * 7, activation: 'linear' },
  ],
  head: { type: 'sketch-rnn', components: 7 },
  classes: ['ant', 'bee', 'cat'],
  anyClass: true,
  startToken: [0, 0, 1, 0, 0],
}

const STACK = {
  inputs: 3,
  nodes: [
    { ...LSTM, name: 'first', inputs: ['input'], units: 16, recurrentActivation: 'hard_sigmoid' },
    { ...LSTM, name: 'second', inputs: ['input', 'first'], units: 9, recurrentActivation: 'hard_sigmoid' },
    { name: 'output', type: 'dense', inputs: ['first', 'second'], units: 5 * 7, activation: 'linear' },
  ],
  head: { type: 'diagonal', dims: 3, components: 5, activation: 'elu', epsilon: 1e-7 },
}

const DENSE = {
  inputs: 2,
  nodes: [
    { name: 'a', type: 'dense', inputs: ['input'], units: 15, activation: 'relu' },
    { name: 'b', type: 'dense', inputs: ['a'], units: 33, activation: 'tanh' },
    { name: 'output', type: 'dense', inputs: ['b', 'input'], units: 2 * 5, activation: 'linear' },
  ],
  head: { type: 'diagonal', dims: 2, components: 2, activation: 'softplus', epsilon: 1e-3 },
}

/** Nats of a row, given the raw outputs that predict it: of its values and of its pen. */
function referenceNats(description, raw, row) {
  const { head } = description
  if (head.type === 'diagonal') return [diagonalLogDensity(diagonalMixture(raw, head), row), 0]
  const mixture = sketchRnnMixture(raw)
  return [offsetLogDensity(mixture, row[0], row[1]), mixture.logPen[row.indexOf(1, 2) - 2]]
}

function randomRows(size, count) {
  const random = seededRandom(9)
  return Array.from({ length: count }, (_, i) => {
    const row = Array.from({ length: size }, () => Math.fround(4 * random() - 2))
    return size === 5 ? [row[0], row[1], ...[0, 1, 2].map((pen) => Number(pen === (i % 7 === 0 ? 1 : 0)))] : row
  })
}

async function assertAgrees(description, options, { classIndex, tolerance, ...start } = {}) {
  const bytes = randomModel(description, options)
  const reference = new ReferenceSequence(readReferenceModel(bytes), classIndex)
  const model = await load(bytes)
  const rows = randomRows(description.inputs, 60)
  const [first, ...rest] = rows
  const session = model.start({ startToken: first, ...start })
  for (const [step, row] of rest.entries()) {
    const raw = reference.step(rows[step])
    assertNear(session.raw(), raw, tolerance, { what: `step ${step}, raw` })
    const parts = session.observe(row, { logProb: 'parts' })
    const nats = referenceNats(description, raw, row)
    assertNear(parts, nats, 100 * tolerance, { what: `step ${step}, nats` })
  }
  // The same rows at once, as one batch of all the work that does not depend on the row before.
  const again = model.start({ startToken: first, ...start })
  again.observe(rest)
  assert.deepEqual(again.raw(), session.raw())
  model.dispose()
}

for (const storage of ['float32', 'float16', 'int8']) {
  test(`a sketch network with a class, weights in ${storage}`, async () => {
    await assertAgrees(SKETCH, { storage }, { class: 'bee', classIndex: 1, tolerance: 1e-5 })
    await assertAgrees(SKETCH, { storage, seed: 2 }, { class: 'cat', classIndex: 2, tolerance: 1e-5 })
    await assertAgrees(SKETCH, { storage }, { classIndex: 3, tolerance: 1e-5 }) // the row of any class
  })

  test(`two LSTM layers with hard sigmoids and a skip, weights in ${storage}`, async () => {
    await assertAgrees(STACK, { storage }, { tolerance: 1e-5 })
  })

  test(`a network without state, weights in ${storage}`, async () => {
    await assertAgrees(DENSE, { storage }, { tolerance: 1e-5 })
  })
}

test('int8 arithmetic is close to the same weights in float', async () => {
  await assertAgrees({ ...SKETCH, compute: 'int8' }, { storage: 'int8' }, { classIndex: 3, tolerance: 2e-3 })
  await assertAgrees({ ...STACK, compute: 'int8' }, { storage: 'int8' }, { tolerance: 2e-3 })
})
