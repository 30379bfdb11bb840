// The bar of the sketch page: modes, ghosts, temperature, length, seed, classes, and the keys.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { describePage } from './harness.js'
import { draw, GHOSTS, hasModel, INK, pixels, says, set, shows, sketchPages, textOf, ZIGZAG } from './sketch-page.js'

/** Counts what the page says from now on. */
const listen = (page) =>
  page.evaluate(() => {
    globalThis.said = []
    const status = document.getElementById('status')
    // From the records, not from the element: it may have changed again by the time this runs.
    const note = (records) => {
      for (const { addedNodes } of records) for (const node of addedNodes) globalThis.said.push(node.textContent)
    }
    new MutationObserver(note).observe(status, { childList: true })
  })
const hasSaid = (page, pattern) =>
  page.waitForFunction((source) => globalThis.said.some((text) => new RegExp(source).test(text)), {}, pattern.source)

describePage('the bar of the sketch page', (open, { url }) => {
  const openSketch = sketchPages(open, url)

  test('as many ghosts as asked for', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await set(page, 'count', 3)
    await set(page, 'seed', 5)
    await draw(page, ZIGZAG)
    await says(page, 'status', /^[123] continuations?|^One continuation/)
    await set(page, 'count', 64)
    await says(page, 'status', /^[56]\d continuations/)
    // Out of bounds is put right.
    await set(page, 'count', 1000)
    assert.equal(await page.$eval('#count', (field) => field.value), '64')
    await set(page, 'length', '')
    assert.equal(await page.$eval('#length', (field) => field.value), '5')
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('the same seed gives the same ghosts, another one others; a typed seed is kept', async () => {
    const { page, problems } = await openSketch()
    await page.evaluate(() => {
      // Stands still, so that the pixels can be compared.
      const original = matchMedia('(prefers-reduced-motion: reduce)')
      Object.defineProperty(original.constructor.prototype, 'matches', { get: () => true })
    })
    await hasModel(page)
    await set(page, 'seed', 11)
    assert.equal(await page.$eval('#lock', (lock) => lock.ariaPressed), 'true')
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    await new Promise((resolve) => setTimeout(resolve, 400))
    const first = await pixels(page, GHOSTS)
    await set(page, 'seed', 12)
    await new Promise((resolve) => setTimeout(resolve, 800))
    const second = await pixels(page, GHOSTS)
    assert.notEqual(second, first)
    await set(page, 'seed', 11)
    await new Promise((resolve) => setTimeout(resolve, 800))
    assert.equal(await pixels(page, GHOSTS), first)
    await page.$eval('#reroll', (button) => button.click())
    assert.notEqual(await page.$eval('#seed', (field) => field.value), '11')
    await page.$eval('#lock', (button) => button.click())
    assert.equal(await page.$eval('#lock', (lock) => lock.ariaPressed), 'false')
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('arrow keys bring a ghost forward, Enter keeps it; Space stops and goes on', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await set(page, 'seed', 3)
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuations/)
    const mine = await pixels(page, INK)
    await listen(page)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await hasSaid(page, /^Continuation [1-8] kept/)
    await shows(page, INK, mine)
    await says(page, 'status', /continuation/)
    await page.keyboard.press(' ')
    await page.waitForFunction(() => document.getElementById('status').textContent === '')
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal(await pixels(page, GHOSTS), 0)
    await page.keyboard.press(' ')
    await shows(page, GHOSTS)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('finish mine: the model ends the drawing by itself, and can be undone', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await page.select('#mode', 'finish')
    assert.equal(await page.$eval('#count-field', (field) => field.hidden), true)
    await set(page, 'seed', 2)
    await draw(page, ZIGZAG)
    const mine = await shows(page, INK)
    await says(page, 'status', /^Finished|would stop/)
    await shows(page, INK, mine)
    await page.click('#undo')
    assert.equal(await pixels(page, INK), mine)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('take turns: one stroke each', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await page.select('#mode', 'turns')
    await set(page, 'seed', 4)
    await draw(page, ZIGZAG)
    const mine = await shows(page, INK)
    await says(page, 'status', /^Your turn/)
    const both = await shows(page, INK, mine)
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.equal(await pixels(page, INK), both, 'then it waits')
    await draw(
      page,
      ZIGZAG.map(([x, y]) => [x, y + 100]),
    )
    await page.waitForFunction(() => document.getElementById('status').textContent === 'Your turn.')
    await shows(page, INK, both)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('at rest it dreams, of what it names', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await says(page, 'dream', /^The model dreams: [a-z ]+$/)
    const first = await textOf(page, 'dream')
    await page.waitForFunction((before) => document.getElementById('dream').textContent !== before, {}, first)
    await draw(page, ZIGZAG)
    await shows(page, INK)
    assert.equal(await page.$eval('#dream', (words) => words.checkVisibility()), false)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('dream: one drawing after the other, until the pen comes', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await page.select('#mode', 'dream')
    await shows(page, GHOSTS)
    await draw(page, ZIGZAG)
    await shows(page, INK)
    await shows(page, GHOSTS)
    await page.keyboard.press('Escape')
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal(await pixels(page, GHOSTS), 0)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('classes are found by name, and by keys alone', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await page.focus('#class')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#class-sheet:popover-open')
    assert.equal(await page.evaluate(() => document.activeElement.id), 'class-search')
    assert.equal(await page.$eval('#class-list', ({ children }) => children.length), 42) // 41 and anything
    await page.keyboard.type('lighth')
    assert.equal(await textOf(page, 'class-list'), 'lighthouse') // known, though not listed
    await page.keyboard.press('Enter')
    assert.equal(await textOf(page, 'class-name'), 'lighthouse')
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    await page.click('#class')
    await page.keyboard.type('xyz')
    assert.equal(await page.$eval('#class-none', (words) => words.hidden), false)
    await page.keyboard.press('Escape')
    assert.equal(await textOf(page, 'class-name'), 'lighthouse')
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('on a small screen the settings are in a sheet', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await page.setViewport({ width: 320, height: 568 })
    assert.equal(await page.$eval('#mode', (field) => field.checkVisibility()), false)
    await page.click('#settings')
    await page.waitForSelector('#fields:popover-open')
    const boxes = await page.$$eval('#fields .field', (fields) =>
      fields.map((each) => each.getBoundingClientRect()).map(({ left, right, height }) => ({ left, right, height })),
    )
    for (const { left, right, height } of boxes) assert.ok(left >= 0 && right <= 320 && height >= 44)
    await page.select('#mode', 'turns')
    await page.keyboard.press('Escape')
    assert.equal(await page.$eval('#mode', (field) => field.checkVisibility()), false)
    assert.deepEqual(problems, [])
    await page.close()
  })
})
