/**
 * A drawing and its endings as one picture: the given strokes in ink, the endings in the colour of the model, first all
 * over each other, then each by itself, best first.
 *
 * @module
 */

import { boundingBox } from '../strokes/index.js'
import { counted, plain } from './text.js'

/** @typedef {import('../strokes/validate.js').Point} Point */
/** @typedef {Point[][]} Polylines */
/** @typedef {{ minX: number, minY: number, maxX: number, maxY: number }} Box */
/** @typedef {{ x: number, y: number, width: number, height: number }} Card */
/** @typedef {{ scale: number, left: number, top: number }} Place From units of the drawing to pixels of a card. */

const PAPER = '#faf8f3'
const CARD = '#fffefb'
const HAIRLINE = '#e7e2d8'
const INK = '#1f1c19'
const QUIET = '#6f6860'
const MODEL = '#4a3fb8'

const CELL = 180 // side of a small card, px
const LARGE_CELL = 376 // of a single one
const GAP = 16
const MARGIN = 28
const HEADER = 64
const CAPTION = 22
const PADDING = 0.08 // empty part of a card on each side

/**
 * All cards have one scale, so that the given strokes have one size; but an ending that makes the drawing this much larger
 * than the middle one does is shown smaller by itself, not to shrink all the others.
 */
const OUTLIER = 1.5

/**
 * @param {import('./continue.js').Result} result
 * @returns {string} SVG
 */
export function sheet({ model, class: className, seed, temperature, scale, given, endings }) {
  const boxes = endings.map(({ polylines }) => boxOf([...given, ...polylines]))
  const usual = withoutOutliers(boxes)
  const side = Math.max(...usual.map(sideOf))
  const isOverlaid = given.length > 0 && endings.length > 1
  const { columns, rows, cells, cell } = arrange(endings.length, isOverlaid)
  const width = 2 * MARGIN + columns * (cell + GAP) - GAP
  const height = MARGIN + HEADER + rows * (cell + CAPTION + GAP) - GAP + MARGIN

  const body = []
  if (isOverlaid) {
    const card = { x: MARGIN, y: MARGIN + HEADER, width: 2 * cell + GAP, height: 2 * cell + GAP + CAPTION }
    const place = placeOf(card, usual.reduce(union))
    const ghosts = endings.map(({ polylines }, rank) =>
      path(polylines, place, strokeOf(MODEL, 1.5, 0.85 - (0.6 * rank) / endings.length)),
    )
    body.push(cardOf(card, [...ghosts.reverse(), path(given, place, strokeOf(INK, 3.2))]))
  }
  endings.forEach((ending, rank) => {
    const [column, row] = cells[rank]
    const card = {
      x: MARGIN + column * (cell + GAP),
      y: MARGIN + HEADER + row * (cell + CAPTION + GAP),
      width: cell,
      height: cell,
    }
    const place = placeOf(card, boxes[rank], side)
    const weight = cell > CELL ? 1.5 : 1
    body.push(
      cardOf(card, [
        path(ending.polylines, place, strokeOf(MODEL, 1.7 * weight)),
        path(given, place, strokeOf(INK, 2.1 * weight)),
      ]),
      label(card.x + 2, card.y + cell + 15, lengthOf(ending), 11, QUIET),
      label(card.x + cell - 2, card.y + cell + 15, natsOf(ending, scale), 11, QUIET, 'end'),
    )
  })

  const title = `${model}${className === null || className === model ? '' : `: ${className}`}`
  const facts = [
    counted(endings.length, 'ending'),
    `seed ${seed}`,
    ...(temperature === null ? [] : [`temperature ${temperature}`]),
  ]
  const what =
    given.length > 0 ? 'given strokes in black, endings in violet, best first' : 'drawn from nothing, best first'
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"` +
      ` fill="none" stroke-linecap="round" stroke-linejoin="round" font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">`,
    `<title>${escapeXml(`${title}, ${facts.join(', ')}: ${what}`)}</title>`,
    `<rect width="100%" height="100%" fill="${PAPER}"/>`,
    label(MARGIN, MARGIN + 20, title, 22, INK),
    label(MARGIN, MARGIN + 42, facts.join('  ·  '), 12, QUIET),
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

/**
 * Columns and rows of small cards, and where each stands; the overlay takes a square of two by two at the upper left.
 *
 * @param {number} count
 * @param {boolean} isOverlaid
 */
function arrange(count, isOverlaid) {
  if (count === 1) return { columns: 1, rows: 1, cells: [[0, 0]], cell: LARGE_CELL }
  const total = count + (isOverlaid ? 4 : 0)
  const fewest = isOverlaid ? 3 : 1
  // As wide as one and a half times as high, then the width, of those near it, that leaves the fewest cells empty.
  const wanted = Math.max(fewest, Math.round(Math.sqrt(1.5 * total)))
  const widths = [wanted, wanted + 1, wanted - 1].filter((columns) => columns >= fewest)
  const empty = (/** @type {number} */ columns) => (columns - (total % columns)) % columns
  const columns = Math.min(
    count + (isOverlaid ? 2 : 0),
    widths.reduce((best, next) => (empty(next) < empty(best) ? next : best)),
  )
  /** @type {[number, number][]} */
  const cells = []
  let rows = isOverlaid ? 2 : 1
  for (let i = 0; cells.length < count; ++i) {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    if (isOverlaid && column < 2 && row < 2) continue
    cells.push([column, row])
    rows = Math.max(rows, row + 1)
  }
  return { columns, rows, cells, cell: CELL }
}

/**
 * @param {Polylines} polylines
 * @returns {Box}
 */
function boxOf(polylines) {
  const limited = polylines.map((polyline) => polyline.map(([x, y]) => /** @type {Point} */ ([limit(x), limit(y)])))
  return boundingBox(limited) ?? { minX: 0, minY: 0, maxX: 1, maxY: 1 }
}

/** @param {number} value Anything a model may invent, brought into the range that boundingBox accepts. */
function limit(value) {
  return Math.max(-1e6, Math.min(1e6, value))
}

/** @param {Box} box */
function sideOf({ minX, minY, maxX, maxY }) {
  return Math.max(maxX - minX, maxY - minY)
}

/**
 * Those that are not much larger than the middle one: they set the scale of all cards.
 *
 * @param {Box[]} boxes
 */
function withoutOutliers(boxes) {
  const sides = boxes.map(sideOf).sort((a, b) => a - b)
  const most = OUTLIER * sides[Math.floor((sides.length - 1) / 2)]
  return boxes.filter((box) => sideOf(box) <= most)
}

/**
 * @param {Box} a
 * @param {Box} b
 * @returns {Box}
 */
function union(a, b) {
  return {
    minX: Math.min(a.minX, b.minX),
    minY: Math.min(a.minY, b.minY),
    maxX: Math.max(a.maxX, b.maxX),
    maxY: Math.max(a.maxY, b.maxY),
  }
}

/**
 * The box in the middle of a card, with a margin.
 *
 * @param {Card} card
 * @param {Box} box
 * @param {number} [side] What the card is wide, in units of the drawing, if the box is no larger.
 * @returns {Place}
 */
function placeOf({ width, height }, box, side = 0) {
  const scale = ((1 - 2 * PADDING) * width) / (Math.max(side, sideOf(box)) || 1)
  const left = width / 2 - (scale * (box.minX + box.maxX)) / 2
  const top = height / 2 - (scale * (box.minY + box.maxY)) / 2
  return { scale, left, top }
}

/**
 * @param {Card} card
 * @param {string[]} content
 */
function cardOf({ x, y, width, height }, content) {
  const frame = `x="${x}" y="${y}" width="${width}" height="${height}"`
  return [
    `<rect ${frame} rx="8" fill="${CARD}" stroke="${HAIRLINE}"/>`,
    `<svg ${frame}>`, // cuts off what leaves the card
    ...content.filter(Boolean),
    '</svg>',
  ].join('\n')
}

/**
 * All strokes as one path.
 *
 * @param {Polylines} polylines
 * @param {Place} place
 * @param {string} attributes
 */
function path(polylines, { scale, left, top }, attributes) {
  const point = (/** @type {Point} */ [x, y]) => `${round(limit(x) * scale + left)} ${round(limit(y) * scale + top)}`
  const data = polylines.map(
    ([first, ...rest]) => `M${point(first)}${rest.length === 0 ? 'h0' : `L${rest.map(point).join(' ')}`}`,
  )
  return data.length === 0 ? '' : `<path d="${data.join('')}" ${attributes}/>`
}

/** @param {number} value */
function round(value) {
  return Number(value.toFixed(1)) || 0
}

/**
 * @param {string} colour
 * @param {number} width
 * @param {number} [opacity]
 */
function strokeOf(colour, width, opacity = 1) {
  return `stroke="${colour}" stroke-width="${width}"${opacity === 1 ? '' : ` stroke-opacity="${opacity.toFixed(2)}"`}`
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {number} size
 * @param {string} colour
 * @param {'start' | 'end'} [anchor]
 */
function label(x, y, text, size, colour, anchor = 'start') {
  const side = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}"${side}>${escapeXml(text)}</text>`
}

/** @param {import('../complete.js').Ending} ending */
function lengthOf({ steps, finished }) {
  return `${steps} pt${finished ? '' : ', cut off'}`
}

/**
 * How likely an ending is: nats per point in the units of the model's data, as `score` gives them.
 *
 * @param {import('../complete.js').Ending} ending
 * @param {number} scale
 */
function natsOf({ steps, logProb }, scale) {
  return `${(2 * Math.log(scale) - logProb / steps).toFixed(2)} nats/pt`
}

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** @param {string} text */
function escapeXml(text) {
  return plain(text).replace(/[&<>"]/g, (character) => ENTITIES[character])
}
