// Draws the picture of README.md:   node web/readme/picture.js > web/readme/picture.svg
//
// A stroke, the mixture of its next point, and futures that are sampled from such mixtures step by step. The mixture is
// written down by hand in place of a trained network: five ways to turn, the likeliest being to go on as before.

import { Mixture, Random, ready } from '../../js/index.js'

const PAPER = '#fbfaf6'
const INK = '#1d1b18'
const QUIET = '#66615a'
const HAIRLINE = '#dfdbd2'
const MODEL = '#4a3aa7'

const STROKE = '15,19 11,10 12,0 18,-8 27,-12 36,-9 41,-1 41,9 37,18 35,28 39,37 48,40 57,37 64,30'
  .split(' ')
  .map((point) => point.split(',').map(Number))
const STEP = 10 // length of a step
const TURNS = [-0.5, -0.24, 0, 0.24, 0.5] // tangents of half the angles
const WEIGHTS = [0.06, 0.2, 0.48, 0.2, 0.06]
const ALONG = 1.5 // standard deviations along and across the step
const ACROSS = 0.8
const [FUTURES, STEPS, SAMPLES] = [32, 9, 300]

await ready()

/** The mixture of the next offset, given the last two: on average it turns half as much as before. */
function next([ax, ay], [bx, by]) {
  const last = (ax * by - ay * bx) / (length(ax, ay) * length(bx, by) + ax * bx + ay * by) // tangent of half the turn
  const [hx, hy] = [bx / length(bx, by), by / length(bx, by)]
  const means = []
  const scales = []
  const correlations = []
  for (const turn of TURNS) {
    const t = turn + 0.5 * last
    const [c, s] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)]
    const [x, y] = [hx * c - hy * s, hx * s + hy * c]
    means.push(STEP * x, STEP * y)
    const sx = Math.sqrt((ALONG * x) ** 2 + (ACROSS * y) ** 2)
    const sy = Math.sqrt((ALONG * y) ** 2 + (ACROSS * x) ** 2)
    scales.push(sx, sy)
    correlations.push((x * y * (ALONG ** 2 - ACROSS ** 2)) / (sx * sy))
  }
  return Mixture.correlated({ weights: WEIGHTS, means, scales, correlations })
}

function length(x, y) {
  return Math.sqrt(x * x + y * y)
}

/** One future of the stroke: a point a step. */
function future(random) {
  const points = STROKE.slice(-3)
  for (let i = 0; i < STEPS; i += 1) {
    const [[ax, ay], [bx, by], [cx, cy]] = points.slice(-3)
    const [dx, dy] = next([bx - ax, by - ay], [cx - bx, cy - by]).sample({ random })
    points.push([cx + dx, cy + dy])
  }
  return points.slice(2)
}

const number = (value) => String(Number(value.toFixed(1)) || 0)

/** A smooth line: from middle to middle, the points themselves pull it. */
function path(points, attributes) {
  const [first, ...rest] = points.map((point) => point.map(number).join(' '))
  const middles = points
    .slice(1)
    .map(([x, y], i) => `${number((points[i][0] + x) / 2)} ${number((points[i][1] + y) / 2)}`)
  const bends = rest.map((point, i) => (i === rest.length - 1 ? `L${point}` : `Q${point} ${middles[i + 1]}`))
  return `<path d="M${first}L${middles[0]}${bends.join('')}" ${attributes}/>`
}

const text = (x, y, words) => `<text x="${x}" y="${y}" font-size="13" fill="${QUIET}" stroke="none">${words}</text>`

/** The ellipses of a mixture at 1 and 2 standard deviations around `pen`, the more opaque the more weight. */
function ellipses(mixture, [px, py]) {
  const { weights, means, scaleTril } = mixture
  return Array.from(weights, (weight, k) => {
    // The unit circle through the lower triangle.
    const [a, , b, c] = scaleTril.subarray(4 * k, 4 * k + 4)
    const place = [a, b, 0, c, px + means[2 * k], py + means[2 * k + 1]].map((value) => Number(value.toFixed(3)))
    const circles = [2, 1].map((r) => `<circle r="${r}" fill="${MODEL}" fill-opacity="${(0.7 * weight).toFixed(3)}"/>`)
    return `<g transform="matrix(${place.join(' ')})" stroke="none">${circles.join('')}</g>`
  })
}

function picture() {
  const pen = STROKE[STROKE.length - 1]
  const [[ax, ay], [bx, by]] = STROKE.slice(-3)
  const mixture = next([bx - ax, by - ay], [pen[0] - bx, pen[1] - by])
  const samples = mixture.sample({ random: new Random(7), n: SAMPLES })
  const dots = Array.from({ length: SAMPLES }, (_, i) => {
    const place = [pen[0] + samples[2 * i], pen[1] + samples[2 * i + 1]].map((value) => value.toFixed(2))
    return `M${place.join(' ')}h0`
  })
  const futures = Array.from({ length: FUTURES }, (_, stream) => future(new Random(7, { stream })))
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 300" width="760" height="300" fill="none" role="img"' +
      ' aria-labelledby="title" stroke-linecap="round" stroke-linejoin="round" font-family="system-ui, sans-serif">',
    '<title id="title">Left: the end of a stroke and the mixture of its next point, five ellipses among 300 samples. Right: the whole' +
      ' stroke in black and 32 futures in violet, which fan out from its end.</title>',
    `<rect width="760" height="300" rx="12" fill="${PAPER}"/>`,
    `<path d="M300.5 24V276" stroke="${HAIRLINE}"/>`,
    '<clipPath id="left"><path d="M0 0H300V262H0Z"/></clipPath><clipPath id="right"><path d="M301 0H760V262H301Z"/></clipPath>',
    '<g clip-path="url(#left)"><g transform="translate(-622 -148) scale(11)">',
    ...ellipses(mixture, pen),
    `<path d="${dots.join('')}" stroke="${MODEL}" stroke-width="0.26" stroke-opacity="0.6"/>`,
    path(STROKE, `stroke="${INK}" stroke-width="0.55"`),
    '</g></g>',
    '<g clip-path="url(#right)"><g transform="translate(325 112) scale(2.6)">',
    ...futures.map((points) => path(points, `stroke="${MODEL}" stroke-width="0.45" stroke-opacity="0.5"`)),
    path(STROKE, `stroke="${INK}" stroke-width="1.5"`),
    '</g></g>',
    text(24, 282, 'the mixture of the next point'),
    text(325, 282, `${FUTURES} futures, sampled step by step`),
    '</svg>',
    '',
  ].join('\n')
}

process.stdout.write(picture())
