// The sketch page, with real pointers and keys: draw, see the model continue, keep, undo; files that are no models; small
// screens and dark ones; no worker, and a worker that dies.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { describeBrowsers } from './harness.js'
import {
  choose,
  draw,
  GHOSTS,
  hasModel,
  INK,
  pixels,
  place,
  says,
  shows,
  sketchPages,
  textOf,
  ZIGZAG,
} from './sketch-page.js'

describeBrowsers('the sketch page', (open, { name: browser, url }) => {
  const openSketch = sketchPages(open, url)

  test('starts with its own model, and ink can be laid before it is there', async () => {
    const { page, problems } = await openSketch('/sketch/', () => {
      const original = globalThis.fetch
      globalThis.fetch = async (...args) => {
        await new Promise((resolve) => {
          globalThis.letItCome = resolve
        })
        return original(...args)
      }
    })
    assert.match(await textOf(page, 'hint'), /Draw something/)
    assert.equal(await pixels(page, INK), 0)
    await draw(page, ZIGZAG)
    await shows(page, INK)
    assert.equal(await page.$eval('#hint', (hint) => hint.hidden), true)
    assert.equal(await page.$eval('#progress', (progress) => progress.hidden), false)
    assert.equal(await pixels(page, GHOSTS), 0)
    await page.evaluate(() => globalThis.letItCome())
    await says(page, 'model-name', /^sketch$/)
    await shows(page, GHOSTS)
    assert.equal(await page.$eval('#progress', (progress) => progress.hidden), true)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('says so when its model cannot be had', async () => {
    const { page, problems } = await openSketch('/sketch/', () => {
      globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch'))
    })
    await says(page, 'warning', /model could not be loaded/)
    await choose(page, 'tiny.safetensors')
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
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
        const canvas = document.querySelectorAll('canvas')[2]
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
      // From the records, not from the element: it may have changed again by the time this runs.
      const note = (records) => {
        for (const { addedNodes } of records) for (const node of addedNodes) globalThis.said.push(node.textContent)
      }
      new MutationObserver(note).observe(status, { childList: true })
    })
    // Where the page says that a ghost is under the pointer; the number key where the ghosts of this seed are too small.
    await page.mouse.move(...(await place(page, true)))
    if ((await page.$('.on-ghost')) !== null) await page.mouse.click(...(await place(page, true)))
    else await page.keyboard.press('1')
    await page
      .waitForFunction(() => globalThis.said.some((text) => /^Continuation [1-8] kept/.test(text)), { timeout: 5000 })
      .catch(() => page.keyboard.press('1'))
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
      const canvas = document.querySelectorAll('canvas')[2]
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

  test('a finger draws', async () => {
    const { page, problems } = await openSketch()
    const first = await page.touchscreen.touchStart(200, 200)
    await first.move(260, 260)
    await first.move(330, 220)
    await first.end()
    await shows(page, INK)
    await page.waitForFunction(() => document.getElementById('undo').ariaDisabled === 'false')
    await page.click('#undo')
    assert.equal(await pixels(page, INK), 0)
    await page.click('#redo')
    assert.deepEqual(problems, [])
    await page.close()
  })

  // Firefox has no pens over WebDriver BiDi.
  test('a pen draws by its pressure', { skip: browser === 'firefox' && 'not in Firefox' }, async () => {
    const { page, problems } = await openSketch()
    const cdp = await page.createCDPSession()
    const pen = (type, x, y, force) =>
      cdp.send('Input.dispatchMouseEvent', {
        type,
        x,
        y,
        force,
        pointerType: 'pen',
        button: 'left',
        buttons: type === 'mouseReleased' ? 0 : 1,
        clickCount: 1,
      })
    const line = async (y, force) => {
      await pen('mousePressed', 200, y, force)
      for (let x = 220; x <= 400; x += 20) await pen('mouseMoved', x, y, force)
      await pen('mouseReleased', 400, y, 0)
      return shows(page, INK)
    }
    const light = await line(200, 0.1)
    const both = await line(300, 1)
    assert.ok(both - light > 1.5 * light, `${light} pixels lightly, ${both - light} more with pressure`)
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
    await page.click('#class')
    const names = () => page.$$eval('[role=option]', (options) => options.map(({ textContent }) => textContent))
    assert.deepEqual(await names(), ['anything', '<b>', 'ant', 'bee'])
    await page.keyboard.type('e')
    assert.deepEqual(await names(), ['bee'])
    await page.keyboard.press('Enter')
    assert.equal(await textOf(page, 'class-name'), 'bee')
    assert.equal(await page.$eval('#class-sheet', (sheet) => sheet.matches(':popover-open')), false)
    await draw(page, ZIGZAG)
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
    await hasModel(page)
    await page.setViewport({ width: 320, height: 568 })
    await page.mouse.click(160, 200)
    await page.waitForSelector('#undo', { visible: true })
    const boxes = await page.$$eval('#tools button, #tools label', (elements) =>
      elements
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const { left, right, top, bottom } = element.getBoundingClientRect()
          return { left, right, width: right - left, height: bottom - top }
        }),
    )
    assert.ok(boxes.length > 4)
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
          const canvas = document.querySelectorAll('canvas')[1]
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
