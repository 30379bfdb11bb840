// Part of the slow reference: see model.js in this folder.
//
// Functions of one number or of one short array, in float64.

export function sigmoid(x) {
  return 1 / (1 + Math.exp(-x))
}

// Keras 1 and 2, TensorFlow 1.
export function hardSigmoid(x) {
  return Math.min(Math.max(0.2 * x + 0.5, 0), 1)
}

// log cosh x = |x| + log(1 + e^(−2|x|)) − log 2, which neither overflows nor cancels for large |x|.
export function logCosh(x) {
  const a = Math.abs(x)
  return a + Math.log1p(Math.exp(-2 * a)) - Math.LN2
}

export function logSumExp(xs) {
  const max = Math.max(...xs)
  if (max === -Infinity) return -Infinity
  let sum = 0
  for (const x of xs) sum += Math.exp(x - max)
  return max + Math.log(sum)
}

export function logSoftmax(xs) {
  const total = logSumExp(xs)
  return xs.map((x) => x - total)
}

// The few activations that the models of the tests use. All of them are tested against tests/golden/activations.txt.
export const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(x, 0),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sigmoid,
  hard_sigmoid: hardSigmoid,
  tanh: Math.tanh,
}
