// The speed of the sketch page, printed; what is asserted leaves room for slow and busy machines.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

import { inRoot } from '../../cpp/toolchain/tools.mjs'
import { describePage } from './harness.js'
import { draw, GHOSTS, hasModel, set, shows, sketchPages, ZIGZAG } from './sketch-page.js'

const requested = new Set()
const BUDGET = 1.6e6

/** From the page: the times between frames until `done`, in ms. */
const frames = (page, milliseconds) =>
  page.evaluate(
    (duration) =>
      new Promise((resolve) => {
        const times = []
        const look = (now) => {
          times.push(now)
          if (now - times[0] < duration) requestAnimationFrame(look)
          else resolve(times.slice(1).map((time, i) => time - times[i]))
        }
        requestAnimationFrame(look)
      }),
    milliseconds,
  )

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1)
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms of ${values.length}`
}

describePage(
  'speed of the sketch page',
  (open, { name: browser, url }) => {
    const openSketch = sketchPages(open, url)

    test('pen up to the first ghost point; frames with 16 ghosts and while drawing', async () => {
      const { page, problems } = await openSketch()
      await hasModel(page)
      await set(page, 'count', 16)
      await page.evaluate(() => {
        globalThis.tasks = []
        if (PerformanceObserver.supportedEntryTypes.includes('longtask'))
          new PerformanceObserver((list) =>
            globalThis.tasks.push(...list.getEntries().map(({ duration }) => duration)),
          ).observe({ type: 'longtask' })
      })
      const latencies = []
      for (let i = 0; i < 5; i += 1) {
        await page.evaluate(() => performance.clearMeasures())
        await draw(
          page,
          ZIGZAG.map(([x, y]) => [x, y + 12 * i]),
        )
        await page.waitForFunction(() => performance.getEntriesByName('pen up to first ghost point').length > 0)
        latencies.push(
          await page.evaluate(() => performance.getEntriesByName('pen up to first ghost point')[0].duration),
        )
      }
      console.log(`${browser}: pen up to first ghost point, 512 units, 16 ghosts: ${summary(latencies)}`)
      assert.ok(Math.min(...latencies) <= 100)

      const growing = frames(page, 1000)
      await page.keyboard.press('r')
      console.log(`${browser}: frames while 16 ghosts grow: ${summary(await growing)}`)
      await shows(page, GHOSTS)
      const drawing = frames(page, 1000)
      await page.mouse.move(200, 200)
      await page.mouse.down()
      for (let i = 0; i < 60; i += 1) await page.mouse.move(200 + 6 * i, 250 + 40 * Math.sin(i / 4))
      await page.mouse.up()
      console.log(`${browser}: frames while drawing: ${summary(await drawing)}`)
      const tasks = await page.evaluate(() => globalThis.tasks)
      if (browser === 'chromium')
        console.log(`${browser}: tasks beyond 50 ms: ${tasks.length}${tasks.length ? `, ${summary(tasks)}` : ''}`)
      assert.deepEqual(problems, [])
      await page.close()
    })

    test('the first load', async () => {
      requested.clear()
      const { page, problems } = await openSketch(
        '/',
        () => delete globalThis.ServiceWorkerContainer?.prototype.register,
      ) // it would load all again
      const ready = await page.evaluate(() => performance.now())
      await hasModel(page)
      const files = [...requested]
        .filter((path) => !path.startsWith('/tests/'))
        .map((path) => {
          const whole = path.endsWith('/') ? `${path}index.html` : path
          return readFileSync(whole.startsWith('/js/') ? inRoot(whole.slice(1)) : inRoot('web', whole.slice(1)))
        })
      const bytes = files.reduce((sum, { length }) => sum + length, 0)
      const compressed = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
      const paint = await page.evaluate(() =>
        performance.getEntriesByType('paint').map(({ name, startTime }) => `${name} ${startTime.toFixed(0)} ms`),
      )
      console.log(
        `${browser}: first load: ${files.length} files, ${bytes} bytes, ${compressed} compressed by the host; ${paint.join(', ')}; paper ready ${ready.toFixed(0)} ms`,
      )
      assert.ok(compressed <= BUDGET, `${compressed} bytes`)
      assert.deepEqual(problems, [])
      await page.close()
    })
  },
  {
    answer(path) {
      requested.add(path)
      return undefined
    },
  },
)
