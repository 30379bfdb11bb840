// A drawing in the fragment of an address, which never leaves the browser: settings by name, the ink as numbers in base64url.
//
// The ink: for each stroke 2 × its points (+ 1 if the model drew it), then for each point the way from the one before, in
// twentieths of a paper unit, and, of a person's, the pressure in hundredths. Whole numbers, seven bits a byte.

import { checked, VERSION } from './page-data.js'
import { LIMITS } from './settings.js'

const LONGEST = 60_000 // characters
const FINE = 20
const HUNDRED = 100

/** @typedef {import('./page-data.js').PageData} PageData */

/**
 * @param {PageData} page
 * @returns {string | undefined} Without the #; undefined if it would be too long for a link.
 */
export function toFragment({ strokes, settings, model }) {
  const fields = new URLSearchParams({ v: String(VERSION), mode: String(settings.mode) })
  if (settings.name !== undefined) fields.set('class', settings.name)
  for (const name of Object.keys(LIMITS)) fields.set(name, String(settings[/** @type {'seed'} */ (name)]))
  if (model !== undefined) fields.set('model', `${model.hash}.${model.name}`)
  fields.set('ink', packed(strokes))
  const fragment = fields.toString()
  return fragment.length > LONGEST ? undefined : fragment
}

/**
 * @param {string} fragment Without the #.
 * @returns {PageData}
 */
export function fromFragment(fragment) {
  if (fragment.length > LONGEST) throw new Error('it is too long')
  const fields = new URLSearchParams(fragment)
  const get = (/** @type {string} */ name) => fields.get(name) ?? undefined
  const [, hash, name] = /^(\w*)\.(.*)$/s.exec(get('model') ?? '') ?? []
  /** @type {Record<string, unknown>} */
  const data = { version: Number(get('v')), mode: get('mode'), class: get('class') }
  for (const setting of Object.keys(LIMITS)) data[setting] = fields.has(setting) ? Number(get(setting)) : undefined
  return checked({
    ...data,
    model: hash === undefined ? undefined : { name, hash },
    strokes: unpacked(get('ink') ?? ''),
  })
}

/** @param {PageData['strokes']} strokes */
function packed(strokes) {
  /** @type {number[]} */
  const bytes = []
  const put = (/** @type {number} */ value) => {
    let rest = value
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
    bytes.push(rest)
  }
  let [x, y] = [0, 0]
  for (const { by, points } of strokes) {
    put(2 * points.length + (by === 'model' ? 1 : 0))
    for (const [px, py, pressure] of points) {
      const [nx, ny] = [Math.round(px * FINE), Math.round(py * FINE)]
      put(zigzag(nx - x))
      put(zigzag(ny - y))
      if (by === 'person') put(Math.round(pressure * HUNDRED))
      ;[x, y] = [nx, ny]
    }
  }
  const characters = bytes.map((byte) => String.fromCharCode(byte)).join('')
  return btoa(characters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** @param {string} text @returns {PageData['strokes']} */
function unpacked(text) {
  if (!/^[\w-]*$/.test(text)) throw new Error('its ink is damaged')
  const characters = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  let at = 0
  const take = () => {
    for (let value = 0, place = 1; place < 2 ** 35; place *= 128) {
      if (at >= characters.length) break
      const byte = characters.charCodeAt(at)
      at += 1
      value += (byte % 128) * place
      if (byte < 128) return value
    }
    throw new Error('its ink breaks off')
  }
  /** @type {import('./drawing.js').Stroke[]} */
  const strokes = []
  let [x, y] = [0, 0]
  while (at < characters.length) {
    const head = take()
    /** @type {number[][]} */
    const points = []
    for (let left = Math.floor(head / 2); left > 0; left -= 1) {
      x += unzigzag(take())
      y += unzigzag(take())
      points.push(head % 2 === 1 ? [x / FINE, y / FINE] : [x / FINE, y / FINE, take() / HUNDRED])
    }
    strokes.push({ by: head % 2 === 1 ? 'model' : 'person', points })
  }
  return strokes
}

/** Small numbers for small distances, whatever their sign. @param {number} value */
const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value)

/** @param {number} value */
const unzigzag = (value) => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)
