// That both sides of a comparison do the same work: the peer's outputs against the engine's, before anything is timed.

import { seededRandom } from '../mutants.js'
import { PlainSequence } from './plain-js.js'

const ROWS = 40
const GREEDY = { weights: 0, scales: 0, pen: 0 }

/**
 * Raw outputs over a few dozen rows, then rows and log-probabilities at temperature 0, where nothing is random.
 *
 * @param {import('../../js/model.js').Model} model
 * @param {import('./plain-js.js').PlainModel} plain
 * @param {number} tolerance × max(1, |value|)
 * @returns {number} The largest difference found, ÷ max(1, |value|).
 */
export function checkPeer(model, plain, tolerance) {
  const random = seededRandom(3)
  const session = model.start({ seed: 1 })
  const sequence = new PlainSequence(plain)
  let largest = 0
  const compare = (what, actual, expected) => {
    for (const [i, value] of expected.entries()) {
      const difference = Math.abs(actual[i] - value) / Math.max(1, Math.abs(value))
      if (!(difference <= tolerance)) throw new Error(`plain JavaScript, ${what}[${i}]: ${actual[i]}, not ${value}`)
      largest = Math.max(largest, difference)
    }
  }
  for (let r = 0; r < ROWS; r += 1) {
    const row = Array.from({ length: model.inputs }, (_, i) => (i < 2 ? 2 * random() - 1 : Number(i === 2 + (r % 2))))
    session.observe(row)
    sequence.observe(row)
    compare(`row ${r}, outputs`, sequence.read(), session.raw())
  }
  for (let r = 0; r < ROWS; r += 1) {
    const row = session.step({ temperature: { rule: 'greedy' } })
    const own = sequence.step(GREEDY)
    compare(`greedy row ${r}`, own, row)
    compare(`greedy row ${r}, nats`, [sequence.logProb], [session.logProb])
  }
  session.dispose()
  return largest
}
