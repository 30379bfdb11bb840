// Part of the slow reference: see model.js in this folder.

import { logCosh, logSoftmax, logSumExp } from './math.js'

// The output vector of sketch-rnn (Ha and Eck 2017, §3.2; the order is that of the published code, which puts the pen
// first): [pen 3 | weights K | μx K | μy K | σ̂x K | σ̂y K | ρ̂ K].
//
// σ = exp σ̂, ρ = tanh ρ̂, weights and pen by softmax. log(1 − ρ²) = −2 log cosh ρ̂ is kept as well: computed from ρ it
// would be −∞ as soon as tanh rounds to ±1.
export function sketchRnnMixture(raw) {
  const k = (raw.length - 3) / 6
  const block = (index) => Array.from(raw.slice(3 + index * k, 3 + (index + 1) * k))
  const logWeights = logSoftmax(block(0))
  const logPen = logSoftmax(Array.from(raw.slice(0, 3)))
  return {
    logWeights,
    weights: logWeights.map(Math.exp),
    meansX: block(1),
    meansY: block(2),
    logScalesX: block(3),
    logScalesY: block(4),
    scalesX: block(3).map(Math.exp),
    scalesY: block(4).map(Math.exp),
    correlations: block(5).map(Math.tanh),
    logOneMinusRho2: block(5).map((r) => -2 * logCosh(r)),
    logPen,
    pen: logPen.map(Math.exp),
  }
}

// Log density of the offset (x, y), in nats, in the model's units: Graves 2013, equations 24 and 25, in log space.
//
//   log N = −log 2π − log σx − log σy − ½ log(1 − ρ²) − (zx² + zy² − 2 ρ zx zy) / (2 (1 − ρ²))
//
// The quadratic form is written as ((zx − ρ zy)² / (1 − ρ²) + zy²) / 2, the same number without its cancellation.
export function offsetLogDensity(mixture, x, y) {
  const terms = mixture.logWeights.map((logWeight, k) => {
    const zx = (x - mixture.meansX[k]) / mixture.scalesX[k]
    const zy = (y - mixture.meansY[k]) / mixture.scalesY[k]
    const rho = mixture.correlations[k]
    const quadratic = (zx - rho * zy) ** 2 * Math.exp(-mixture.logOneMinusRho2[k]) + zy ** 2
    const logNormaliser =
      -Math.log(2 * Math.PI) - mixture.logScalesX[k] - mixture.logScalesY[k] - 0.5 * mixture.logOneMinusRho2[k]
    return logWeight + logNormaliser - 0.5 * quadratic
  })
  return logSumExp(terms)
}
