// The heads of the plain-JavaScript peer: sampling and log-probability straight from the raw outputs, exponentials of
// the chosen component only, nothing allocated.

/** @typedef {{ weights: number, scales: number, pen: number }} PlainFactors What a temperature comes to. */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** Random numbers: sfc32 (Chris Doty-Humphrey, PractRand, public domain) and the polar method of Marsaglia and Bray. */
export class PlainRandom {
  #state = new Int32Array(4)
  #spare = Number.NaN

  /**
   * @param {number} seed
   * @param {number} [stream]
   */
  constructor(seed, stream = 0) {
    this.#state.set([seed, stream, 0x9e3779b9, 1])
    for (let i = 0; i < 12; i += 1) this.uniform()
  }

  /** In [0, 1). */
  uniform() {
    const state = this.#state
    const sum = (state[0] + state[1] + state[3]) | 0
    state[3] += 1
    state[0] = state[1] ^ (state[1] >>> 9)
    state[1] = state[2] + (state[2] << 3)
    state[2] = ((state[2] << 21) | (state[2] >>> 11)) + sum
    return (sum >>> 0) / 4294967296
  }

  normal() {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare
      this.#spare = Number.NaN
      return spare
    }
    for (;;) {
      const u = 2 * this.uniform() - 1
      const v = 2 * this.uniform() - 1
      const square = u * u + v * v
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = v * factor
      return u * factor
    }
  }
}

/**
 * An index with probability ∝ exp(logits[from + k] / temperature); the largest at temperature 0.
 *
 * @param {Float64Array} logits
 * @param {number} from
 * @param {number} n
 * @param {number} temperature
 * @param {PlainRandom} random
 * @param {Float64Array} masses Scratch.
 */
function choose(logits, from, n, temperature, random, masses) {
  let best = 0
  for (let k = 1; k < n; k += 1) if (logits[from + k] > logits[from + best]) best = k
  if (temperature === 0) return best
  const largest = logits[from + best]
  let total = 0
  for (let k = 0; k < n; k += 1) {
    total += Math.exp((logits[from + k] - largest) / temperature)
    masses[k] = total
  }
  const target = random.uniform() * total
  for (let k = 0; k < n; k += 1) if (target < masses[k]) return k
  return best
}

/**
 * log Σ exp(x[from + k])
 *
 * @param {Float64Array} x
 * @param {number} from
 * @param {number} n
 */
function logSumExp(x, from, n) {
  let largest = -Infinity
  for (let k = 0; k < n; k += 1) if (x[from + k] > largest) largest = x[from + k]
  let sum = 0
  for (let k = 0; k < n; k += 1) sum += Math.exp(x[from + k] - largest)
  return largest + Math.log(sum)
}

/** raw = pen 3 | logits K | μx K | μy K | log σx K | log σy K | ρ̂ K */
export class PlainSketchRnn {
  /** @param {{ components: number }} head */
  constructor({ components }) {
    this.dims = 5
    this.components = components
    this.scratch = new Float64Array(Math.max(components, 3))
  }

  /**
   * @param {Float64Array} row
   * @param {Float64Array} raw
   * @param {PlainFactors} factors
   * @param {PlainRandom} random
   */
  sample(row, raw, { weights, scales, pen }, random) {
    const n = this.components
    const k = 3 + choose(raw, 3, n, weights, random, this.scratch)
    const state = choose(raw, 0, 3, pen, random, this.scratch)
    const x = random.normal()
    const y = random.normal()
    const rho = Math.tanh(raw[k + 5 * n])
    row[0] = raw[k + n] + scales * Math.exp(raw[k + 3 * n]) * x
    row[1] = raw[k + 2 * n] + scales * Math.exp(raw[k + 4 * n]) * (rho * x + Math.sqrt(1 - rho * rho) * y)
    row[2] = state === 0 ? 1 : 0
    row[3] = state === 1 ? 1 : 0
    row[4] = state === 2 ? 1 : 0
  }

  /**
   * @param {Float64Array} raw
   * @param {Float64Array} row
   */
  logProb(raw, row) {
    const n = this.components
    const joint = this.scratch
    for (let k = 0; k < n; k += 1) {
      const at = 3 + k
      const zx = (row[0] - raw[at + n]) * Math.exp(-raw[at + 3 * n])
      const zy = (row[1] - raw[at + 2 * n]) * Math.exp(-raw[at + 4 * n])
      const rho = Math.tanh(raw[at + 5 * n])
      const rest = 1 - rho * rho
      const quadratic = (zx * zx + zy * zy - 2 * rho * zx * zy) / rest
      joint[k] = raw[at] - raw[at + 3 * n] - raw[at + 4 * n] - 0.5 * (quadratic + Math.log(rest)) - 2 * HALF_LOG_TWO_PI
    }
    const pen = row[2] === 1 ? 0 : row[3] === 1 ? 1 : 2
    return logSumExp(joint, 0, n) - logSumExp(raw, 3, n) + raw[pen] - logSumExp(raw, 0, 3)
  }

  /** @param {Float64Array} row */
  finished(row) {
    return row[4] === 1
  }
}

/** raw = μ K·D | s K·D | logits K, σ = elu(s) + 1 + ε */
export class PlainDiagonal {
  /** @param {{ dims: number, components: number, epsilon: number }} head */
  constructor({ dims, components, epsilon }) {
    this.dims = dims
    this.components = components
    this.epsilon = epsilon
    this.scratch = new Float64Array(components)
  }

  /** @param {number} s */
  sigma(s) {
    return (s > 0 ? s + 1 : Math.exp(s)) + this.epsilon
  }

  /**
   * @param {Float64Array} row
   * @param {Float64Array} raw
   * @param {PlainFactors} factors
   * @param {PlainRandom} random
   */
  sample(row, raw, { weights, scales }, random) {
    const { dims } = this
    const size = dims * this.components
    const k = choose(raw, 2 * size, this.components, weights, random, this.scratch)
    for (let d = 0; d < dims; d += 1) {
      const at = k * dims + d
      row[d] = raw[at] + scales * this.sigma(raw[size + at]) * random.normal()
    }
  }

  /**
   * @param {Float64Array} raw
   * @param {Float64Array} row
   */
  logProb(raw, row) {
    const { dims, components } = this
    const size = dims * components
    const joint = this.scratch
    for (let k = 0, at = 0; k < components; k += 1) {
      let quadratic = 0
      let determinant = 1
      for (let d = 0; d < dims; d += 1, at += 1) {
        const sigma = this.sigma(raw[size + at])
        const z = (row[d] - raw[at]) / sigma
        quadratic += z * z
        determinant *= sigma
      }
      joint[k] = raw[2 * size + k] - 0.5 * quadratic - Math.log(determinant) - dims * HALF_LOG_TWO_PI
    }
    return logSumExp(joint, 0, components) - logSumExp(raw, 2 * size, components)
  }

  finished() {
    return false
  }
}
