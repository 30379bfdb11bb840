/**
 * SVG text → polylines, without a DOM: works in pages, workers and Node alike, and runs nothing that the file contains.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { IDENTITY, Ink, multiply } from './svg-ink.js'
import { drawPath } from './svg-path.js'
import { drawShape } from './svg-shapes.js'
import { readTransform } from './svg-transform.js'
import { readTags } from './svg-xml.js'

/** @typedef {import('./validate.js').Point} Point */
/** @typedef {import('./svg-ink.js').Matrix} Matrix */

const LONGEST_TEXT = 64 * 2 ** 20
const DEEPEST_NESTING = 256
const MOST_POINTS = 1_000_000

/** Elements whose content is not drawn where it stands, or is no drawing at all. */
// biome-ignore format: a list of names
const NOT_DRAWN = new Set([
  'defs', 'symbol', 'clipPath', 'mask', 'pattern', 'marker', 'linearGradient', 'radialGradient', 'filter',
  'metadata', 'style', 'script', 'title', 'desc', 'text', 'foreignObject', 'image',
])

/**
 * The lines of an SVG document as polylines, in the units of the outermost `viewBox`, in document order, one a subpath.
 *
 * Read: `path` (all commands, absolute and relative), `polyline`, `polygon`, `line`, `rect`, `circle`, `ellipse`; `g`,
 * `a`, `svg` and `switch` nested at will; the `transform` attribute. Curves and arcs become chords that stay within
 * `tolerance` of them; closed shapes repeat their first point at the end; equal points in a row become one.
 *
 * Not read: style sheets, `use`, text, images, what is inside `defs` and the like, the `viewBox` of inner `svg`s, and
 * shapes sized in per cent (a background). Elements with `display="none"` are skipped; filled shapes give their outline.
 *
 * Errors: 'bad-file' with the line number where the text is not well-formed or a path breaks off; 'bad-value' for
 * coordinates beyond ±1e6; 'too-large' beyond 64 Mi characters, 256 nested elements or a million points.
 *
 * @param {string} text
 * @param {{ tolerance?: number }} [options] `tolerance` in the units of the result; default 1/1000 of the longer side
 *   of the `viewBox` (or of `width` × `height`), or 0.1 if the file says neither.
 * @returns {Point[][]}
 */
export function fromSvg(text, options) {
  requireOptions(options, 'options', ['tolerance'])
  if (typeof text !== 'string') {
    throw mdnError('bad-argument', 'text is not a string', {
      argument: 'text',
      expected: 'the text of an SVG file',
      received: text,
    })
  }
  if (text.length > LONGEST_TEXT) {
    throw mdnError('too-large', 'The SVG text is too long', {
      argument: 'text',
      expected: `at most ${LONGEST_TEXT} characters`,
      received: text.length,
    })
  }
  const tolerance =
    options?.tolerance === undefined
      ? undefined
      : requireNumber(options.tolerance, 'tolerance', { min: 1e-6, max: 1e6 })

  /** @type {Ink | undefined} Exists from the outermost <svg> on. */
  let ink
  /** @type {{ name: string, matrix: Matrix, hidden: boolean }[]} */
  const open = []
  for (const tag of readTags(text)) {
    if (tag.kind === 'close') {
      const element = open.pop()
      if (element?.name !== tag.name) throw tag.error(`</${tag.name}> closes nothing`)
      continue
    }
    const { attributes, name } = tag
    if (ink === undefined) {
      if (name !== 'svg') throw tag.error(`the document begins with <${name}>, not with <svg>`)
      ink = new Ink(tolerance ?? defaultTolerance(attributes), MOST_POINTS)
    } else if (open.length === 0) {
      throw tag.error('there is more after the end of the document')
    }
    const parent = open.at(-1) ?? { matrix: IDENTITY, hidden: false }
    const hidden = parent.hidden || NOT_DRAWN.has(name) || attributes.get('display') === 'none'
    let { matrix } = parent
    if (!hidden) {
      try {
        matrix = multiply(matrix, readTransform(attributes.get('transform') ?? ''))
        ink.matrix = matrix
        if (name === 'path') drawPath(ink, attributes.get('d') ?? '')
        else drawShape(ink, name, attributes)
      } catch (error) {
        throw error instanceof SyntaxError ? tag.error(error.message) : error
      }
    }
    if (!tag.isEmpty) open.push({ name, matrix, hidden })
    if (open.length > DEEPEST_NESTING) {
      throw mdnError('too-large', 'The SVG elements are nested too deeply', {
        expected: `at most ${DEEPEST_NESTING} levels`,
      })
    }
  }
  if (ink === undefined || open.length > 0) {
    const summary =
      ink === undefined ? 'The text holds no SVG' : `The SVG text is cut short: <${open.at(-1)?.name}> is never closed`
    throw mdnError('bad-file', summary, { argument: 'text', fix: 'Give the whole text of an .svg file.' })
  }
  return ink.finish()
}

/** @param {Map<string, string>} attributes */
function defaultTolerance(attributes) {
  const viewBox = (attributes.get('viewBox') ?? '')
    .trim()
    .split(/[\s,]+/, 5)
    .map(Number)
  const side = viewBox.length === 4 ? Math.max(viewBox[2], viewBox[3]) : leadingSize(attributes)
  return side > 0 && side < 1e9 ? Math.max(side / 1000, 1e-6) : 0.1
}

/** @param {Map<string, string>} attributes */
function leadingSize(attributes) {
  const [width, height] = ['width', 'height'].map((name) => attributes.get(name) ?? '')
  return width.endsWith('%') || height.endsWith('%')
    ? 0
    : Math.max(Number.parseFloat(width) || 0, Number.parseFloat(height) || 0)
}
