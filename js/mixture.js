/**
 * Mixture: the distribution that a network predicts, as a plain immutable value. It holds `count` rows of parameters and
 * answers for all of them in one call; every array is flat, row-major float32.
 *
 *   p(y, c, b) = [ Σ_k w_k N(y; μ_k, L_k L_kᵀ) ] · q_c · Π_j r_j^{b_j} (1 − r_j)^{1 − b_j}
 *
 * All families are one canonical form inside (cpp/mixtures/mixture.h): components with a mean and a lower-triangular or
 * diagonal scale, plus independent discrete parts. A point is [ D values | one-hot of C categories | B coins ].
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from './errors.js'
import { correlatedRows, diagonalRows } from './mixture-families.js'
import { layout, mapped, numbers, operations, triangle } from './mixture-rows.js'
import { Random } from './random.js'
import { temperatureFactors } from './temperature.js'

/** @typedef {import('./runtime.js').Runtime} Runtime */
/** @typedef {import('./runtime.js').CoreMixture} CoreMixture */
/** @typedef {import('./mixture-rows.js').Numbers} Numbers */

/** @typedef {import('./mixture-rows.js').Shape} Shape */
/** @typedef {import('./mixture-families.js').FamilyParameters} FamilyParameters */

/** Only this file makes mixtures from canonical rows. */
const CANONICAL = Symbol('canonical')

export class Mixture {
  /** @type {Runtime} */
  #runtime
  /** @type {Shape} */
  #shape
  /** @type {Float32Array} [count, row_size] */
  #rows
  /** Numbers in a canonical row. */
  #rowSize

  /**
   * Use the static functions.
   *
   * @param {symbol} key
   * @param {Runtime} runtime
   * @param {Shape} shape
   * @param {Float32Array} rows
   */
  constructor(key, runtime, shape, rows) {
    if (key !== CANONICAL) {
      throw mdnError('bad-argument', 'Mixture has no public constructor', {
        fix: 'Use Mixture.diagonal({ … }) and its siblings.',
      })
    }
    this.#runtime = runtime
    this.#shape = shape
    this.#rows = rows
    this.#rowSize = layout(shape).rowSize
  }

  /**
   * Independent dimensions in each component (Bishop 1994 with one σ a dimension; keras-mdn-layer's density).
   *
   * @param {FamilyParameters & { scales: Numbers }} parameters `scales`: standard deviations > 0, [count, K, D].
   */
  static diagonal(parameters) {
    return Mixture.fromCanonical(...diagonalRows('Mixture.diagonal', parameters))
  }

  /**
   * Correlated pairs (Graves 2013, eq. 24–25): D = 2.
   *
   * @param {FamilyParameters & { scales: Numbers, correlations?: Numbers, correlationLogits?: Numbers }} parameters
   *   `scales` > 0 [count, K, 2]; `correlations` in (−1, 1) [count, K], or `correlationLogits` with ρ = tanh, which keeps
   *   its accuracy where ρ rounds to ±1.
   */
  static correlated(parameters) {
    return Mixture.fromCanonical(...correlatedRows('Mixture.correlated', parameters))
  }

  /** Rows of parameters. */
  get count() {
    return this.#rows.length / this.#rowSize
  }

  /** D, the real values of a point. */
  get dims() {
    return this.#shape.dims
  }

  /** K */
  get components() {
    return this.#shape.components
  }

  /** Numbers in a point: D + C + B. */
  get pointSize() {
    return this.#shape.dims + this.#shape.categories + this.#shape.bernoullis
  }

  /** Component weights, [count, K]; each row sums to 1. */
  get weights() {
    return this.#exponentials(this.logWeights)
  }

  /** Their logarithms, [count, K]. */
  get logWeights() {
    return this.#part(0, this.#shape.components)
  }

  /** [count, K, D] */
  get means() {
    const { means, scales } = layout(this.#shape)
    return this.#part(means, scales - means)
  }

  /** Marginal standard deviations, [count, K, D]. */
  get scales() {
    const { dims, triangular } = this.#shape
    const stored = this.#storedScales()
    if (!triangular) return stored
    const out = new Float32Array((stored.length / triangle(dims)) * dims)
    for (let from = 0, to = 0; to < out.length; ) {
      for (let d = 0; d < dims; d += 1, to += 1) {
        let sum = 0
        for (let j = 0; j <= d; j += 1, from += 1) sum += stored[from] * stored[from]
        out[to] = Math.sqrt(sum)
      }
    }
    return out
  }

  /** Lower-triangular L with covariance L Lᵀ, [count, K, D, D]. */
  get scaleTril() {
    const { dims, triangular } = this.#shape
    const stored = this.#storedScales()
    const out = new Float32Array((stored.length / (triangular ? triangle(dims) : dims)) * dims * dims)
    for (let from = 0, row = 0; row * dims < out.length; row += 1) {
      const d = row % dims
      for (let j = triangular ? 0 : d; j <= d; j += 1, from += 1) out[row * dims + j] = stored[from]
    }
    return out
  }

  /** Correlation of the two dimensions, [count, K]; only where D = 2. */
  get correlations() {
    if (this.#shape.dims !== 2) {
      throw mdnError('unsupported', 'correlations are defined for two dimensions', {
        expected: 'dims 2',
        received: this.#shape.dims,
      })
    }
    const out = new Float32Array(this.count * this.#shape.components)
    if (!this.#shape.triangular) return out
    const stored = this.#storedScales()
    for (let i = 0; i < out.length; i += 1) {
      const low = stored[3 * i + 1]
      const high = stored[3 * i + 2]
      out[i] = low / Math.sqrt(low * low + high * high)
    }
    return out
  }

  /** Category probabilities, [count, C]; in a sketch: pen down, pen up, end. */
  get categories() {
    return this.#exponentials(this.#part(layout(this.#shape).categories, this.#shape.categories))
  }

  /** The same as {@link categories}, by the name that sketches use. */
  get pen() {
    return this.categories
  }

  /**
   * One row as a mixture of its own.
   *
   * @param {number} index
   */
  at(index) {
    const row = requireNumber(index, 'index', { min: 0, max: this.count - 1, integer: true })
    return this.#with(this.#rows.slice(row * this.#rowSize, (row + 1) * this.#rowSize))
  }

  /**
   * Log densities in nats, [n]. One row of points answers for every mixture row, one mixture row for many points;
   * otherwise point i belongs to row i.
   *
   * @param {Numbers} points [n, pointSize]
   * @returns {Float32Array}
   */
  logProb(points) {
    const parts = this.logProbParts(points)
    return Float32Array.from({ length: parts.length / 2 }, (_, i) => parts[2 * i] + parts[2 * i + 1])
  }

  /**
   * The continuous and the discrete part of {@link logProb} apart, [n, 2].
   *
   * @param {Numbers} points [n, pointSize]
   * @returns {Float32Array}
   */
  logProbParts(points) {
    return this.#answer(points, 2, (core, out, rows, given, n, rowStride, pointStride) =>
      core.logProb(out, rows, given, n, rowStride, pointStride),
    )
  }

  /**
   * Probability of each component given the point (Bishop 1994, eq. 36), [n, K].
   *
   * @param {Numbers} points [n, pointSize]
   * @returns {Float32Array}
   */
  responsibilities(points) {
    return this.#answer(points, this.#shape.components, (core, out, rows, given, n, rowStride, pointStride) =>
      core.responsibilities(out, rows, given, n, rowStride, pointStride),
    )
  }

  /** E[y], [count, D]. */
  mean() {
    return this.#moments(this.#shape.dims, (core, out, rows, count) => core.mean(out, rows, count))
  }

  /** Cov[y], [count, D, D]. */
  covariance() {
    return this.#moments(this.#shape.dims ** 2, (core, out, rows, count) => core.covariance(out, rows, count))
  }

  /**
   * Draws points, [count, pointSize]; with `n`, n points of each row, [n, count, pointSize].
   *
   * @param {{ random?: Random, temperature?: import('./temperature.js').Temperature, n?: number }} [options]
   *   `random` takes one position a point; without it, a new random seed. `temperature`: a number is the rule
   *   `sketch-rnn` of the paper (all logits ÷ τ, variances × τ).
   * @returns {Float32Array}
   */
  sample(options = {}) {
    requireOptions(options, 'options', ['random', 'temperature', 'n'])
    const random = options.random ?? new Random()
    if (!(random instanceof Random)) {
      throw mdnError('bad-argument', 'random is not a Random', {
        argument: 'random',
        expected: 'new Random(seed)',
        received: random,
      })
    }
    const n = requireNumber(options.n ?? 1, 'n', { min: 1, max: 1e8, integer: true })
    const runtime = this.#runtime
    const factors = temperatureFactors(runtime, options.temperature ?? 1)
    const count = this.count
    const size = this.pointSize
    return runtime.scratch((scratch) => {
      const rows = scratch.place(this.#rows)
      const temper = scratch.place(Float32Array.from(factors))
      const out = scratch.floats(n * count * size)
      const core = operations(runtime, this.#shape)
      // Repeats of one row are one call; the positions of the draws are the same either way.
      const [calls, each, stride] = count === 1 ? [1, n, 0] : [n, count, this.#rowSize]
      for (let i = 0; i < calls; i += 1) {
        core.sample(
          out + 4 * i * each * size,
          rows,
          each,
          stride,
          temper,
          random.seed,
          random.stream,
          random.take(each),
        )
      }
      return runtime.floats(out, n * count * size)
    })
  }

  /**
   * The tempered mixture. 'unsupported' where the rule makes a scale 0: a point mass has no density (sample() can do it).
   *
   * @param {import('./temperature.js').Temperature} temperature
   */
  temper(temperature) {
    const runtime = this.#runtime
    const factors = temperatureFactors(runtime, temperature)
    const rows = runtime.scratch((scratch) => {
      const address = scratch.place(this.#rows)
      const temper = scratch.place(Float32Array.from(factors))
      runtime.check(operations(runtime, this.#shape).temper(address, address, this.count, temper), {
        argument: 'temperature',
      })
      return runtime.floats(address, this.#rows.length)
    })
    return this.#with(rows)
  }

  /**
   * From canonical rows, which are checked: 'bad-value' names the first parameter that is not one of a distribution.
   *
   * @internal
   * @param {Runtime} runtime
   * @param {Shape} shape
   * @param {Float32Array} rows [count, row_size]
   */
  static fromCanonical(runtime, shape, rows) {
    runtime.scratch((scratch) => {
      const address = scratch.place(rows)
      runtime.check(operations(runtime, shape).validate(address, rows.length / layout(shape).rowSize))
    })
    return new Mixture(CANONICAL, runtime, shape, rows)
  }

  /** @param {Float32Array} rows */
  #with(rows) {
    return new Mixture(CANONICAL, this.#runtime, this.#shape, rows)
  }

  /**
   * A part of every row, joined.
   *
   * @param {number} from
   * @param {number} size
   */
  #part(from, size) {
    const out = new Float32Array(this.count * size)
    for (let r = 0; r < this.count; r += 1) {
      const start = r * this.#rowSize + from
      out.set(this.#rows.subarray(start, start + size), r * size)
    }
    return out
  }

  #storedScales() {
    const { scales, categories } = layout(this.#shape)
    return this.#part(scales, categories - scales)
  }

  /** @param {Float32Array} values */
  #exponentials(values) {
    return mapped(this.#runtime, values, (core, address, n) => core.exponentials(address, n))
  }

  /**
   * @param {number} size
   * @param {(core: CoreMixture, out: number, rows: number, count: number) => void} operation
   */
  #moments(size, operation) {
    const runtime = this.#runtime
    return runtime.scratch((scratch) => {
      const rows = scratch.place(this.#rows)
      const out = scratch.floats(this.count * size)
      operation(operations(runtime, this.#shape), out, rows, this.count)
      return runtime.floats(out, this.count * size)
    })
  }

  /**
   * @param {Numbers} points
   * @param {number} size Numbers of one answer.
   * @param {(core: CoreMixture, out: number, rows: number, points: number, n: number, rowStride: number, pointStride: number) => void} operation
   */
  #answer(points, size, operation) {
    const given = numbers(points, 'points')
    const width = this.pointSize
    const asked = given.length / width
    if (given.length === 0 || !Number.isInteger(asked) || (asked !== this.count && asked !== 1 && this.count !== 1)) {
      const wanted = this.count === 1 ? `a multiple of ${width} numbers` : `${width} or ${this.count * width} numbers`
      throw mdnError('bad-shape', 'points has the wrong length', {
        argument: 'points',
        expected: wanted,
        received: given.length,
      })
    }
    const n = Math.max(asked, this.count)
    const runtime = this.#runtime
    return runtime.scratch((scratch) => {
      const rows = scratch.place(this.#rows)
      const at = scratch.place(given)
      const out = scratch.floats(n * size)
      const rowStride = this.count === 1 ? 0 : this.#rowSize
      operation(operations(runtime, this.#shape), out, rows, at, n, rowStride, asked === 1 ? 0 : width)
      return runtime.floats(out, n * size)
    })
  }
}
