// The browser example of README.md, as it stands there: a page, its script and the package in node_modules, served under
// the strict content security policy. A pen draws a line; the model's strokes appear.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inRoot } from '../../cpp/toolchain/tools.mjs'
import { codeBlocks } from '../readme.js'
import { describeBrowsers } from './harness.js'

const [page] = codeBlocks('In the browser', 'html')
const [script] = codeBlocks('In the browser', 'js')
const ICON = '<link rel="icon" href="data:," />\n' // without it browsers ask for one, and a 404 is an error of the page

/** @type {Record<string, { type?: string, body: string | Uint8Array }>} */
const files = {
  '/readme/': { type: 'text/html; charset=utf-8', body: page + ICON },
  '/readme/draw.js': { type: 'text/javascript; charset=utf-8', body: script },
}
const serving = { folders: { '/readme/node_modules/mixture-density/': inRoot() }, answer: (path) => files[path] }

describeBrowsers(
  'the browser example of README.md',
  (open) => {
    test('continues what is drawn', async () => {
      const { page, problems } = await open('/readme/')
      // The script assigns its handlers once the model is there.
      await page.waitForFunction(() => document.querySelector('canvas').onpointerup !== null)
      const { x, y } = await page.evaluate(() => document.querySelector('canvas').getBoundingClientRect().toJSON())
      await page.mouse.move(x + 100, y + 200)
      await page.mouse.down()
      await page.mouse.move(x + 200, y + 200, { steps: 5 })
      await page.mouse.up()
      // Ink away from the line that was drawn can only be the model's.
      await page.waitForFunction(() => {
        const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, 400, 400)
        return data.some((value, i) => value > 0 && i % 4 === 3 && Math.abs(Math.floor(i / 1600) - 200) > 4)
      })
      assert.deepEqual(problems, [])
    })
  },
  serving,
)
