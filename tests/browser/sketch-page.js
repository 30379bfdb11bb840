// What the tests of the sketch page share: model files to choose, and hands that draw, wait and look.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'

import { tinySketchModel } from '../models.js'

export const [SEEN, INK, GHOSTS] = [0, 1, 2]
export const SIZE = { width: 900, height: 700 }

/** @type {string} */
let folder
export const file = (name) => join(folder, name)
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'mdn-page-'))
  writeFileSync(file('tiny.safetensors'), tinySketchModel({ seed: 2 }))
  writeFileSync(
    file('animals.safetensors'),
    tinySketchModel({ seed: 5, name: 'animals', classes: ['ant', 'bee', '<b>'] }),
  )
  writeFileSync(file('notes.json'), '["not a model"]')
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** Opaque or half-transparent pixels of a layer. */
export const pixels = (page, layer) =>
  page.evaluate((index) => {
    const canvas = document.querySelectorAll('canvas')[index]
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count += 1
    return count
  }, layer)

export const textOf = (page, id) => page.$eval(`#${id}`, (element) => element.textContent)

/** Waits until an element's text matches. */
export const says = (page, id, pattern) =>
  page.waitForFunction(
    (name, source) => new RegExp(source).test(document.getElementById(name).textContent),
    {},
    id,
    pattern.source,
  )

/** Waits until a layer shows more than so many pixels. */
export async function shows(page, layer, more = 0) {
  const from = Date.now()
  for (;;) {
    const count = await pixels(page, layer)
    if (count > more) return count
    assert.ok(Date.now() - from < 20_000, `layer ${layer} shows ${count} pixels`)
  }
}

export async function choose(page, name) {
  const input = await page.$('#file')
  await input.uploadFile(file(name))
}

/** Draws with the mouse through places from the middle of the paper. */
export async function draw(page, places) {
  const [first, ...rest] = places.map(([x, y]) => [SIZE.width / 2 + x, SIZE.height / 2 + y])
  await page.mouse.move(...first)
  await page.mouse.down()
  for (const place of rest) await page.mouse.move(...place, { steps: 4 })
  await page.mouse.up()
}

export const ZIGZAG = [
  [-80, -40],
  [-40, 40],
  [0, -40],
  [40, 40],
]

/** A place on a ghost, or far from all of them and from the bar; waits for one. */
export async function place(page, onGhost) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await findPlace(page, onGhost)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(onGhost ? 'no ghost can be hit' : 'there is no room beside the ghosts')
}

const findPlace = (page, onGhost) =>
  page.evaluate((wanted) => {
    const canvas = document.querySelectorAll('canvas')[2]
    const { width, height } = canvas
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
    const ratio = width / canvas.getBoundingClientRect().width
    const opacity = (x, y) => data[4 * (y * width + x) + 3]
    const isEmpty = (x, y, r) => {
      for (let v = y - r; v < y + r; v += 1) for (let u = x - r; u < x + r; u += 1) if (opacity(u, v) > 0) return false
      return true
    }
    const [step, edge, bottom] = [wanted ? 2 : 10, 60, height - Math.round(140 * ratio)]
    for (let y = edge; y < bottom; y += step) {
      for (let x = edge; x < width - edge; x += step) {
        if (wanted ? opacity(x, y) > 30 : isEmpty(x, y, Math.ceil(30 * ratio))) return [x / ratio, y / ratio]
      }
    }
    return null
  }, onGhost)

/**
 * The page, ready to draw on, perhaps with a changed world.
 *
 * @param {(path: string) => Promise<{ page: any, problems: string[] }>} open
 * @param {() => string} url
 */
export const sketchPages =
  (open, url) =>
  async (path = '/sketch/', change) => {
    const opened = await open('/tests/browser/pages/empty.html')
    await opened.page.setViewport(SIZE)
    if (change !== undefined) await opened.page.evaluateOnNewDocument(change)
    await opened.page.goto(url() + path)
    await opened.page.waitForFunction(() => document.querySelector('canvas')?.width === innerWidth * devicePixelRatio)
    return opened
  }

/** Waits for the model that comes with the page. */
export const hasModel = (page) => says(page, 'model-name', /^sketch$/)

/** Sets a field of the bar, as if typed. */
export async function set(page, id, value) {
  await page.$eval(
    `#${id}`,
    (field, text) => {
      field.value = text
      field.dispatchEvent(new Event('input', { bubbles: true }))
      field.dispatchEvent(new Event('change', { bubbles: true }))
    },
    String(value),
  )
}
