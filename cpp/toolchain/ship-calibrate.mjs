// Pen states that come as often as in real drawings.
//
// Training merges points away now and then (augmentation), so the network has seen drawings that are shorter than real
// ones, and ends its own too early. Three numbers mend that: the biases of the pen logits, shifted so that the
// log-likelihood of the pen states of the validation drawings is greatest (a convex problem: Newton's method).
import { readDescription } from '../../js/description.js'
import { readFloats, tensorOf, writeSafetensors } from '../../js/safetensors.js'

const STATES = 3
const NEWTON_STEPS = 8

/**
 * The shift of the pen logits (the end's is what is left over: they sum to 0).
 *
 * @param model The network as trained.
 * @param {{ rows: Float32Array, className: string }[]} drawings Real ones, that it was not trained on.
 * @returns {number[]}
 */
export function fitPen(model, drawings) {
  const steps = drawings.flatMap((drawing) => penSteps(model, drawing))
  let shift = [0, 0, 0]
  for (let n = 0; n < NEWTON_STEPS; n += 1) {
    // Softmax regression on a bias alone; the third logit stays, so two unknowns.
    const [gradient, hessian] = [
      [0, 0],
      [0, 0, 0],
    ]
    for (const { logProbs, state } of steps) {
      const weights = logProbs.map((value, k) => Math.exp(value + shift[k]))
      const total = weights[0] + weights[1] + weights[2]
      const [p, q] = [weights[0] / total, weights[1] / total]
      gradient[0] += (state === 0 ? 1 : 0) - p
      gradient[1] += (state === 1 ? 1 : 0) - q
      hessian[0] += p * (1 - p)
      hessian[1] -= p * q
      hessian[2] += q * (1 - q)
    }
    const [a, b, c] = hessian
    const determinant = a * c - b * b
    shift = [
      shift[0] + (c * gradient[0] - b * gradient[1]) / determinant,
      shift[1] + (a * gradient[1] - b * gradient[0]) / determinant,
      0,
    ]
  }
  const mean = (shift[0] + shift[1]) / STATES
  return shift.map((value) => value - mean)
}

/** For each step of a drawing, its end included: the log-probabilities of the pen states, and the true one. */
function penSteps(model, { rows, className }) {
  const points = rows.length / 3
  const states = Array.from({ length: points + 1 }, (_, i) => (i === points ? 2 : rows[3 * i + 2]))
  const fed = new Float32Array(5 * states.length)
  const targets = new Float32Array(STATES * fed.length)
  for (const [i, state] of states.entries()) {
    if (i < points) fed.set([rows[3 * i] / model.scale, rows[3 * i + 1] / model.scale], 5 * i)
    fed[5 * i + 2 + state] = 1
    for (let k = 0; k < STATES; k += 1) targets[k * fed.length + 5 * i + 2 + k] = 1
  }
  const session = model.start({ class: className, seed: 0 })
  const parts = session.observe(fed, { logProb: 'parts', targets })
  session.dispose()
  return states.map((state, i) => ({
    state,
    logProbs: [0, 1, 2].map((k) => parts[2 * (k * states.length + i) + 1]),
  }))
}

/**
 * The model file with its pen logits shifted and its description changed; its self-test, of the biases as they were, is
 * dropped.
 *
 * @param {Uint8Array} bytes
 * @param {{ shift: number[], changes: Record<string, unknown> }} what
 */
export function rewriteModel(bytes, { shift, changes }) {
  const { description, tensors } = readDescription(bytes)
  const bias = readFloats(tensors, 'output/bias')
  for (const [k, value] of shift.entries()) bias[k] += value
  const { selfTest: _, ...rest } = { ...description, ...changes }
  return writeSafetensors({
    metadata: { 'mixture-density': JSON.stringify(rest) },
    tensors: new Map([...tensors, ['output/bias', tensorOf(bias, [bias.length])]]),
  })
}
