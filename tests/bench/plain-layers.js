// The layers of the plain-JavaScript peer. What makes them fast: weights are packed so that eight sums run side by side
// over one stretch of memory; weights are Float32Array, everything they meet is Float64Array (a float32 input would be
// widened again at every use: half the speed); no call and no allocation inside a step.

/**
 * Packs columns of a row-major matrix [inputs, width] in groups of eight: [column / 8][input][8].
 *
 * @param {Float32Array} to
 * @param {Float32Array} kernel
 * @param {{ width: number, columns: readonly number[], inputs: number, from: number, of: number }} options `from`: where
 *   in the packed inputs this kernel's begin; `of`: how many packed inputs there are.
 */
function pack(to, kernel, { width, columns, inputs, from, of }) {
  columns.forEach((column, j) => {
    const start = (j >> 3) * of * 8 + (j & 7)
    for (let i = 0; i < inputs; i += 1) to[start + (from + i) * 8] = kernel[i * width + column]
  })
}

/**
 * out[j] = bias[j] + Σ_i w[j / 8][i][j % 8] · x[i], for a multiple of eight outputs.
 *
 * @param {Float64Array} out
 * @param {Float32Array} w
 * @param {Float64Array} bias
 * @param {Float64Array} x
 * @param {number} inputs
 * @param {number} outputs
 */
function multiply(out, w, bias, x, inputs, outputs) {
  let at = 0
  for (let j = 0; j < outputs; j += 8) {
    let a = bias[j]
    let b = bias[j + 1]
    let c = bias[j + 2]
    let d = bias[j + 3]
    let e = bias[j + 4]
    let f = bias[j + 5]
    let g = bias[j + 6]
    let h = bias[j + 7]
    for (let i = 0; i < inputs; i += 1, at += 8) {
      const value = x[i]
      a += w[at] * value
      b += w[at + 1] * value
      c += w[at + 2] * value
      d += w[at + 3] * value
      e += w[at + 4] * value
      f += w[at + 5] * value
      g += w[at + 6] * value
      h += w[at + 7] * value
    }
    out[j] = a
    out[j + 1] = b
    out[j + 2] = c
    out[j + 3] = d
    out[j + 4] = e
    out[j + 5] = f
    out[j + 6] = g
    out[j + 7] = h
  }
}

const roundUp = (/** @type {number} */ n) => (n + 7) & ~7

/** Exact to the last bits of a double where it matters to a network: near 0 and at both ends. */
const tanh = (/** @type {number} */ x) => 1 - 2 / (Math.exp(2 * x) + 1)
const sigmoid = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x))

export class PlainLstm {
  /**
   * @param {{ units: number, gates: string, forgetBias: number }} node
   * @param {{ kernel: Float32Array, recurrentKernel: Float32Array, bias: Float32Array }} weights
   */
  constructor({ units, gates, forgetBias }, { kernel, recurrentKernel, bias }) {
    this.units = units
    this.inputs = kernel.length / (4 * units)
    const width = 4 * units
    const padded = roundUp(width)
    const of = this.inputs + units
    // Unit by unit, its gates i, f, g, o side by side: two units in a group of eight.
    const columns = Array.from({ length: width }, (_, j) => gates.indexOf('ifgo'[j & 3]) * units + (j >> 2))
    this.weights = new Float32Array(padded * of)
    pack(this.weights, kernel, { width, columns, inputs: this.inputs, from: 0, of })
    pack(this.weights, recurrentKernel, { width, columns, inputs: units, from: this.inputs, of })
    this.bias = new Float64Array(padded)
    for (const [j, column] of columns.entries()) this.bias[j] = bias[column] + ((j & 3) === 1 ? forgetBias : 0)
    this.gates = new Float64Array(padded)
  }

  /** [x | h], and c behind it. */
  newState() {
    return { x: new Float64Array(this.inputs + this.units), c: new Float64Array(this.units) }
  }

  /**
   * One step; the input is in state.x already. The new h goes to state.x and to `out`.
   *
   * @param {Float64Array} out
   * @param {{ x: Float64Array, c: Float64Array }} state
   */
  step(out, { x, c }) {
    const { gates, units, inputs } = this
    multiply(gates, this.weights, this.bias, x, inputs + units, gates.length)
    for (let u = 0, j = 0; u < units; u += 1, j += 4) {
      const cell = sigmoid(gates[j + 1]) * c[u] + sigmoid(gates[j]) * tanh(gates[j + 2])
      c[u] = cell
      const h = sigmoid(gates[j + 3]) * tanh(cell)
      out[u] = h
      x[inputs + u] = h
    }
  }
}

export class PlainDense {
  /**
   * @param {{ units: number }} node
   * @param {{ kernel: Float32Array, bias: Float32Array }} weights
   */
  constructor({ units }, { kernel, bias }) {
    this.units = units
    this.inputs = kernel.length / units
    const columns = Array.from({ length: units }, (_, j) => j)
    this.width = roundUp(units)
    this.weights = new Float32Array(this.width * this.inputs)
    pack(this.weights, kernel, { width: units, columns, inputs: this.inputs, from: 0, of: this.inputs })
    this.bias = new Float64Array(this.width)
    this.bias.set(bias)
  }

  /**
   * @param {Float64Array} out [width]
   * @param {Float64Array} x
   */
  run(out, x) {
    multiply(out, this.weights, this.bias, x, this.inputs, this.width)
  }
}
