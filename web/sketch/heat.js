// The density of the next point as warmth on the paper: one hue, the stronger the likelier.

const CELL = 10 // px
const FAINTEST = 0.01 // weights below are left out
const STRONGEST = 150 // opacity of the likeliest place, of 255

const canvas = document.createElement('canvas')
const heat = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('./seeing.js').Expectation} expectation
 * @param {string} colour
 * @param {import('../shared/paper.js').Paper} paper
 */
export function drawHeat(context, expectation, colour, paper) {
  const [width, height] = [Math.ceil(paper.width / CELL), Math.ceil(paper.height / CELL)]
  if (width === 0 || height === 0) return
  canvas.width = width
  canvas.height = height
  const image = heat.createImageData(width, height)
  const density = densities(expectation, paper, width, height)
  const most = density.reduce((a, b) => Math.max(a, b), 0)
  // The square root is about how the eye sees it, and keeps the unlikely in sight.
  density.forEach((value, i) => {
    image.data[4 * i + 3] = most > 0 ? STRONGEST * Math.sqrt(value / most) : 0
  })
  heat.putImageData(image, 0, 0)
  heat.globalCompositeOperation = 'source-in'
  heat.fillStyle = colour
  heat.fillRect(0, 0, width, height)
  context.save()
  context.setTransform(paper.ratio * CELL, 0, 0, paper.ratio * CELL, 0, 0)
  context.drawImage(canvas, 0, 0)
  context.restore()
}

/**
 * The density in the middle of each cell, but for a constant.
 *
 * @param {import('./seeing.js').Expectation} expectation
 * @param {import('../shared/paper.js').Paper} paper
 * @param {number} width
 * @param {number} height
 */
function densities({ pen, weights, means, scaleTril }, paper, width, height) {
  const out = new Float32Array(width * height)
  const [left, top] = paper.toUnits(CELL / 2, CELL / 2)
  const step = CELL / paper.scale
  for (let k = 0; k < weights.length; k += 1) {
    if (weights[k] < FAINTEST) continue
    const [mx, my] = [pen[0] + means[2 * k], pen[1] + means[2 * k + 1]]
    const [a, b, c] = [scaleTril[4 * k], scaleTril[4 * k + 2], scaleTril[4 * k + 3]]
    const factor = weights[k] / (a * c)
    for (let row = 0; row < height; row += 1) {
      const y = top + row * step - my
      for (let column = 0; column < width; column += 1) {
        // Through the inverse of the lower triangle: u and v are standard normal.
        const u = (left + column * step - mx) / a
        const v = (y - b * u) / c
        const square = u * u + v * v
        if (square < 18) out[row * width + column] += factor * Math.exp(-square / 2)
      }
    }
  }
  return out
}
