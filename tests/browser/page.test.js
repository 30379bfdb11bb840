// The sketch page, with real pointers and keys: draw, see the model continue, keep, undo; files that are no models; small
// screens and dark ones; no worker, and a worker that dies.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { tinySketchModel } from '../models.js'
import { describeBrowsers } from './harness.js'

const [INK, GHOSTS] = [0, 1]
const SIZE = { width: 900, height: 700 }

/** @type {string} */
let folder
const file = (name) => join(folder, name)
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
const pixels = (page, layer) =>
  page.evaluate((index) => {
    const canvas = document.querySelectorAll('canvas')[index]
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let count = 0
    for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count += 1
    return count
  }, layer)

const textOf = (page, id) => page.$eval(`#${id}`, (element) => element.textContent)

/** Waits until an element's text matches. */
const says = (page, id, pattern) =>
  page.waitForFunction(
    (name, source) => new RegExp(source).test(document.getElementById(name).textContent),
    {},
    id,
    pattern.source,
  )

/** Waits until a layer shows more than so many pixels. */
async function shows(page, layer, more = 0) {
  const from = Date.now()
  for (;;) {
    const count = await pixels(page, layer)
    if (count > more) return count
    assert.ok(Date.now() - from < 20_000, `layer ${layer} shows ${count} pixels`)
  }
}

async function choose(page, name) {
  const input = await page.$('#file')
  await input.uploadFile(file(name))
}

/** Draws with the mouse through places from the middle of the paper. */
async function draw(page, places) {
  const [first, ...rest] = places.map(([x, y]) => [SIZE.width / 2 + x, SIZE.height / 2 + y])
  await page.mouse.move(...first)
  await page.mouse.down()
  for (const place of rest) await page.mouse.move(...place, { steps: 4 })
  await page.mouse.up()
}

const ZIGZAG = [
  [-80, -40],
  [-40, 40],
  [0, -40],
  [40, 40],
]

/** A place on a ghost, or far from all of them and from the bar; waits for one. */
async function place(page, onGhost) {
  for (let tries = 0; tries < 100; tries += 1) {
    const found = await findPlace(page, onGhost)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(onGhost ? 'no ghost can be hit' : 'there is no room beside the ghosts')
}

const findPlace = (page, onGhost) =>
  page.evaluate((wanted) => {
    const canvas = document.querySelectorAll('canvas')[1]
    const context = canvas.getContext('2d')
    const ratio = canvas.width / canvas.getBoundingClientRect().width
    const bottom = canvas.height - 140 * ratio
    const isEmpty = (x, y, r) => !context.getImageData(x - r, y - r, 2 * r, 2 * r).data.some((value) => value > 0)
    for (let y = 60; y < bottom; y += 2) {
      for (let x = 60; x < canvas.width - 60; x += 2) {
        const found = wanted ? context.getImageData(x, y, 1, 1).data[3] > 30 : isEmpty(x, y, Math.ceil(30 * ratio))
        if (found) return [x / ratio, y / ratio]
      }
    }
    return null
  }, onGhost)

describeBrowsers('the sketch page', (open, { name: browser, url }) => {
  /** The page, ready to draw on, perhaps with a changed world. */
  async function openSketch(path = '/sketch/', change) {
    const opened = await open('/tests/browser/pages/empty.html')
    await opened.page.setViewport(SIZE)
    if (change !== undefined) await opened.page.evaluateOnNewDocument(change)
    await opened.page.goto(url() + path)
    await opened.page.waitForFunction(() => document.querySelector('canvas')?.width === innerWidth * devicePixelRatio)
    return opened
  }

  test('draws without a model, and says what is missing', async () => {
    const { page, problems } = await openSketch()
    assert.match(await textOf(page, 'hint'), /Draw something.*No model comes with this page yet/s)
    assert.equal(await pixels(page, INK), 0)
    await draw(page, ZIGZAG)
    await shows(page, INK)
    assert.equal(await page.$eval('#hint', (hint) => hint.hidden), true)
    assert.equal(await pixels(page, GHOSTS), 0)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('a stroke is continued; pen-down drops the ghosts; one is kept; undo and redo are exact', async () => {
    const { page, problems } = await openSketch()
    await choose(page, 'tiny.safetensors')
    await says(page, 'model-name', /^tiny$/)
    await shows(page, GHOSTS) // the model dreams on empty paper
    await draw(page, ZIGZAG)
    const mine = await shows(page, INK)
    const first = await shows(page, GHOSTS)
    await shows(page, GHOSTS, first) // they grow
    await says(page, 'status', /^[2-8] continuations/)
    const latency = await page.evaluate(() => performance.getEntriesByName('pen up to first ghost point')[0].duration)
    console.log(`${browser}: pen up to first ghost point, 32 units: ${latency.toFixed(1)} ms`)

    const away = await place(page, false)
    await page.evaluate(() => {
      const left = () => {
        const canvas = document.querySelectorAll('canvas')[1]
        return canvas
          .getContext('2d')
          .getImageData(0, 0, canvas.width, canvas.height)
          .data.some((value) => value > 0)
      }
      globalThis.dropped = new Promise((resolve) => {
        const look = () => requestAnimationFrame(() => setTimeout(() => resolve(!left()), 0))
        document.addEventListener('pointerdown', look, { once: true })
      })
    })
    await page.mouse.move(...away)
    await page.mouse.down()
    assert.equal(await page.evaluate(() => globalThis.dropped), true, 'gone in one frame')
    await page.mouse.move(away[0] + 30, away[1] + 10, { steps: 3 })
    await page.mouse.up()
    const both = await shows(page, INK, mine)

    await shows(page, GHOSTS)
    await says(page, 'status', /^[2-8] continuations/)
    await page.evaluate(() => {
      const status = document.getElementById('status')
      globalThis.said = []
      new MutationObserver(() => globalThis.said.push(status.textContent)).observe(status, { childList: true })
    })
    await page.mouse.click(...(await place(page, true)))
    await page.waitForFunction(() => globalThis.said.some((text) => /^Continuation [1-8] kept/.test(text)))
    const kept = await shows(page, INK, both)
    await page.click('#undo')
    assert.equal(await pixels(page, INK), both)
    await page.click('#redo')
    assert.equal(await pixels(page, INK), kept)
    await page.click('#undo')
    await page.click('#undo')
    assert.equal(await pixels(page, INK), mine)
    await says(page, 'status', /^[2-8] continuations/)
    const again = await shows(page, GHOSTS)
    assert.ok(again > 0)

    await page.keyboard.press('Escape')
    await page.waitForFunction(() => {
      const canvas = document.querySelectorAll('canvas')[1]
      return !canvas
        .getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0)
    })
    await page.click('#clear')
    assert.equal(await pixels(page, INK), 0)
    await page.keyboard.down('Control')
    await page.keyboard.press('z')
    await page.keyboard.up('Control')
    assert.equal(await pixels(page, INK), mine)
    await says(page, 'status', /^[2-8] continuations/)
    await shows(page, GHOSTS)
    // Now and then one is empty, because the model would stop.
    for (const key of '12345678') if ((await pixels(page, INK)) === mine) await page.keyboard.press(key)
    await shows(page, INK, mine)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('a dot is a stroke', async () => {
    const { page, problems } = await openSketch()
    await page.mouse.click(200, 200)
    const dot = await shows(page, INK)
    assert.ok(dot < 60)
    await choose(page, 'tiny.safetensors')
    await says(page, 'status', /continuation/)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('a file that is no model is refused in words, and nothing breaks', async () => {
    const { page, problems } = await openSketch()
    await choose(page, 'notes.json')
    await says(page, 'warning', /\S/)
    await choose(page, 'tiny.safetensors')
    await says(page, 'model-name', /^tiny$/)
    assert.equal(await textOf(page, 'warning'), '')
    await draw(page, ZIGZAG)
    await shows(page, GHOSTS)
    // Dropped instead of chosen: the same, and the model before stays.
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([new Uint8Array(100)], 'noise.safetensors'))
      document.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }))
    })
    await says(page, 'warning', /\S/)
    assert.equal(await textOf(page, 'model-name'), 'tiny')
    await draw(
      page,
      ZIGZAG.map(([x, y]) => [x, y + 100]),
    )
    assert.equal(await textOf(page, 'warning'), '')
    await shows(page, GHOSTS)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('a model with classes draws any of them, and their names are text', async () => {
    const { page, problems } = await openSketch()
    await choose(page, 'animals.safetensors')
    await says(page, 'model-name', /^animals$/)
    const names = await page.$$eval('#classes option', (options) => options.map(({ textContent }) => textContent))
    assert.deepEqual(names, ['anything', 'ant', 'bee', '<b>'])
    await page.select('#classes', 'bee')
    await says(page, 'status', /continuation/)
    await shows(page, GHOSTS)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('axe finds nothing, before and after', async () => {
    const { page, problems } = await openSketch()
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const violations = () =>
      page.evaluate(async () =>
        (await axe.run()).violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      )
    assert.deepEqual(await violations(), [])
    await choose(page, 'animals.safetensors')
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    assert.deepEqual(await violations(), [])
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('the way in is the same page', async () => {
    const { page, problems } = await openSketch('/')
    await choose(page, 'tiny.safetensors')
    await draw(page, ZIGZAG)
    await shows(page, GHOSTS)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('works without workers', async () => {
    const { page, problems } = await openSketch('/sketch/', () => delete globalThis.Worker)
    await choose(page, 'tiny.safetensors')
    await draw(page, ZIGZAG)
    await shows(page, GHOSTS)
    await says(page, 'status', /continuation/)
    assert.equal(await textOf(page, 'warning'), '')
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('goes on when its worker dies', async () => {
    const { page, problems } = await openSketch('/sketch/', () => {
      const Original = globalThis.Worker
      globalThis.Worker = class extends Original {
        constructor(...args) {
          super(...args)
          globalThis.theWorker = this
        }
      }
    })
    await choose(page, 'tiny.safetensors')
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    const before = await pixels(page, INK)
    await page.evaluate(() => globalThis.theWorker.terminate())
    await draw(
      page,
      ZIGZAG.map(([x, y]) => [x, y + 100]),
    )
    await says(page, 'warning', /worker was lost/)
    await shows(page, INK, before)
    await shows(page, GHOSTS)
    await says(page, 'status', /continuation/)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('fits a narrow screen', async () => {
    const { page, problems } = await openSketch()
    await page.setViewport({ width: 320, height: 568 })
    await page.mouse.click(160, 200)
    await page.waitForSelector('#undo', { visible: true })
    const boxes = await page.$$eval('#tools button, #tools .button', (elements) =>
      elements.map((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect()
        return { left, right, width: right - left, height: bottom - top }
      }),
    )
    assert.equal(boxes.length, 4)
    for (const { left, right, width, height } of boxes)
      assert.ok(left >= 0 && right <= 320 && width >= 44 && height >= 44)
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320)
    assert.deepEqual(problems, [])
    await page.close()
  })

  // Firefox cannot be told over WebDriver BiDi what the person prefers.
  test('is dark, and still, for those who want it', { skip: browser === 'firefox' && 'not in Firefox' }, async () => {
    const { page, problems } = await openSketch()
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
    const inkIs = (dark) =>
      page.waitForFunction(
        (isDark) => {
          const canvas = document.querySelectorAll('canvas')[0]
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
          for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) return isDark ? data[i] < 64 : data[i] > 192
          return false
        },
        {},
        dark,
      )
    await draw(page, ZIGZAG)
    await shows(page, INK)
    assert.equal(await paper(), 'rgb(251, 250, 246)')
    await inkIs(true)
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: 'dark' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ])
    assert.equal(await paper(), 'rgb(21, 20, 18)')
    await inkIs(false) // what was drawn changes too
    await choose(page, 'tiny.safetensors')
    await says(page, 'status', /continuation/)
    const whole = await shows(page, GHOSTS)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const later = await pixels(page, GHOSTS)
    assert.ok(Math.abs(later - whole) < 0.01 * whole, `nothing grows: ${whole}, then ${later} pixels`)
    assert.deepEqual(problems, [])
    await page.close()
  })
})
