// What the model expects, made visible: the mixture of the next point as ellipses at 1σ and 2σ, the more opaque the more
// weight; and how much each point of the drawing surprised it, as a glow under the line.

const FAINTEST = 0.004 // weights below are left out
const FILL = 0.3 // opacity of a component that has all the weight, so that lines stay readable through it
const SURPRISED = 6 // nats from which the glow is widest
const GLOW = [2, 20] // px, of no surprise and of the most
const NEAR = 14 // px

/**
 * @typedef {object} Expectation Paper units.
 * @property {readonly number[]} pen Where the pen is.
 * @property {Float32Array} weights [K]
 * @property {Float32Array} means [K, 2] from the pen.
 * @property {Float32Array} scaleTril [K, 2, 2]
 * @property {Float32Array} states Probabilities of pen down, pen up and the end.
 */

/** @typedef {{ from: readonly number[], to: readonly number[], nats: number }} Surprise −log p of a point, and the way to it. */

/**
 * @param {CanvasRenderingContext2D} context In paper units.
 * @param {Expectation} expectation
 * @param {string} colour
 * @param {number} pixel
 */
export function drawExpectation(context, { pen, weights, means, scaleTril }, colour, pixel) {
  context.fillStyle = colour
  context.strokeStyle = colour
  context.lineWidth = pixel
  const order = [...weights.keys()].filter((k) => weights[k] > FAINTEST).sort((a, b) => weights[a] - weights[b])
  for (const k of order) {
    for (const sigmas of [2, 1]) {
      context.save()
      // The unit circle through the lower triangle.
      context.transform(
        scaleTril[4 * k],
        scaleTril[4 * k + 2],
        0,
        scaleTril[4 * k + 3],
        pen[0] + means[2 * k],
        pen[1] + means[2 * k + 1],
      )
      context.beginPath()
      context.arc(0, 0, sigmas, 0, 2 * Math.PI)
      context.restore()
      context.globalAlpha = FILL * weights[k]
      context.fill()
      context.globalAlpha = Math.min(1, 0.1 + weights[k])
      context.stroke()
    }
  }
  context.globalAlpha = 1
}

/**
 * @param {CanvasRenderingContext2D} context In paper units.
 * @param {readonly Surprise[]} surprises
 * @param {string} colour
 * @param {number} pixel
 */
export function drawSurprises(context, surprises, colour, pixel) {
  context.strokeStyle = colour
  for (const { from, to, nats } of surprises) {
    const share = Math.max(0, Math.min(1, nats / SURPRISED))
    context.globalAlpha = 0.12 + 0.33 * share
    context.lineWidth = (GLOW[0] + share * (GLOW[1] - GLOW[0])) * pixel
    context.beginPath()
    context.moveTo(from[0], from[1])
    context.lineTo(to[0], to[1])
    context.stroke()
  }
  context.globalAlpha = 1
}

/**
 * A number beside a point.
 *
 * @param {import('../shared/paper.js').Paper} paper
 * @param {CanvasRenderingContext2D} context
 * @param {Surprise} surprise
 * @param {string} words
 * @param {{ paper: string, accent: string }} colours
 */
export function drawNote(paper, context, { to }, words, colours) {
  const [x, y] = paper.toPixels(to[0], to[1])
  context.save()
  context.setTransform(paper.ratio, 0, 0, paper.ratio, 0, 0)
  context.font = '600 13px system-ui, sans-serif'
  context.textBaseline = 'middle'
  context.lineWidth = 5
  context.strokeStyle = colours.paper
  context.fillStyle = colours.accent
  const { width } = context.measureText(words)
  const left = Math.max(8, Math.min(x + 14, paper.width - width - 8))
  context.strokeText(words, left, y - 14)
  context.fillText(words, left, y - 14)
  context.beginPath()
  context.arc(x, y, 4, 0, 2 * Math.PI)
  context.stroke()
  context.fill()
  context.restore()
}

/** The most surprising point. @param {readonly Surprise[]} surprises */
export const greatest = (surprises) => surprises.reduce((most, each) => (each.nats > most.nats ? each : most))

/**
 * The point at a place of the paper.
 *
 * @param {readonly Surprise[]} surprises
 * @param {readonly number[]} place Paper units.
 * @param {number} pixel
 */
export function surpriseAt(surprises, [x, y], pixel) {
  const distance = (/** @type {Surprise} */ { to }) => Math.hypot(to[0] - x, to[1] - y)
  const near = surprises.filter((each) => distance(each) < NEAR * pixel)
  return near.length === 0 ? undefined : near.reduce((a, b) => (distance(b) < distance(a) ? b : a))
}
