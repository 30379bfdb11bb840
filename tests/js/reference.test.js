// The slow reference of tests/reference, checked by itself: against closed forms and golden files.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { tensorOf, writeSafetensors } from '../../js/safetensors.js'
import { assertNear } from '../near.js'
import { dense } from '../reference/dense.js'
import { diagonalLogDensity, diagonalMixture } from '../reference/diagonal-head.js'
import { lstmStep } from '../reference/lstm.js'
import { ACTIVATIONS, logCosh, logSumExp } from '../reference/math.js'
import { ReferenceSequence, readReferenceModel } from '../reference/model.js'
import { summarise } from '../reference/score.js'
import { offsetLogDensity, sketchRnnMixture } from '../reference/sketch-rnn-head.js'

const near = (actual, expected, tolerance = 1e-12) => assertNear(actual, expected, tolerance)

test('the activations are those of Keras', () => {
  const golden = readFileSync(new URL('../golden/activations.txt', import.meta.url), 'utf8')
  const number = (text) => Number(text.replace('inf', 'Infinity'))
  const seen = new Set()
  for (const line of golden.trim().split('\n')) {
    const [name, , x, y] = line.split(' ')
    if (!Object.hasOwn(ACTIVATIONS, name)) continue
    seen.add(name)
    const [actual, expected] = [ACTIVATIONS[name](Math.fround(number(x))), number(y)]
    assert.ok(Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-9 * Math.abs(expected) + 1e-300, line) // ten digits are written
  }
  assert.deepEqual([...seen].sort(), Object.keys(ACTIVATIONS).sort())
})

test('log cosh and log-sum-exp at the ends of their range', () => {
  near(logCosh(0), 0)
  near(logCosh(-1), Math.log(Math.cosh(1)))
  near(logCosh(1e-4), 5e-9, 1e-15)
  near(logCosh(1000), 1000 - Math.LN2)
  near(logSumExp([1000, 1000]), 1000 + Math.LN2)
  assert.equal(logSumExp([-Infinity, -Infinity]), -Infinity)
  near(logSumExp([-Infinity, 2]), 2)
})

/** The outputs of a head with one component. */
function oneComponent({ mean, scale, rho, pen = [0, 0, 0] }) {
  return [...pen, 0, ...mean, ...scale.map(Math.log), Math.atanh(rho)]
}

// Values of the bivariate normal density computed by arbitrary-precision arithmetic for sketch-rnn's loss.
test('the bivariate density has its known values', () => {
  const cases = [
    [[0, 0], { mean: [0, 0], scale: [1, 1], rho: 0 }, 1.8378770664],
    [[1, 1], { mean: [0, 0], scale: [1, 1], rho: 0.5 }, 2.3607026969],
    [[1, -1], { mean: [0, 0], scale: [1, 1], rho: 0.5 }, 3.6940360302],
    [[1, 2], { mean: [0.5, -0.5], scale: [2, 0.5], rho: -0.3 }, 15.9734140344],
  ]
  for (const [[x, y], component, nats] of cases) {
    near(-offsetLogDensity(sketchRnnMixture(oneComponent(component)), x, y), nats, 1e-10)
  }
})

test('the order of the sketch-rnn head, and its pen', () => {
  const raw = Array.from({ length: 15 }, (_, i) => i / 10) // two components
  const mixture = sketchRnnMixture(raw)
  const total = 1 + Math.exp(0.1) + Math.exp(0.2)
  near(mixture.pen, [1 / total, Math.exp(0.1) / total, Math.exp(0.2) / total])
  near(mixture.weights, [1 / (1 + Math.exp(0.1)), 1 / (1 + Math.exp(-0.1))])
  near(mixture.meansX, [0.5, 0.6])
  near(mixture.meansY, [0.7, 0.8])
  near(mixture.scalesX, [Math.exp(0.9), Math.exp(1)])
  near(mixture.scalesY, [Math.exp(1.1), Math.exp(1.2)])
  near(mixture.correlations, [Math.tanh(1.3), Math.tanh(1.4)])
  near(mixture.logOneMinusRho2, [Math.log(1 - Math.tanh(1.3) ** 2), Math.log(1 - Math.tanh(1.4) ** 2)])
})

test('a density whose correlation rounds to 1 stays finite', () => {
  const raw = [0, 0, 0, 0, 0, 0, 0, 0, 40]
  // On the ridge x = y: log N = −log 2π + log cosh 40 − ½ x² up to e^−80.
  near(offsetLogDensity(sketchRnnMixture(raw), 0, 0), -Math.log(2 * Math.PI) + 40 - Math.LN2)
})

test('the diagonal head: its order, its scales and its density', () => {
  const raw = [1, 2, 3, 4, 0, -1, 0.5, -20, 0, Math.log(3)] // two components of two dimensions
  const mixture = diagonalMixture(raw, { dims: 2, components: 2 })
  near(mixture.means.flat(), [1, 2, 3, 4])
  near(mixture.scales.flat(), [1 + 1e-7, Math.exp(-1) + 1e-7, 1.5 + 1e-7, Math.exp(-20) + 1e-7])
  near(mixture.weights, [0.25, 0.75])
  const one = diagonalMixture([1, -2, 0.5, -0.7, 0], { dims: 2, components: 1, epsilon: 0, activation: 'exp' })
  const z = [(0.3 - 1) / Math.exp(0.5), (0.4 + 2) / Math.exp(-0.7)]
  near(diagonalLogDensity(one, [0.3, 0.4]), -Math.log(2 * Math.PI) - (0.5 - 0.7) - 0.5 * (z[0] ** 2 + z[1] ** 2))
})

test('a dense layer reads its kernel as [inputs, outputs]', () => {
  near(dense({ kernel: [1, 2, 3, 4, 5, 6], bias: [0.5, 0, -0.5] }, [10, 100]), [410.5, 520, 629.5])
  near(dense({ kernel: [1, -1], bias: [0, 0], activation: 'relu' }, [3]), [3, 0])
})

const ONE_UNIT = {
  kernel: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
  recurrentKernel: [-0.1, 0.2, -0.3, 0.4],
  bias: [0.01, 0.02, 0.03, 0.04],
  gates: 'ifgo',
  forgetBias: 1,
  recurrentActivation: 'sigmoid',
  activation: 'tanh',
}

test('one LSTM unit, by hand', () => {
  const { h, c } = lstmStep(ONE_UNIT, [1, -1], { h: [0.5], c: [2] })
  const s = (x) => 1 / (1 + Math.exp(-x))
  const [i, f, g, o] = [
    0.1 - 0.5 - 0.05 + 0.01,
    0.2 - 0.6 + 0.1 + 0.02,
    0.3 - 0.7 - 0.15 + 0.03,
    0.4 - 0.8 + 0.2 + 0.04,
  ]
  const cell = s(f + 1) * 2 + s(i) * Math.tanh(g)
  near(c, [cell])
  near(h, [s(o) * Math.tanh(cell)])
})

test('the order of the gates is only a matter of storage', () => {
  const swap = (row) => [0, 2, 1, 3].map((i) => row[i])
  const igfo = {
    ...ONE_UNIT,
    gates: 'igfo',
    kernel: [...swap(ONE_UNIT.kernel.slice(0, 4)), ...swap(ONE_UNIT.kernel.slice(4))],
    recurrentKernel: swap(ONE_UNIT.recurrentKernel),
    bias: swap(ONE_UNIT.bias),
  }
  const state = { h: [0.5], c: [2] }
  assert.deepEqual(lstmStep(igfo, [1, -1], state), lstmStep(ONE_UNIT, [1, -1], state))
})

test('a network follows its list of nodes, and its class', () => {
  const f32 = (values, shape) => tensorOf(Float32Array.from(values), shape)
  const lstm = {
    type: 'lstm',
    units: 1,
    gates: 'ifgo',
    forgetBias: 1,
    recurrentActivation: 'sigmoid',
    activation: 'tanh',
  }
  const description = {
    nodes: [
      { name: 'class', type: 'embedding', classes: 1, units: 1 },
      { ...lstm, name: 'a', inputs: ['input'], condition: 'class' },
      { name: 'out', type: 'dense', inputs: ['a', 'input'], units: 1, activation: 'linear' },
    ],
  }
  const tensors = {
    'class/embedding': f32([0, 3], [2, 1]), // the second row is the class of the test
    'a/kernel': f32(Array(8).fill(0), [2, 4]),
    'a/recurrent_kernel': f32(Array(4).fill(0), [1, 4]),
    'a/bias': f32([100, -101, 0, 100], [4]), // gates wide open, the past forgotten
    'a/class_kernel': f32([0, 0, 0.25, 0], [1, 4]),
    'a/class_state_kernel': f32([0.5, -0.5], [1, 2]),
    'a/class_state_bias': f32([0.25, 0], [2]),
    'out/kernel': f32([2, 10, 100], [3, 1]),
    'out/bias': f32([1], [1]),
  }
  const model = readReferenceModel(
    writeSafetensors({ metadata: { 'mixture-density': JSON.stringify(description) }, tensors }),
  )
  const sequence = new ReferenceSequence(model, 1)
  near(sequence.states.get('a').h, [Math.tanh(1.75)])
  near(sequence.states.get('a').c, [Math.tanh(-1.5)])
  const h = Math.tanh(Math.tanh(0.75))
  near(sequence.step([1, 2]), [1 + 2 * h + 10 + 200])
})

test('the standard error of a score is that of a ratio of sums', () => {
  // Nats 2 and 10 over 1 and 3 points: m = 3, residuals −1 and +1, so √(2/1 · 2) / 4.
  const score = summarise([
    { offsets: 2, pen: 1, points: 1 },
    { offsets: 10, pen: 3, points: 3 },
  ])
  near([score.offsets, score.pen, score.standardError], [3, 1, 0.5])
})
