// Part of the slow reference: see model.js in this folder.

import { ACTIVATIONS, logSoftmax, logSumExp } from './math.js'

// The output vector of keras-mdn-layer (Martin 2018): [means K·D | σ̂ K·D | logits K], component by component.
// σ = f(σ̂) + ε with f = elu + 1, which is σ̂ + 1 above zero and exp σ̂ below, unless the file names another.
const SCALES = {
  elu: (s) => (s > 0 ? s + 1 : Math.exp(s)),
  exp: Math.exp,
  softplus: ACTIVATIONS.softplus,
}

export function diagonalMixture(raw, { dims, components, epsilon = 1e-7, activation = 'elu' }) {
  const count = dims * components
  const means = []
  const scales = []
  for (let k = 0; k < components; ++k) {
    means.push(Array.from(raw.slice(k * dims, (k + 1) * dims)))
    const block = raw.slice(count + k * dims, count + (k + 1) * dims)
    scales.push(Array.from(block, (s) => SCALES[activation](s) + epsilon))
  }
  const logWeights = logSoftmax(Array.from(raw.slice(2 * count)))
  return { logWeights, weights: logWeights.map(Math.exp), means, scales }
}

// Log density of `point` [D] in nats: log Σ_k w_k Π_d N(point_d; μ_kd, σ_kd).
export function diagonalLogDensity(mixture, point) {
  const terms = mixture.logWeights.map((logWeight, k) => {
    let sum = logWeight
    for (let d = 0; d < point.length; ++d) {
      const z = (point[d] - mixture.means[k][d]) / mixture.scales[k][d]
      sum += -0.5 * Math.log(2 * Math.PI) - Math.log(mixture.scales[k][d]) - 0.5 * z * z
    }
    return sum
  })
  return logSumExp(terms)
}
