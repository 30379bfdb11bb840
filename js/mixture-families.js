/**
 * The families of mixtures: what people give → canonical rows.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from './errors.js'
import { layout, mapped, numbers } from './mixture-rows.js'
import { sharedRuntime } from './runtime.js'

/** @typedef {import('./runtime.js').Runtime} Runtime */
/** @typedef {import('./mixture-rows.js').Numbers} Numbers */
/** @typedef {import('./mixture-rows.js').Shape} Shape */

/**
 * What every family takes. `weights` sum to 1 over K; `logits` may be given instead.
 *
 * @typedef {object} FamilyParameters
 * @property {number} [dims] D; needed when there are several rows.
 * @property {number} [components] K; needed when there are several rows.
 * @property {Numbers} [weights] [count, K]
 * @property {Numbers} [logits] [count, K]
 * @property {Numbers} means [count, K, D]
 * @property {{ logits: Numbers }} [categorical] [count, C]
 * @property {{ logits: Numbers }} [bernoulli] [count, B]
 */

const FAMILY_FIELDS = ['dims', 'components', 'weights', 'logits', 'means', 'scales', 'categorical', 'bernoulli']

/**
 * @param {string} name Of the public function, for messages.
 * @param {FamilyParameters & { scales: Numbers }} parameters
 */
export function diagonalRows(name, parameters) {
  const family = new Family(name, parameters, FAMILY_FIELDS, false)
  family.put(
    numbers(parameters.scales, 'scales'),
    'scales',
    family.at.scales,
    family.shape.components * family.shape.dims,
  )
  return family.finish()
}

/**
 * @param {string} name Of the public function, for messages.
 * @param {FamilyParameters & { scales: Numbers, correlations?: Numbers, correlationLogits?: Numbers }} parameters
 */
export function correlatedRows(name, parameters) {
  const fields = [...FAMILY_FIELDS, 'correlations', 'correlationLogits']
  const dims = parameters?.dims ?? 2
  if (dims !== 2) {
    throw mdnError('bad-shape', 'Correlated pairs have two dimensions', {
      argument: 'dims',
      expected: '2',
      received: dims,
    })
  }
  const family = new Family(name, parameters && { dims: 2, ...parameters }, fields, true)
  family.correlate()
  return family.finish()
}

/** Collects the parameters of a family into canonical rows. */
class Family {
  /**
   * @param {string} name
   * @param {any} parameters
   * @param {readonly string[]} fields
   * @param {boolean} triangular
   */
  constructor(name, parameters, fields, triangular) {
    this.name = name
    this.runtime = sharedRuntime(name)
    if (parameters === undefined)
      throw mdnError('bad-argument', `${name} needs its parameters`, { expected: 'weights, means, scales' })
    requireOptions(parameters, name, fields)
    this.parameters = parameters
    if ((parameters.weights === undefined) === (parameters.logits === undefined)) {
      throw mdnError('bad-argument', `${name} needs either weights or logits`, { argument: 'weights' })
    }
    const weighing = parameters.weights === undefined ? 'logits' : 'weights'
    const weights = numbers(parameters[weighing], weighing)
    const means = numbers(parameters.means, 'means')
    const components = size(parameters.components ?? weights.length, 'components')
    const count = weights.length / components
    if (!Number.isInteger(count)) {
      throw mdnError('bad-shape', `${weighing} has the wrong length`, {
        argument: weighing,
        expected: `a multiple of ${components} numbers`,
        received: weights.length,
      })
    }
    const dims = size(parameters.dims ?? means.length / weights.length, 'dims')
    this.count = count
    /** @type {Shape} */
    this.shape = {
      dims,
      components,
      triangular,
      categories: 0,
      bernoullis: 0,
    }
    this.expect(means, 'means', count * components * dims)
    const categorical = this.discrete('categorical')
    const bernoulli = this.discrete('bernoulli')
    this.shape.categories = categorical.length / count
    this.shape.bernoullis = bernoulli.length / count
    this.at = layout(this.shape)
    this.rows = new Float32Array(count * this.at.rowSize)
    this.put(this.logProbabilities(weights, components, weighing === 'weights'), weighing, 0, components)
    this.put(means, 'means', this.at.means, components * dims)
    if (categorical.length > 0) {
      const { categories } = this.shape
      this.put(
        this.logProbabilities(categorical, categories, false),
        'categorical.logits',
        this.at.categories,
        categories,
      )
    }
    this.put(bernoulli, 'bernoulli.logits', this.at.bernoullis, this.shape.bernoullis)
  }

  /**
   * The logits of a discrete part; empty where it is not given.
   *
   * @param {'categorical' | 'bernoulli'} name
   */
  discrete(name) {
    const part = this.parameters[name]
    if (part === undefined) return new Float32Array(0)
    requireOptions(part, name, ['logits'])
    const logits = numbers(part.logits, `${name}.logits`)
    size(logits.length / this.count, `${name}.logits`)
    return logits
  }

  /**
   * @param {Float32Array} values
   * @param {number} n In a row.
   * @param {boolean} linear Probabilities rather than logits.
   */
  logProbabilities(values, n, linear) {
    for (let i = 0; linear && i < values.length; i += 1) {
      if (!(values[i] >= 0)) {
        throw mdnError('bad-value', 'weights are not probabilities', {
          argument: 'weights',
          expected: 'numbers ≥ 0',
          received: values[i],
        })
      }
    }
    for (let from = 0; linear && from + n <= values.length; from += n) {
      const sum = values.subarray(from, from + n).reduce((total, weight) => total + weight, 0)
      if (Math.abs(sum - 1) > 1e-3) {
        throw mdnError('bad-value', 'weights do not sum to 1', {
          argument: 'weights',
          expected: `a sum of 1 over ${n} components`,
          received: sum,
          fix: 'Normalise them, or pass their logarithms as logits.',
        })
      }
    }
    const logarithms = linear
      ? mapped(this.runtime, values, (core, address, count) => core.logarithms(address, count))
      : values
    return mapped(this.runtime, logarithms, (core, address, count) => core.logSoftmax(address, count / n, n))
  }

  /** (σx, ρσy, σy √(1 − ρ²)) of each component. */
  correlate() {
    const { components } = this.shape
    const { correlations, correlationLogits } = this.parameters
    if ((correlations === undefined) === (correlationLogits === undefined)) {
      throw mdnError('bad-argument', `${this.name} needs either correlations or correlationLogits`, {
        argument: 'correlations',
      })
    }
    const n = this.count * components
    const scales = numbers(this.parameters.scales, 'scales')
    const given = numbers(
      correlations ?? correlationLogits,
      correlations === undefined ? 'correlationLogits' : 'correlations',
    )
    this.expect(scales, 'scales', 2 * n)
    this.expect(given, correlations === undefined ? 'correlationLogits' : 'correlations', n)
    const pairs = new Float32Array(2 * n) // ρ and √(1 − ρ²)
    if (correlations === undefined) {
      for (let i = 0; i < n; i += 1) pairs[2 * i] = given[i]
      pairs.set(mapped(this.runtime, pairs, (core, address, count) => core.correlationPairs(address, count / 2)))
    } else {
      for (let i = 0; i < n; i += 1) {
        if (!(Math.abs(given[i]) < 1)) {
          throw mdnError('bad-value', 'A correlation is out of range', {
            argument: 'correlations',
            expected: 'numbers in (−1, 1)',
            received: given[i],
          })
        }
        pairs[2 * i] = given[i]
        pairs[2 * i + 1] = Math.sqrt((1 - given[i]) * (1 + given[i]))
      }
    }
    const triangles = new Float32Array(3 * n)
    for (let i = 0; i < n; i += 1) {
      triangles[3 * i] = scales[2 * i]
      triangles[3 * i + 1] = pairs[2 * i] * scales[2 * i + 1]
      triangles[3 * i + 2] = pairs[2 * i + 1] * scales[2 * i + 1]
    }
    this.put(triangles, 'scales', this.at.scales, 3 * components)
  }

  /**
   * @param {Float32Array} values [count, n]
   * @param {string} argument
   * @param {number} at Where they go in a row.
   * @param {number} n
   */
  put(values, argument, at, n) {
    this.expect(values, argument, this.count * n)
    for (let r = 0; r < this.count; r += 1) this.rows.set(values.subarray(r * n, (r + 1) * n), r * this.at.rowSize + at)
  }

  /**
   * @param {Float32Array} values
   * @param {string} argument
   * @param {number} length
   */
  expect(values, argument, length) {
    if (values.length === length) return
    const { dims, components } = this.shape
    throw mdnError('bad-shape', `${argument} has the wrong length`, {
      argument,
      expected: `${length} numbers for dims ${dims}, components ${components} and the count that follows from the weights`,
      received: values.length,
    })
  }

  /** @returns {[Runtime, Shape, Float32Array]} */
  finish() {
    return [this.runtime, this.shape, this.rows]
  }
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function size(value, argument) {
  return requireNumber(value, argument, {
    min: 1,
    max: 16384,
    integer: true,
    fix: 'Give dims and components, so that the lengths of the arrays agree.',
  })
}
