// The sketch page without a network, after one visit; and replay.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describePage, launch, openPage, PAGE_BROWSERS, serve } from './harness.js'
import { draw, hasModel, INK, pixels, says, shows, sketchPages, textOf, ZIGZAG } from './sketch-page.js'

for (const name of PAGE_BROWSERS) {
  test(`the sketch page works offline after the first visit (${name})`, async () => {
    const server = await serve()
    const browser = await launch(name)
    try {
      const { page } = await openPage(browser, `${server.url}/`)
      await hasModel(page)
      await page.evaluate(() => navigator.serviceWorker.ready)
      await page.close()
      await server.close() // as offline as can be
      const again = await openPage(browser, `${server.url}/sketch/`)
      await hasModel(again.page)
      await again.page.setViewport({ width: 900, height: 700 })
      await draw(again.page, ZIGZAG)
      await says(again.page, 'status', /continuation/)
      assert.deepEqual(
        again.problems.filter((problem) => !problem.includes('sw.js')),
        [],
      )
    } finally {
      await browser.close()
      await server.close()
    }
  })
}

describePage('replay on the sketch page', (open, { url }) => {
  test('makes the drawing again', async () => {
    const { page, problems } = await sketchPages(open, url)()
    await hasModel(page)
    await draw(page, ZIGZAG)
    const whole = await shows(page, INK)
    await says(page, 'status', /continuation/)
    await page.click('#share')
    await page.select('#replay-speed', '0.5')
    await page.click('#replay')
    await page.waitForFunction(() => document.getElementById('status').textContent === 'Replay.')
    // The paper follows with the next frames; the replay itself takes seconds.
    let part = whole
    while (part >= whole && (await textOf(page, 'status')) === 'Replay.') part = await pixels(page, INK)
    assert.ok(part < whole, `${part} of ${whole} pixels`)
    await says(page, 'status', /continuation/)
    assert.equal(await pixels(page, INK), whole)
    assert.deepEqual(problems, [])
    await page.close()
  })
})
