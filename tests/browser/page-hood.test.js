// Under the hood of the sketch page: what the model expects and what surprised it, the read-out, and code to copy.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { describePage } from './harness.js'
import { draw, hasModel, pixels, SEEN, SIZE, says, shows, sketchPages, textOf, ZIGZAG } from './sketch-page.js'

describePage('under the hood of the sketch page', (open, { url }) => {
  const openSketch = sketchPages(open, url)

  test('shows the mixture under the pen while it draws, and what surprised', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    assert.equal(await pixels(page, SEEN), 0)
    await page.click('#hood-button')
    assert.equal(await page.$eval('#see-mixture', (box) => box.checked), true)
    await shows(page, SEEN)
    await says(page, 'nats', /^-?\d+\.\d\d nats\/pt$/)
    await says(page, 'speed', /^\d+ points\/s$/)
    await says(page, 'latency', /^\d+ ms$/)
    // Three probabilities, whole per cent.
    const states = await page.$$eval('.share output', (outputs) => outputs.map(({ textContent }) => textContent))
    const sum = states.reduce((total, text) => total + Number(text.replace(' %', '')), 0)
    assert.ok(sum >= 98 && sum <= 102, states.join())

    // It goes with the pen.
    const picture = () => page.evaluate(() => document.querySelectorAll('canvas')[0].toDataURL())
    await page.click('#hood-button')
    await page.mouse.move(100, 300)
    await page.mouse.down()
    await page.mouse.move(160, 360, { steps: 8 })
    await new Promise((resolve) => setTimeout(resolve, 400))
    const there = await picture()
    await page.mouse.move(SIZE.width - 200, 300, { steps: 8 })
    await page.waitForFunction(
      (before) => document.querySelectorAll('canvas')[0].toDataURL() !== before,
      { polling: 100 },
      there,
    )
    await page.mouse.up()

    await page.click('#hood-button')
    await page.click('#see-mixture')
    await page.waitForFunction(() => {
      const canvas = document.querySelectorAll('canvas')[0]
      return !canvas
        .getContext('2d')
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value) => value > 0)
    })
    await page.click('#see-heat')
    const warm = await shows(page, SEEN)
    await page.click('#see-surprise')
    await page.click('#see-heat')
    const marked = await shows(page, SEEN)
    assert.notEqual(marked, warm)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('shows its own code, and three lines to start with', async () => {
    const { page, problems } = await openSketch()
    await page.click('#hood-button')
    assert.equal(await page.$eval('#hood-button', (button) => button.ariaExpanded), 'true')
    const own = await textOf(page, 'own-code')
    const file = readFileSync(new URL('../../web/sketch/voice.js', import.meta.url), 'utf8')
    for (const line of own.split('\n')) assert.ok(file.includes(line.trim()), line)
    assert.match(await textOf(page, 'starting'), /^\/\/ npm install mixture-density\nimport/)
    await page.click('#startings [value=cdn]')
    assert.match(await textOf(page, 'starting'), /<script type="module">\nimport .*https:/)
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
    const violations = () =>
      page.evaluate(async () => (await axe.run()).violations.map(({ id, nodes }) => [id, nodes[0].html]))
    assert.deepEqual(await violations(), [])
    await page.keyboard.press('Escape')
    assert.equal(await page.$eval('#hood', (hood) => hood.hidden), true)
    assert.equal(await page.evaluate(() => document.activeElement.id), 'hood-button')
    await page.click('#share')
    await new Promise((resolve) => setTimeout(resolve, 300)) // it fades in
    assert.deepEqual(await violations(), [])
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('for left-handed people all is the other way round, today and tomorrow', async () => {
    const { page, problems } = await openSketch()
    const left = () => page.$eval('#hood-button', (button) => button.getBoundingClientRect().left)
    const before = await left()
    await page.click('#hood-button')
    await page.$eval('#left-handed', (box) => box.click())
    assert.ok((await left()) < before)
    await page.reload()
    await page.waitForSelector('#undo[aria-disabled]')
    assert.ok((await left()) < before)
    await page.evaluate(() => localStorage.clear())
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('keys of a single letter can be switched off', async () => {
    const { page, problems } = await openSketch()
    const seed = () => page.$eval('#seed', (field) => field.value)
    const first = await seed()
    await page.keyboard.press('r')
    const second = await seed()
    assert.notEqual(second, first)
    await page.click('#hood-button')
    await page.click('#single-keys')
    await page.click('#hood-button')
    await page.keyboard.press('r')
    assert.equal(await seed(), second)
    await page.evaluate(() => localStorage.clear())
    assert.deepEqual(problems, [])
    await page.close()
  })
})
