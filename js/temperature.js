/**
 * Temperature as people give it → the three factors the core samples with. The rules themselves are in
 * cpp/mixtures/temperature.h; a new one there needs no change here.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from './errors.js'

/**
 * A published rule and its numbers. `temperature` is the value of those of weights, scales and pen that are not given.
 *
 * | rule | component weights: logits ÷ | scales: σ × | pen: logits ÷ | as in |
 * |---|---|---|---|---|
 * | `keras-mdn` | w | √s | 1 | keras-mdn-layer's `temp` and `sigma_temp`, IMPSY |
 * | `sketch-rnn` | w | √s | p | Ha & Eck 2017, eq. 8 |
 * | `sketch-rnn-js` | ½ + ½w | √s | ½ + ½p | sketch-rnn-js, @magenta/sketch |
 * | `magenta-python` | w | s | p | magenta's Python sketch_rnn |
 * | `distill` | w | s | 1 | Carter et al. 2016 |
 * | `graves-bias` | 1 ÷ (1 + b) | e^−b | 1 | Graves 2013, eq. 61–62, with `bias` b |
 * | `greedy` | 0 | 0 | 0 | the likeliest branch |
 *
 * A factor of 0 takes the likeliest component or outcome, or its mean.
 *
 * @typedef {object} TemperatureRule
 * @property {string} [rule] Default: the model's own.
 * @property {number} [temperature] Default 1.
 * @property {number} [weights]
 * @property {number} [scales]
 * @property {number} [pen]
 * @property {number} [bias] Of `graves-bias`; default 0.
 */

/** @typedef {number | TemperatureRule} Temperature A number is the temperature of the model's own rule. */

/** @typedef {readonly [weights: number, scales: number, pen: number]} Factors */

/** @type {Factors} */
export const UNCHANGED = Object.freeze([1, 1, 1])

/**
 * @param {import('./runtime.js').Runtime} runtime
 * @param {Temperature | undefined} temperature
 * @param {TemperatureRule} [otherwise] The model's default: used whole when `temperature` is undefined, its rule otherwise.
 * @returns {Factors}
 */
export function temperatureFactors(runtime, temperature, otherwise = { rule: 'sketch-rnn' }) {
  const given = temperature ?? otherwise
  const chosen = typeof given === 'number' ? { temperature: given } : given
  requireOptions(chosen, 'temperature', ['rule', 'temperature', 'weights', 'scales', 'pen', 'bias'])
  const rule = chosen.rule ?? otherwise.rule
  if (typeof rule !== 'string') {
    throw mdnError('bad-argument', 'temperature.rule is not a name', {
      argument: 'temperature.rule',
      expected: `one of ${runtime.core.temperatureRules()}`,
      received: rule,
    })
  }
  const base = amount(chosen.temperature ?? 1, typeof given === 'number' ? 'temperature' : 'temperature.temperature')
  const weights = amount(chosen.weights ?? base, 'temperature.weights')
  const scales = amount(chosen.scales ?? base, 'temperature.scales')
  const pen = amount(chosen.pen ?? base, 'temperature.pen')
  const bias = amount(chosen.bias ?? 0, 'temperature.bias')
  return runtime.scratch((scratch) => {
    const out = scratch.floats(3)
    runtime.check(runtime.core.temperRule(out, rule, weights, scales, pen, bias), { argument: 'temperature' })
    const factors = runtime.floats(out, 3)
    return Object.freeze(/** @type {Factors} */ ([factors[0], factors[1], factors[2]]))
  })
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function amount(value, argument) {
  return requireNumber(value, argument, {
    min: 0,
    max: 1e6,
    fix: 'Use 0 for the likeliest outcome, 1 for the model as it is.',
  })
}

/**
 * The names of the rules. Needs `await ready()`.
 *
 * @param {import('./runtime.js').Runtime} runtime
 * @returns {string[]}
 */
export function temperatureRules(runtime) {
  return runtime.core.temperatureRules().split(' ')
}
