// What a careful programmer writes without WebAssembly: the peer that `npm run bench` measures the library against. It
// does the same work (load a file, observe rows, step with log-probability, run futures, complete a drawing) for the
// networks the bench needs: a chain of LSTMs and an output layer under either head. Nothing is validated.

import { breather } from '../../js/options.js'
import { fromStroke5, simplify, toStroke5 } from '../../js/strokes/index.js'
import { PlainDiagonal, PlainRandom, PlainSketchRnn } from './plain-heads.js'
import { PlainDense, PlainLstm } from './plain-layers.js'

/** @typedef {import('./plain-heads.js').PlainFactors} PlainFactors */

export class PlainModel {
  /**
   * @param {any} description As in a model file.
   * @param {(name: string) => Float32Array} tensor
   */
  constructor({ nodes, head, scale, startToken }, tensor) {
    const lstms = nodes.slice(0, -1)
    const output = nodes.at(-1)
    this.lstms = lstms.map(
      (/** @type {any} */ node) =>
        new PlainLstm(node, {
          kernel: tensor(`${node.name}/kernel`),
          recurrentKernel: tensor(`${node.name}/recurrent_kernel`),
          bias: tensor(`${node.name}/bias`),
        }),
    )
    this.output = new PlainDense(output, {
      kernel: tensor(`${output.name}/kernel`),
      bias: tensor(`${output.name}/bias`),
    })
    this.head = head.type === 'diagonal' ? new PlainDiagonal(head) : new PlainSketchRnn(head)
    this.inputs = this.lstms[0].inputs
    this.scale = scale
    this.startToken = startToken
  }

  /**
   * Our own files: a JSON header, then float32 tensors.
   *
   * @param {Uint8Array} bytes
   */
  static fromSafetensors(bytes) {
    const { buffer, byteOffset } = bytes
    const length = new DataView(buffer, byteOffset).getUint32(0, true)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
    return new PlainModel(JSON.parse(header.__metadata__['mixture-density']), (name) => {
      const [from, to] = header[name].data_offsets
      const start = byteOffset + 8 + length + from
      return start % 4 === 0
        ? new Float32Array(buffer, start, (to - from) / 4)
        : new Float32Array(buffer.slice(start, start + to - from))
    })
  }

  /**
   * sketch-rnn's `.gen.json`: [info, dims, base64 of int16].
   *
   * @param {Uint8Array} bytes
   */
  static fromSketchRnn(bytes) {
    const [info, dims, blobs] = JSON.parse(new TextDecoder().decode(bytes))
    const names = ['output/kernel', 'output/bias', 'lstm_0/kernel', 'lstm_0/recurrent_kernel', 'lstm_0/bias']
    const outputs = dims[1][0]
    const nodes = [
      { name: 'lstm_0', units: dims[3][0], gates: 'igfo', forgetBias: 1 },
      { name: 'output', units: outputs },
    ]
    const head = { type: 'sketch-rnn', components: (outputs - 3) / 6 }
    const description = { nodes, head, scale: info.scale_factor, startToken: [0, 0, 1, 0, 0] }
    return new PlainModel(description, (name) => decode(blobs[names.indexOf(name)]))
  }
}

/**
 * @param {string} base64 Of little-endian int16, ±32767 for ±10.
 */
function decode(base64) {
  const text = atob(base64)
  const values = new Float32Array(text.length >> 1)
  for (let i = 0; i < values.length; i += 1) {
    const value = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8)
    values[i] = (10 * ((value << 16) >> 16)) / 32767
  }
  return values
}

/** A sequence: what a session is. */
export class PlainSequence {
  /**
   * @param {PlainModel} model
   * @param {{ seed?: number, stream?: number, from?: PlainSequence }} [options] `from`: continue where this one is.
   */
  constructor(model, { seed = 1, stream = 0, from } = {}) {
    this.model = model
    this.random = new PlainRandom(seed, stream)
    this.states = model.lstms.map((/** @type {PlainLstm} */ lstm) => lstm.newState())
    this.hidden = model.lstms.map((/** @type {PlainLstm} */ lstm) => new Float64Array(lstm.units))
    this.raw = new Float64Array(model.output.width)
    this.row = new Float64Array(model.head.dims)
    this.logProb = 0
    if (from === undefined) {
      if (model.startToken) this.observe(model.startToken)
      return
    }
    for (const [i, { x, c }] of from.states.entries()) {
      this.states[i].x.set(x)
      this.states[i].c.set(c)
    }
    this.raw.set(from.raw)
  }

  /**
   * One row, anywhere in an array.
   *
   * @param {ArrayLike<number>} rows
   * @param {number} [from]
   */
  observe(rows, from = 0) {
    const { lstms, inputs } = this.model
    const first = this.states[0].x
    for (let i = 0; i < inputs; i += 1) first[i] = rows[from + i]
    for (let l = 0; l < lstms.length; l += 1) {
      if (l > 0) this.states[l].x.set(this.hidden[l - 1])
      lstms[l].step(this.hidden[l], this.states[l])
    }
  }

  /** The outputs that predict the next row. */
  read() {
    this.model.output.run(this.raw, this.hidden[this.hidden.length - 1])
    return this.raw
  }

  /**
   * Samples a row into this.row and feeds it back.
   *
   * @param {PlainFactors} factors
   * @param {boolean} [last] Nothing follows, so it need not be fed.
   */
  step(factors, last = false) {
    const { head } = this.model
    const raw = this.read()
    head.sample(this.row, raw, factors, this.random)
    this.logProb = head.logProb(raw, this.row)
    if (!last) this.observe(this.row)
    return this.row
  }
}

/**
 * Continuations of a sequence. One after another: keeping several rows' sums in registers gains nothing in JavaScript
 * (tiles of 2 × 4 and 4 × 2 were tried), as the loop is bound by arithmetic, not by reading weights.
 */
export class PlainFutures {
  /**
   * @param {PlainSequence} from
   * @param {{ count: number, maxSteps: number, seed?: number }} options
   */
  constructor(from, { count, maxSteps, seed = 1 }) {
    const { model } = from
    this.maxSteps = maxSteps
    this.sequences = Array.from({ length: count }, (_, stream) => {
      const sequence = new PlainSequence(model, { seed, stream, from })
      for (const [i, hidden] of from.hidden.entries()) sequence.hidden[i].set(hidden)
      return sequence
    })
    this.points = new Float32Array(count * maxSteps * model.head.dims)
    this.lengths = new Int32Array(count)
    this.logProb = new Float64Array(count)
    this.finished = new Uint8Array(count)
  }

  /**
   * Up to `steps` steps of each.
   *
   * @param {number} steps
   * @param {PlainFactors} factors
   * @returns {boolean} Whether any is still running.
   */
  advance(steps, factors) {
    let running = false
    for (const [i, sequence] of this.sequences.entries()) {
      const { dims } = sequence.model.head
      for (let s = 0; s < steps && this.finished[i] === 0 && this.lengths[i] < this.maxSteps; s += 1) {
        const row = sequence.step(factors, this.lengths[i] === this.maxSteps - 1)
        this.points.set(row, (i * this.maxSteps + this.lengths[i]) * dims)
        this.logProb[i] += sequence.logProb
        this.lengths[i] += 1
        if (sequence.model.head.finished(row)) this.finished[i] = 1
      }
      running ||= this.finished[i] === 0 && this.lengths[i] < this.maxSteps
    }
    return running
  }
}

/**
 * The library's complete(), with its own conversions of strokes.
 *
 * @param {PlainModel} model
 * @param {number[][][]} polylines
 * @param {{ count: number, maxSteps: number, factors: PlainFactors, seed?: number }} options
 */
export async function plainComplete(model, polylines, { count, maxSteps, factors, seed = 1 }) {
  const simplified = polylines.map((polyline) => simplify(polyline, 2))
  const rows = toStroke5(simplified, { scale: model.scale })
  const sequence = new PlainSequence(model, { seed })
  for (let at = 0; at < rows.length; at += 5) sequence.observe(rows, at)
  const futures = new PlainFutures(sequence, { count, maxSteps, seed })
  const breathe = breather(undefined)
  do await breathe()
  while (futures.advance(1, factors))
  const origin = /** @type {number[]} */ (simplified.at(-1)?.at(-1))
  const endings = Array.from(futures.lengths, (steps, index) => {
    const start = index * maxSteps * 5
    const own = futures.points.subarray(start, start + steps * 5)
    return {
      polylines: fromStroke5(own, { scale: model.scale, origin, penUp: true }),
      logProb: futures.logProb[index],
      steps,
    }
  })
  return endings.sort((a, b) => b.logProb / b.steps - a.logProb / a.steps)
}
