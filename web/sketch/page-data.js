// A drawing and its settings as plain data, for files and links, and back. Nothing that is read is trusted.

import { allowed, LIMITS, MODES } from './settings.js'

export const VERSION = 1
const FORMAT = 'mixture-density drawing'
const MOST_STROKES = 2000
const MOST_POINTS = 50_000
const FARTHEST = 10_000 // paper units
const LONGEST_NAME = 100

/** @typedef {import('./drawing.js').Stroke} Stroke */
/** @typedef {import('./settings.js').Settings} Settings */

/**
 * @typedef {object} PageData
 * @property {readonly Stroke[]} strokes
 * @property {Partial<Settings>} settings
 * @property {{ name: string, hash: string } | undefined} model That continued it.
 */

/** @param {PageData} page */
export function toJson({ strokes, settings, model }) {
  const { isLocked, name, ...numbers } = settings
  const head = { format: FORMAT, version: VERSION, class: name, ...numbers, model }
  // A stroke a line.
  const lines = strokes.map((stroke) => `    ${JSON.stringify(stroke)}`).join(',\n')
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "strokes": [\n${lines}\n  ]\n}\n`
}

/** @param {unknown} data What JSON.parse made of a file. */
export const isPageData = (data) =>
  typeof data === 'object' && data !== null && 'format' in data && data.format === FORMAT

/**
 * Everything that may be used of what is given; an Error for the person where it makes no sense.
 *
 * @param {any} data `class`, the settings' names, `model`, `strokes`; each may be missing but the last.
 * @returns {PageData}
 */
export function checked(data) {
  if (data.version !== VERSION) throw new Error('it is of a newer version of this page')
  /** @type {Record<string, unknown>} */
  const settings = {}
  for (const name of Object.keys(LIMITS)) {
    if (data[name] === undefined) continue
    settings[name] = allowed(name, data[name])
    if (settings[name] === undefined) throw new Error(`its ${name} cannot be`)
  }
  if (data.mode !== undefined) {
    if (!Object.hasOwn(MODES, data.mode)) throw new Error('its mode is not known')
    settings.mode = data.mode
  }
  settings.name = data.class === undefined ? undefined : textOf(data.class)
  const { model } = data
  return {
    settings,
    model: model === undefined ? undefined : { name: textOf(model?.name), hash: textOf(model?.hash) },
    strokes: strokesOf(data.strokes),
  }
}

/** @param {unknown} value */
function textOf(value) {
  if (typeof value !== 'string' || value.length > LONGEST_NAME) throw new Error('a name in it is none')
  return value
}

/** @param {unknown} value @returns {Stroke[]} */
function strokesOf(value) {
  if (!Array.isArray(value) || value.length > MOST_STROKES) throw new Error('it has no strokes, or too many')
  let left = MOST_POINTS
  return value.map(({ by, points } = {}) => {
    if (by !== 'person' && by !== 'model') throw new Error('a stroke of it is nobody’s')
    left -= points?.length
    if (!Array.isArray(points) || points.length === 0 || left < 0)
      throw new Error('a stroke of it has no points, or too many')
    return { by, points: points.map((point) => pointOf(point, by)) }
  })
}

/** @param {unknown} value @param {'person' | 'model'} by */
function pointOf(value, by) {
  const [x, y, pressure = 0.5] = Array.isArray(value) ? value : []
  const isPlace = [x, y].every((number) => typeof number === 'number' && Math.abs(number) <= FARTHEST)
  if (!isPlace || !(pressure >= 0 && pressure <= 1)) throw new Error('a point of it is nowhere')
  return by === 'person' ? [x, y, pressure] : [x, y]
}
