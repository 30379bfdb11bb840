/**
 * Drawings as SVG text. The way back, `fromSvg`, is the entry `mixture-density/svg` (svg-read.js).
 *
 * W3C, "Scalable Vector Graphics (SVG) 2"; everything written here is SVG 1.1 too.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { boxOf } from './box.js'
import { readStrokes } from './validate.js'

/** @typedef {import('./validate.js').Polylines} Polylines */

/**
 * How a stroke is drawn.
 *
 * @typedef {object} StrokeStyle
 * @property {string} [stroke] Colour: a name, #hex, or a function such as rgb(…), hsl(…), var(…). Default 'black'.
 * @property {number} [strokeWidth] In the units of the drawing. Default 1/100 of its longer side.
 * @property {number} [opacity] 0 to 1. Default 1.
 * @property {readonly number[]} [dash] Lengths of dashes and gaps, in the units of the drawing.
 */

/**
 * @typedef {object} ToSvgOptions
 * @property {string} [title] Text for the `<title>`: what screen readers say and what a browser shows as a tooltip.
 * @property {number} [margin] Empty space around the drawing in its units, outside the ink. Default 1/20 of its longer side.
 * @property {string} [background] Colour behind the drawing; transparent by default.
 * @property {number} [width] Width in CSS pixels at which the picture is shown; by default it fills its container.
 * @property {number} [height] Likewise.
 * @property {number} [decimals] Digits kept after the decimal point, 0 to 6. Default 2.
 * @property {StrokeStyle} [style] For all strokes.
 * @property {readonly (StrokeStyle | null | undefined)[]} [styles] For single strokes, by position; over `style`.
 */

const OPTIONS = ['title', 'margin', 'background', 'width', 'height', 'decimals', 'style', 'styles']

/**
 * A drawing as a complete SVG document: one `<path>` a stroke, lines only, round caps (so a stroke of a single point
 * shows as a dot), `viewBox` around the ink with a margin, y downwards as in the drawing.
 *
 * All text is escaped, and colours are limited to characters that cannot leave their attribute or load anything, so the
 * result is safe to put into a page whatever the drawing and the title are.
 *
 * @param {Polylines} polylines Strokes without points are skipped; `styles` still counts them.
 * @param {ToSvgOptions} [options]
 * @returns {string}
 */
export function toSvg(polylines, options = {}) {
  requireOptions(options, 'options', OPTIONS)
  const decimals = requireNumber(options.decimals ?? 2, 'decimals', { min: 0, max: 6, integer: true })
  const number = (/** @type {number} */ value) => String(Number(value.toFixed(decimals)) || 0)

  const strokes = readStrokes(polylines)
  const box = boxOf(strokes) ?? { minX: 0, minY: 0, width: 0, height: 0 }
  const side = Math.max(box.width, box.height) || 1
  const common = { stroke: 'black', strokeWidth: side / 100, ...readStyle(options.style, 'style') }
  const styles = strokes.map((_, i) => ({ ...common, ...readStyle(options.styles?.[i], `styles[${i}]`) }))
  const widest = styles.reduce((most, style) => Math.max(most, style.strokeWidth), common.strokeWidth)
  const margin = requireNumber(options.margin ?? side / 20, 'margin', { min: 0, max: 1e6 }) + widest / 2

  const view = [box.minX - margin, box.minY - margin, box.width + 2 * margin, box.height + 2 * margin].map(number)
  const size = ['width', 'height'].flatMap((name) => {
    const value = name === 'width' ? options.width : options.height
    return value === undefined ? [] : [` ${name}="${number(requireNumber(value, name, { min: 0, max: 1e6 }))}"`]
  })
  const role = options.title === undefined ? '' : ' role="img"' // an image needs a name: its title
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view.join(' ')}"${size.join('')}${role} fill="none"` +
      ` stroke="${common.stroke}" stroke-width="${number(common.strokeWidth)}" stroke-linecap="round" stroke-linejoin="round">`,
  ]
  if (options.title !== undefined) lines.push(`<title>${escapeXml(requireText(options.title, 'title'))}</title>`)
  if (options.background !== undefined) {
    const colour = readColour(options.background, 'background')
    // Sizes in per cent mark this as paper, not ink: fromSvg skips it.
    lines.push(`<rect x="${view[0]}" y="${view[1]}" width="100%" height="100%" fill="${colour}" stroke="none"/>`)
  }
  strokes.forEach((flat, i) => {
    if (flat.length > 0)
      lines.push(`<path d="${pathData(flat, number)}"${styleAttributes(styles[i], common, number)}/>`)
  })
  lines.push('</svg>', '')
  return lines.join('\n')
}

/**
 * @param {Float64Array} flat
 * @param {(value: number) => string} number
 */
function pathData(flat, number) {
  const parts = [`M${number(flat[0])} ${number(flat[1])}`]
  if (flat.length === 2) parts.push('h0') // a dot
  for (let i = 2; i < flat.length; i += 2) parts.push(`${i === 2 ? 'L' : ' '}${number(flat[i])} ${number(flat[i + 1])}`)
  return parts.join('')
}

/**
 * The attributes in which a stroke differs from the document's own.
 *
 * @param {StrokeStyle} style
 * @param {StrokeStyle} common
 * @param {(value: number) => string} number
 */
function styleAttributes(style, common, number) {
  let attributes = ''
  if (style.stroke !== common.stroke) attributes += ` stroke="${style.stroke}"`
  if (style.strokeWidth !== common.strokeWidth) attributes += ` stroke-width="${number(style.strokeWidth ?? 0)}"`
  if (style.opacity !== undefined) attributes += ` stroke-opacity="${Number(style.opacity.toFixed(3))}"`
  if (style.dash !== undefined && style.dash.length > 0)
    attributes += ` stroke-dasharray="${style.dash.map(number).join(' ')}"`
  return attributes
}

/**
 * @param {unknown} style
 * @param {string} argument
 * @returns {StrokeStyle} Only what was given, checked.
 */
function readStyle(style, argument) {
  if (style === undefined || style === null) return {}
  requireOptions(style, argument, ['stroke', 'strokeWidth', 'opacity', 'dash'])
  const { stroke, strokeWidth, opacity, dash } = /** @type {StrokeStyle} */ (style)
  /** @type {StrokeStyle} */
  const read = {}
  if (stroke !== undefined) read.stroke = readColour(stroke, `${argument}.stroke`)
  if (strokeWidth !== undefined)
    read.strokeWidth = requireNumber(strokeWidth, `${argument}.strokeWidth`, { min: 0, max: 1e6 })
  if (opacity !== undefined) read.opacity = requireNumber(opacity, `${argument}.opacity`, { min: 0, max: 1 })
  if (dash !== undefined) {
    if (!Array.isArray(dash)) {
      throw mdnError('bad-argument', `${argument}.dash is not an array`, {
        expected: 'lengths in turn',
        received: dash,
      })
    }
    read.dash = dash.map((length, i) => requireNumber(length, `${argument}.dash[${i}]`, { min: 0, max: 1e6 }))
  }
  return read
}

/**
 * @param {unknown} colour
 * @param {string} argument
 */
function readColour(colour, argument) {
  const text = requireText(colour, argument)
  if (!/^[\w#%.,/() -]{1,100}$/.test(text) || /url/i.test(text)) {
    throw mdnError('bad-value', `${argument} is not a colour`, {
      argument,
      expected: 'a colour name, #hex, or a function such as rgb(1 2 3), hsl(…) or var(--ink)',
      received: colour,
    })
  }
  return text
}

/**
 * @param {unknown} text
 * @param {string} argument
 */
function requireText(text, argument) {
  if (typeof text !== 'string') {
    throw mdnError('bad-argument', `${argument} is not a text`, { argument, expected: 'a string', received: text })
  }
  return text
}

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** @param {string} text */
function escapeXml(text) {
  // Characters that XML 1.0 (§2.2) does not allow even as entities, lone surrogates among them, are replaced.
  const legal = text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
  return legal.replace(/[&<>"']/g, (character) => ENTITIES[character])
}
