// Part of the slow reference: see model.js in this folder.

import { ACTIVATIONS } from './math.js'

// y_j = activation(bias_j + Σ_i x_i · kernel[i][j]); the kernel is flat, [inputs, outputs] row-major.
export function dense({ kernel, bias, activation = 'linear' }, x) {
  const outputs = bias.length
  const y = Array.from(bias)
  for (let i = 0; i < x.length; ++i) for (let j = 0; j < outputs; ++j) y[j] += x[i] * kernel[i * outputs + j]
  return y.map(ACTIVATIONS[activation])
}
