// A file of the person's: a drawing in one of three forms, or a model.

import { strokes as convert } from '../../js/worker/index.js'
import { BOX } from '../shared/paper.js'
import { checked, isPageData } from './page-data.js'

const LARGEST = 8 * 2 ** 20 // bytes of a drawing
const EXTENSION = /\.(svg|ndjson|json)$/i

/** @typedef {import('./page-data.js').PageData} PageData */

/**
 * @param {File} file
 * @returns {Promise<PageData | undefined>} undefined: no drawing, so perhaps a model.
 */
export async function readDrawing(file) {
  const kind = EXTENSION.exec(file.name)?.[1].toLowerCase()
  if (kind === undefined || file.size > LARGEST) return undefined
  const text = await file.text()
  try {
    if (kind === 'svg') {
      const { fromSvg } = await import('../../js/svg.js')
      return asPage(fromSvg(text))
    }
    const line = /\S.*/.exec(text)?.[0] ?? ''
    if (kind === 'ndjson') return asQuickDrawing(line)
    const data = JSON.parse(text)
    if (isPageData(data)) return checked(data)
    return Array.isArray(data?.drawing) ? asQuickDrawing(JSON.stringify(data)) : undefined
  } catch (error) {
    if (kind === 'json' && error instanceof SyntaxError) return undefined
    throw new Error(`${file.name} cannot be opened: ${/** @type {Error} */ (error).message}`, { cause: error })
  }
}

/** @param {string} line */
function asQuickDrawing(line) {
  const [{ polylines, word } = { polylines: [] }] = convert.readNdjson(line)
  return asPage(polylines, word)
}

/**
 * Polylines of any size, in the middle of the paper.
 *
 * @param {readonly (readonly (readonly number[])[])[]} polylines
 * @param {string} [name]
 */
function asPage(polylines, name) {
  if (polylines.length === 0) throw new Error('there is no line in it')
  const { scale, x, y } = convert.fitTransform(polylines, { size: BOX })
  const sized = convert.applyTransform(polylines, { scale, x, y })
  const { width, height } = convert.boundingBox(sized) ?? { width: 0, height: 0 }
  const strokes = sized.map((points) => ({
    by: 'person',
    points: points.map((point) => [point[0] - width / 2, point[1] - height / 2]),
  }))
  return checked({ version: 1, class: name, strokes })
}
