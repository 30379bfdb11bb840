// The drawing as a file: a picture that stands still, one that draws itself, or the data.

import { strokes as convert } from '../../js/worker/index.js'
import { MODEL_WIDTH } from '../shared/ink.js'
import { drawStrokes } from './ink-layer.js'
import { toJson } from './page-data.js'

const PERSON_WIDTH = 3 // px; a picture of lines knows no pressure
const PIXELS = 1600 // of the longer side of a PNG
const MARGIN = 16 // paper units
const SPEED = 200 // paper units a second

/** @typedef {import('./page-data.js').PageData} PageData */
/** @typedef {import('./drawing.js').Stroke} Stroke */
/** @typedef {{ paper: string, ink: string, modelInk: string }} Colours */

/**
 * @param {string} kind 'svg', 'animation', 'png' or 'json'
 * @param {PageData} page
 * @param {{ colours: Colours, pixel: number }} look `pixel`: the size of a pixel of the page in paper units.
 * @returns {Promise<{ name: string, blob: Blob }>}
 */
export async function exported(kind, page, { colours, pixel }) {
  const title = page.settings.name ?? 'drawing'
  const stem = title.replaceAll(/[^\p{L}\p{N}]+/gu, '-')
  switch (kind) {
    case 'png':
      return { name: `${stem}.png`, blob: await toPng(page.strokes, colours, pixel) }
    case 'json':
      return { name: `${stem}.json`, blob: new Blob([toJson(page)], { type: 'application/json' }) }
    default: {
      const svg = toSvg(page.strokes, { title, colours, pixel })
      const text = kind === 'svg' ? svg : animated(svg, page.strokes)
      return { name: `${stem}.svg`, blob: new Blob([text], { type: 'image/svg+xml' }) }
    }
  }
}

/** Hands a file to the person. @param {{ name: string, blob: Blob }} file */
export function save({ name, blob }) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {{ title: string, colours: Colours, pixel: number }} look
 */
function toSvg(strokes, { title, colours, pixel }) {
  const styles = strokes.map(({ by }) => ({
    stroke: by === 'person' ? colours.ink : colours.modelInk,
    strokeWidth: (by === 'person' ? PERSON_WIDTH : MODEL_WIDTH) * pixel,
  }))
  return convert.toSvg(polylinesOf(strokes), { title, styles, margin: MARGIN, background: colours.paper })
}

/**
 * An SVG that draws itself, stroke after stroke, once.
 *
 * @param {string} svg With a path a stroke.
 * @param {readonly Stroke[]} strokes
 */
function animated(svg, strokes) {
  let start = 0.5
  let i = 0
  return svg.replaceAll(/(<path [^>]*)\/>/g, (_, path) => {
    const seconds = Math.max(lengthOf(strokes[i].points) / SPEED, 0.05)
    const animate = `<animate attributeName="stroke-dashoffset" values="1;0" begin="${start.toFixed(2)}s" dur="${seconds.toFixed(2)}s" fill="freeze"/>`
    // Hidden until it begins: a round cap would show even where no dash is.
    const appear = `<set attributeName="visibility" to="visible" begin="${start.toFixed(2)}s" fill="freeze"/>`
    start += seconds + 0.15
    i += 1
    return `${path} pathLength="1" stroke-dasharray="1 1" stroke-dashoffset="1" visibility="hidden">${animate}${appear}</path>`
  })
}

/**
 * @param {readonly Stroke[]} strokes
 * @param {Colours} colours
 * @param {number} pixel
 * @returns {Promise<Blob>}
 */
function toPng(strokes, colours, pixel) {
  const box = convert.boundingBox(polylinesOf(strokes)) ?? { minX: 0, minY: 0, width: 0, height: 0 }
  const [width, height] = [box.width + 2 * MARGIN, box.height + 2 * MARGIN]
  const zoom = PIXELS / Math.max(width, height)
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * zoom)
  canvas.height = Math.round(height * zoom)
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'))
  context.fillStyle = colours.paper
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.setTransform(zoom, 0, 0, zoom, (MARGIN - box.minX) * zoom, (MARGIN - box.minY) * zoom)
  context.lineCap = 'round'
  context.lineJoin = 'round'
  drawStrokes(context, strokes, colours, pixel)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error('The picture is too large.')) : resolve(blob)))
  })
}

/** @param {readonly Stroke[]} strokes */
const polylinesOf = (strokes) => strokes.map(({ points }) => points.map(([x, y]) => [x, y]))

/** @param {readonly (readonly number[])[]} points */
const lengthOf = (points) =>
  points.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - points[i][0], y - points[i][1]), 0)
