// Mixture: densities, moments and samples against closed forms; shapes and mistakes.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Mixture, Random, ready } from '../../js/index.js'
import { throws } from '../errors.js'
import { seededRandom } from '../mutants.js'
import { assertNear } from '../near.js'
import { diagonalLogDensity } from '../reference/diagonal-head.js'
import { logSoftmax } from '../reference/math.js'
import { offsetLogDensity, sketchRnnMixture } from '../reference/sketch-rnn-head.js'

const HALF_LOG_2PI = 0.9189385332046727

test('a mixture before the module has started says so', async () => {
  throws(() => Mixture.diagonal({ weights: [1], means: [0], scales: [1] }), 'not-ready', /Mixture.diagonal/)
  await ready()
})

/** −log p of one row, as the acceptance values of keras-mdn-layer are given. */
const nll = (parameters, point) => -Mixture.diagonal(parameters).logProb(point)[0]

// Normal densities by hand and, from the five-dimensional case on, as recomputed in float64 from keras-mdn-layer's tests.
test('diagonal densities have their closed-form values', () => {
  const five = {
    weights: [1],
    means: [1.6514365371, -2.4266792434, -0.4289126289, 1.2659362587, -0.8667404023],
    scales: [0.7788861516, 0.1947089689, 1.5913896261, 0.7389019967, 0.5439819597],
  }
  const cases = [
    [{ weights: [1], means: [0], scales: [1] }, [0], HALF_LOG_2PI],
    [{ weights: [1], means: [0], scales: [1] }, [1], HALF_LOG_2PI + 0.5],
    [{ weights: [1], means: [0], scales: [2] }, [0], HALF_LOG_2PI + Math.LN2],
    [{ weights: [1], means: [3], scales: [1] }, [5], HALF_LOG_2PI + 2],
    [{ weights: [1], means: [0.5, 0.5], scales: [1, 2] }, [1, -1], 2.937274247],
    [five, [-1.0856306033, 0.9973454466, 0.2829784981, -1.5062947139, -0.578600252], 170.3367474333],
    [{ logits: [0, 0, 0], means: [2, 2, 2], scales: [1.5, 1.5, 1.5] }, [3], 1.5466258635],
    [{ logits: [0, 0], means: [0, 4], scales: [1, 1] }, [2], 2.9189385332],
    [{ logits: [1, 0], means: [0, 10], scales: [1, 1] }, [0], 1.2322002207],
    // Where careless arithmetic ends in NaN or infinity.
    [{ weights: [1], means: [0], scales: [1e-6] }, [0], -12.896572],
    [{ weights: [1], means: [0], scales: [1e4] }, [0], 10.1292789],
    [{ logits: [100, -100, -100], means: [0, 0, 0], scales: [1, 1, 1] }, [0], HALF_LOG_2PI],
    [{ weights: [1], means: [0], scales: [1] }, [1000], 500000.9189385],
    [{ weights: [0, 1], means: [0, 3], scales: [1, 1] }, [5], HALF_LOG_2PI + 2],
  ]
  for (const [parameters, point, expected] of cases) assertNear(nll(parameters, point), expected, 1e-5)
  for (const logit of [-100, -1, 0, 1, 100]) {
    assertNear(nll({ logits: [logit], means: [1], scales: [1] }, [2]), 1.4189385332, 1e-6)
  }
})

// Softmax of keras-mdn-layer's tests.
test('logits become weights by softmax, whatever is added to all of them', () => {
  const weights = (logits) => [...Mixture.diagonal({ logits, means: logits, scales: logits.map(() => 1) }).weights]
  const expected = [0.6380663511, 0.2347314927, 0.0954347031, 0.031767453]
  assertNear(weights([2, 1, 0.1, -1]), expected, 1e-6)
  assertNear(weights([1002, 1001, 1000.1, 999]), expected, 2e-5) // float32 has 6e-5 between numbers near 1000
  assertNear(weights([5, 5, 5, 5]), [0.25, 0.25, 0.25, 0.25], 1e-7)
})

test('a batch of rows is answered in one call', () => {
  const mixture = Mixture.diagonal({
    dims: 1,
    components: 2,
    weights: [0.5, 0.5, 0.5, 0.5],
    means: [0, 2, 0, 2],
    scales: [1, 1, 1, 1],
  })
  assertNear(mixture.logProb([1, 3]), [-1.4189385332, -2.0939357858], 1e-5)
})

// Check values of sketch-rnn's loss: density of (x, y) − mean at σ and ρ.
test('correlated densities have their closed-form values', () => {
  const cases = [
    [[0, 0], [0, 0], [1, 1], 0, 1.8378770664],
    [[1, 1], [0, 0], [1, 1], 0.5, 2.3607026969],
    [[1, -1], [0, 0], [1, 1], 0.5, 3.6940360302],
    [[1, 2], [0.5, -0.5], [2, 0.5], -0.3, 15.9734140344],
  ]
  for (const [point, means, scales, rho, expected] of cases) {
    const given = Mixture.correlated({ weights: [1], means, scales, correlations: [rho] })
    assertNear(given.logProb(point), -expected, 1e-5)
    const byLogit = Mixture.correlated({ weights: [1], means, scales, correlationLogits: [Math.atanh(rho)] })
    assertNear(byLogit.logProb(point), -expected, 1e-5)
    assertNear(byLogit.correlations, rho, 1e-6)
  }
  // ρ = tanh 40 rounds to 1; on the ridge log N = −log 2π + log cosh 40.
  const ridge = Mixture.correlated({ weights: [1], means: [0, 0], scales: [1, 1], correlationLogits: [40] })
  assertNear(ridge.logProb([0, 0]), -2 * HALF_LOG_2PI + 40 - Math.LN2, 1e-5)
})

// The example in the documentation of TensorFlow Probability's mixtures.
test('moments: the check values of TensorFlow Probability', () => {
  const one = Mixture.diagonal({ weights: [0.3, 0.7], means: [-1, 1], scales: [0.1, 0.5] })
  assertNear(one.mean(), [0.4], 1e-6)
  assertNear(one.covariance(), [1.018], 1e-6)
  const two = Mixture.diagonal({ weights: [0.3, 0.7], means: [-1, 1, 1, -1], scales: [0.1, 0.2, 0.5, 0.6] })
  assertNear(two.mean(), [0.4, -0.4], 1e-6)
  // Within: 0.3 · 0.2² + 0.7 · 0.6² = 0.264 in the second; between: 0.3 · 0.7 · 2² = 0.84, against each other.
  assertNear(two.covariance(), [0.178 + 0.84, -0.84, -0.84, 0.264 + 0.84], 1e-6)
  const pair = Mixture.correlated({ weights: [1], means: [1, 2], scales: [2, 3], correlations: [0.5] })
  assertNear(pair.covariance(), [4, 3, 3, 9], 1e-6)
})

test('responsibilities are Bayes’ rule', () => {
  const mixture = Mixture.diagonal({ weights: [0.25, 0.75], means: [0, 2], scales: [1, 1] })
  // At x: 0.25 e^(−x²/2) against 0.75 e^(−(x−2)²/2), a ratio of 3 e^(2x − 2).
  for (const x of [-3, 0, 0.5, 1, 4]) {
    const second = 3 * Math.exp(2 * x - 2)
    assertNear(mixture.responsibilities([x]), [1 / (1 + second), second / (1 + second)], 1e-6)
  }
  assertNear(mixture.responsibilities([1e4]), [0, 1], 0)
  assert.equal(mixture.responsibilities([0, 1, 2]).length, 6)
})

test('random mixtures agree with the float64 reference', () => {
  const random = seededRandom(8)
  const list = (n, f) => Array.from({ length: n }, f)
  for (const [dims, components] of [
    [1, 1],
    [1, 7],
    [3, 5],
    [16, 3],
    [2, 65],
  ]) {
    const logits = list(components, () => 6 * random() - 3)
    const means = list(components * dims, () => 4 * random() - 2)
    const scales = list(components * dims, () => 0.2 + 2 * random())
    const point = list(dims, () => 4 * random() - 2)
    const rows = (values) => list(components, (_, k) => values.slice(k * dims, (k + 1) * dims))
    const reference = { logWeights: logSoftmax(logits), means: rows(means), scales: rows(scales) }
    const mixture = Mixture.diagonal({ dims, components, logits, means, scales })
    assertNear(mixture.logProb(point), diagonalLogDensity(reference, point), 1e-5)
    assertNear(mixture.logWeights, reference.logWeights, 1e-6)
  }
  for (let trial = 0; trial < 20; trial += 1) {
    const raw = list(3 + 6 * 4, () => 3 * random() - 1.5)
    const reference = sketchRnnMixture(raw)
    const mixture = Mixture.correlated({
      logits: raw.slice(3, 7),
      means: reference.meansX.flatMap((x, k) => [x, reference.meansY[k]]),
      scales: reference.scalesX.flatMap((x, k) => [x, reference.scalesY[k]]),
      correlationLogits: raw.slice(-4),
      categorical: { logits: raw.slice(0, 3) },
    })
    const parts = mixture.logProbParts([0.3, -0.2, 0, 1, 0])
    assertNear(parts, [offsetLogDensity(reference, 0.3, -0.2), reference.logPen[1]], 1e-5)
    assertNear(mixture.pen, reference.pen, 1e-6)
    assertNear(
      mixture.scales,
      reference.scalesX.flatMap((x, k) => [x, reference.scalesY[k]]),
      1e-6,
    )
  }
})

test('discrete parts: categories and coins', () => {
  const mixture = Mixture.diagonal({
    weights: [1],
    means: [0],
    scales: [1],
    categorical: { logits: [0, Math.log(2), Math.log(5)] },
    bernoulli: { logits: [Math.log(3), -Math.log(3)] },
  })
  assert.equal(mixture.pointSize, 1 + 3 + 2)
  assertNear(mixture.categories, [1 / 8, 2 / 8, 5 / 8], 1e-6)
  const parts = mixture.logProbParts([0, 0, 1, 0, 1, 0])
  assertNear(parts, [-HALF_LOG_2PI, Math.log(0.25) + Math.log(0.75) + Math.log(0.75)], 1e-6)
  const points = mixture.sample({ random: new Random(3), n: 4000 })
  const counts = new Array(6).fill(0)
  for (const [i, value] of points.entries()) if (i % 6 > 0) counts[i % 6] += value
  for (const [at, p] of [1 / 8, 2 / 8, 5 / 8, 3 / 4, 1 / 4].entries()) {
    assert.ok(Math.abs(counts[at + 1] / 4000 - p) < 5 * Math.sqrt((p * (1 - p)) / 4000))
  }
})

test('samples have the moments of the mixture, and come again with the seed', () => {
  const mixture = Mixture.correlated({
    weights: [0.3, 0.7],
    means: [-1, 0, 2, 3],
    scales: [0.5, 1, 1, 0.5],
    correlations: [0.8, -0.5],
  })
  const n = 50_000
  const points = mixture.sample({ random: new Random(1), n })
  assert.equal(points.length, 2 * n)
  const mean = [0, 0]
  for (let i = 0; i < 2 * n; i += 1) mean[i % 2] += points[i] / n
  const covariance = [0, 0, 0, 0]
  for (let i = 0; i < n; i += 1) {
    const off = [points[2 * i] - mean[0], points[2 * i + 1] - mean[1]]
    for (let c = 0; c < 4; c += 1) covariance[c] += (off[c >> 1] * off[c & 1]) / n
  }
  assertNear(mean, mixture.mean(), 0.03)
  assertNear(covariance, mixture.covariance(), 0.05)
  assert.deepEqual(mixture.sample({ random: new Random(1), n: 20 }), points.slice(0, 40))
  assert.notDeepEqual(mixture.sample({ random: new Random(2), n: 20 }), points.slice(0, 40))
  assert.notDeepEqual(mixture.sample(), mixture.sample())
})

test('a sample takes one position a point, in batches as one by one', () => {
  const batch = Mixture.diagonal({ dims: 1, components: 1, weights: [1, 1, 1], means: [0, 10, 20], scales: [1, 1, 1] })
  const random = new Random(5)
  const all = batch.sample({ random, n: 2 })
  assert.equal(random.position, 6)
  const again = new Random(5)
  const singles = [0, 1, 2, 0, 1, 2].map((i) => batch.at(i).sample({ random: again })[0])
  assert.deepEqual([...all], singles)
})

test('temperature: sampling at 0, and the tempered mixture', () => {
  const mixture = Mixture.diagonal({ weights: [0.2, 0.8], means: [0, 5], scales: [1, 2] })
  assert.deepEqual([...mixture.sample({ temperature: 0, n: 3 })], [5, 5, 5])
  const tempered = mixture.temper({ rule: 'magenta-python', weights: 0.5, scales: 0.25 })
  // Logits ÷ ½ square the weights: 0.04 and 0.64.
  assertNear(tempered.weights, [0.04 / 0.68, 0.64 / 0.68], 1e-6)
  assertNear(tempered.scales, [0.25, 0.5], 1e-6)
  assertNear(mixture.weights, [0.2, 0.8], 1e-6)
  assertNear(mixture.temper(1).logProb([1]), mixture.logProb([1]), 1e-6)
  throws(() => mixture.temper(0), 'unsupported', /no density/)
  throws(() => mixture.temper(-1), 'bad-value')
  throws(() => mixture.sample({ temperature: Number.NaN }), 'bad-value')
})

test('one row answers many points, many rows one point', () => {
  const rows = Mixture.diagonal({
    dims: 2,
    components: 1,
    weights: [1, 1, 1],
    means: [0, 0, 1, 1, 2, 2],
    scales: [1, 1, 1, 1, 2, 2],
  })
  assert.equal(rows.count, 3)
  const one = rows.at(2)
  assert.equal(one.count, 1)
  assert.deepEqual([...one.means, ...one.scales], [2, 2, 2, 2])
  const points = [0, 0, 1, 2, 3, 3]
  const many = one.logProb(points)
  for (let i = 0; i < 3; i += 1) assert.equal(many[i], one.logProb(points.slice(2 * i, 2 * i + 2))[0])
  const broadcast = rows.logProb([1, 2])
  const paired = rows.logProb(points)
  for (let i = 0; i < 3; i += 1) {
    assert.equal(broadcast[i], rows.at(i).logProb([1, 2])[0])
    assert.equal(paired[i], rows.at(i).logProb(points.slice(2 * i, 2 * i + 2))[0])
  }
  assert.equal(rows.mean().length, 6)
  assert.equal(rows.covariance().length, 12)
  throws(() => rows.logProb([1]), 'bad-shape', /points/)
  throws(() => rows.logProb([1, 2, 3, 4]), 'bad-shape')
  throws(() => rows.logProb([]), 'bad-shape')
  throws(() => one.logProb([1, 2, 3]), 'bad-shape')
  throws(() => rows.logProb('points'), 'bad-argument')
  throws(() => rows.logProb(['1', '2']), 'bad-argument')
  for (const bad of [-1, 3, 0.5, Number.NaN]) throws(() => rows.at(bad), 'bad-value', /index/)
  throws(() => rows.at(), 'bad-argument')
})

test('nested and typed arrays are read, and nothing given or returned is shared', () => {
  const means = Float32Array.of(0, 1, 2, 3)
  const mixture = Mixture.diagonal({
    weights: Float64Array.of(0.5, 0.5),
    means,
    scales: [
      [1, 2],
      [3, 4],
    ],
  })
  means.fill(9)
  mixture.means.fill(7)
  mixture.scales.fill(7)
  assert.deepEqual([...mixture.means], [0, 1, 2, 3])
  assert.deepEqual([...mixture.scales], [1, 2, 3, 4])
  assert.deepEqual([...mixture.scaleTril], [1, 0, 0, 2, 3, 0, 0, 4])
  assert.deepEqual([...mixture.correlations], [0, 0])
  assert.deepEqual([...mixture.categories], [])
  const pair = Mixture.correlated({ weights: [1], means: [[[0, 0]]], scales: [[[1, 2]]], correlations: [[0.6]] })
  assertNear(pair.scaleTril, [1, 0, 1.2, 1.6], 1e-6)
  throws(() => Mixture.diagonal({ weights: [1], means: [0], scales: [1] }).correlations, 'unsupported')
})

test('parameters that are no distribution are refused, by name', () => {
  const good = { weights: [0.5, 0.5], means: [0, 1], scales: [1, 1] }
  const diagonal = (change) => () => Mixture.diagonal({ ...good, ...change })
  Mixture.diagonal(good)
  throws(() => Mixture.diagonal(), 'bad-argument')
  throws(() => Mixture.diagonal(null), 'bad-argument')
  throws(() => Mixture.diagonal([]), 'bad-argument')
  throws(() => new Mixture(), 'bad-argument', /Mixture.diagonal/)
  throws(diagonal({ weights: [0.5, 0.6] }), 'bad-value', /sum to 1/)
  throws(diagonal({ weights: [1.5, -0.5] }), 'bad-value', /weights/)
  throws(diagonal({ weights: [Number.NaN, 1] }), 'bad-value', /weights/)
  throws(diagonal({ weights: [Infinity, 0] }), 'bad-value', /weights/)
  throws(diagonal({ weights: undefined }), 'bad-argument', /weights or logits/)
  throws(diagonal({ logits: [0, 0] }), 'bad-argument', /weights or logits/)
  throws(diagonal({ weights: undefined, logits: [Number.NaN, 0] }), 'bad-value')
  throws(diagonal({ weights: undefined, logits: [Infinity, 0] }), 'bad-value')
  throws(diagonal({ weights: [] }), 'bad-value', /components/)
  throws(diagonal({ weights: 'half' }), 'bad-argument', /weights/)
  throws(diagonal({ means: [0, Number.NaN] }), 'bad-value', /means/)
  throws(diagonal({ means: [0, 1, 2] }), 'bad-value', /dims/)
  throws(diagonal({ means: undefined }), 'bad-argument', /means/)
  throws(diagonal({ scales: [1] }), 'bad-shape', /scales/)
  for (const bad of [0, -1, Number.NaN, Infinity]) throws(diagonal({ scales: [1, bad] }), 'bad-value', /scales/)
  throws(diagonal({ components: 3 }), 'bad-shape', /weights/)
  throws(diagonal({ components: 1, dims: 2 }), 'bad-shape')
  throws(diagonal({ dims: 0 }), 'bad-value', /dims/)
  throws(diagonal({ dims: 1.5 }), 'bad-value', /dims/)
  throws(diagonal({ sigma: [1] }), 'bad-argument', /sigma/)
  throws(diagonal({ categorical: { weights: [1] } }), 'bad-argument', /weights/)
  throws(diagonal({ categorical: [0, 1] }), 'bad-argument', /categorical/)
  throws(diagonal({ categorical: {} }), 'bad-argument', /categorical.logits/)
  throws(diagonal({ bernoulli: { logits: [] } }), 'bad-value', /bernoulli.logits/)
  throws(diagonal({ categorical: { logits: [0, Number.NaN] } }), 'bad-value')
  // A count of one and a half, which once went past every check of lengths.
  throws(
    () => Mixture.diagonal({ components: 2, weights: [0.5, 0.5, 1], means: [0, 1, 2], scales: [1, 1, 1] }),
    'bad-shape',
  )
  const pair = { weights: [1], means: [0, 0], scales: [1, 1] }
  throws(() => Mixture.correlated(pair), 'bad-argument', /correlations/)
  throws(() => Mixture.correlated({ ...pair, correlations: [0], correlationLogits: [0] }), 'bad-argument')
  for (const bad of [1, -1, 1.5, Number.NaN]) {
    throws(() => Mixture.correlated({ ...pair, correlations: [bad] }), 'bad-value', /correlation/)
  }
  throws(() => Mixture.correlated({ ...pair, correlations: [0, 0] }), 'bad-shape')
  throws(() => Mixture.correlated({ ...pair, correlationLogits: [Number.NaN] }), 'bad-value')
  throws(() => Mixture.correlated({ ...pair, dims: 3, correlations: [0] }), 'bad-shape', /two dimensions/)
  throws(() => Mixture.correlated({ ...pair, dims: 16384, components: 1, correlations: [0] }), 'bad-shape')
})

test('a mixture larger than the core’s limits is refused before anything is computed', () => {
  const wide = (dims, components, more) => () =>
    Mixture.diagonal({
      dims,
      components,
      logits: new Float32Array(components),
      means: new Float32Array(dims * components),
      scales: new Float32Array(dims * components).fill(1),
      ...more,
    })
  assert.equal(wide(1, 1024)().logProb([0]).length, 1)
  throws(wide(1, 1025), 'too-large', /components/)
  throws(wide(1, 16384), 'too-large', /components/)
  throws(wide(4097, 1), 'too-large', /dims/)
  throws(wide(1, 1, { categorical: { logits: new Float32Array(1025) } }), 'too-large', /categories/)
  throws(wide(1, 1, { bernoulli: { logits: new Float32Array(1025) } }), 'too-large', /bernoullis/)
  throws(wide(1, 16385), 'bad-value', /components/)
  Mixture.diagonal({ weights: [1], means: [0], scales: [1] }).sample({ n: 10 })
})

test('options of sample are checked', () => {
  const mixture = Mixture.diagonal({ weights: [1], means: [0], scales: [1] })
  throws(() => mixture.sample({ random: 3 }), 'bad-argument', /new Random/)
  throws(() => mixture.sample({ n: 0 }), 'bad-value', /n /)
  throws(() => mixture.sample({ n: 1.5 }), 'bad-value')
  throws(() => mixture.sample({ n: 2e8 }), 'bad-value')
  throws(() => mixture.sample({ count: 3 }), 'bad-argument', /count/)
  throws(() => mixture.sample(3), 'bad-argument')
})
