/**
 * The basic shapes of SVG 2, chapter 10, as drawing commands; each starts where and runs as the standard says.
 *
 * @module
 */

import { drawArc } from './svg-path.js'
import { Scanner } from './svg-scanner.js'

/** @typedef {import('./svg-ink.js').Ink} Ink */

/** Attributes that give sizes: in per cent they mean a part of the page, and the shape is left out. */
const SIZES = ['x', 'y', 'width', 'height', 'rx', 'ry', 'cx', 'cy', 'r', 'x1', 'y1', 'x2', 'y2']

/**
 * Draws a shape; any other element draws nothing. A SyntaxError says what is wrong with an attribute.
 *
 * @param {Ink} ink
 * @param {string} name
 * @param {ReadonlyMap<string, string>} attributes
 */
export function drawShape(ink, name, attributes) {
  const draw = SHAPES.get(name)
  if (draw === undefined || SIZES.some((size) => attributes.get(size)?.trimEnd().endsWith('%'))) return
  draw(ink, attributes)
}

/** @type {ReadonlyMap<string, (ink: Ink, attributes: ReadonlyMap<string, string>) => void>} */
const SHAPES = new Map([
  ['line', line],
  ['polyline', (ink, attributes) => points(ink, attributes, false)],
  ['polygon', (ink, attributes) => points(ink, attributes, true)],
  ['rect', rectangle],
  ['circle', (ink, attributes) => ellipse(ink, attributes, length(attributes, 'r'), length(attributes, 'r'))],
  ['ellipse', (ink, attributes) => ellipse(ink, attributes, ...radii(attributes))],
])

/**
 * @param {Ink} ink
 * @param {ReadonlyMap<string, string>} attributes
 */
function line(ink, attributes) {
  ink.moveTo(length(attributes, 'x1'), length(attributes, 'y1'))
  ink.lineTo(length(attributes, 'x2'), length(attributes, 'y2'))
}

/**
 * @param {Ink} ink
 * @param {ReadonlyMap<string, string>} attributes
 * @param {boolean} isClosed
 */
function points(ink, attributes, isClosed) {
  const scanner = new Scanner(attributes.get('points') ?? '', 'points')
  let isFirst = true
  while (scanner.atNumber()) {
    const [x, y] = [scanner.number(), scanner.number()]
    if (isFirst) ink.moveTo(x, y)
    ink.lineTo(x, y)
    isFirst = false
  }
  if (!scanner.done) throw scanner.error('a number is missing')
  if (isClosed && !isFirst) ink.close()
}

/**
 * @param {Ink} ink
 * @param {ReadonlyMap<string, string>} attributes
 */
function rectangle(ink, attributes) {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) => length(attributes, name))
  if (!(width > 0 && height > 0)) return
  const [radiusX, radiusY] = radii(attributes)
  const [rx, ry] = [Math.min(radiusX, width / 2), Math.min(radiusY, height / 2)]
  const [right, bottom] = [x + width, y + height]
  const isRound = rx > 0 && ry > 0
  /** @type {(x0: number, y0: number, x1: number, y1: number) => void} */
  const corner = (x0, y0, x1, y1) => {
    if (isRound) drawArc(ink, x0, y0, [rx, ry, 0, 0, 1], x1, y1)
  }
  const [insetX, insetY] = isRound ? [rx, ry] : [0, 0]
  ink.moveTo(x + insetX, y)
  ink.lineTo(right - insetX, y)
  corner(right - insetX, y, right, y + insetY)
  ink.lineTo(right, bottom - insetY)
  corner(right, bottom - insetY, right - insetX, bottom)
  ink.lineTo(x + insetX, bottom)
  corner(x + insetX, bottom, x, bottom - insetY)
  ink.lineTo(x, y + insetY)
  corner(x, y + insetY, x + insetX, y)
  ink.close()
}

/**
 * @param {Ink} ink
 * @param {ReadonlyMap<string, string>} attributes
 * @param {number} rx
 * @param {number} ry
 */
function ellipse(ink, attributes, rx, ry) {
  if (!(rx > 0 && ry > 0)) return
  const [cx, cy] = [length(attributes, 'cx'), length(attributes, 'cy')]
  ink.moveTo(cx + rx, cy)
  ink.arcTo([cx, cy], [rx, 0], [0, ry], 0, 2 * Math.PI, cx + rx, cy)
  ink.close()
}

/**
 * rx and ry: one that is missing equals the other; negative ones count as missing.
 *
 * @param {ReadonlyMap<string, string>} attributes
 * @returns {[number, number]}
 */
function radii(attributes) {
  const [rx, ry] = ['rx', 'ry'].map((name) => {
    const value = attributes.get(name)?.trim()
    const radius = value === undefined || value === 'auto' ? -1 : length(attributes, name)
    return radius < 0 ? undefined : radius
  })
  return [rx ?? ry ?? 0, ry ?? rx ?? 0]
}

/**
 * @param {ReadonlyMap<string, string>} attributes
 * @param {string} name
 * @returns {number} In user units; 0 if it is not given.
 */
function length(attributes, name) {
  const text = attributes.get(name)
  if (text === undefined) return 0
  const scanner = new Scanner(text, name)
  const value = scanner.number()
  const unit = scanner.word()
  scanner.skipSpace()
  if ((unit !== '' && unit !== 'px') || !scanner.done)
    throw scanner.error('a number without a unit, or in px, is expected')
  return value
}
