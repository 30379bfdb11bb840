// Out of the sketch page and in again: links, SVG, PNG, JSON, ndjson; and links of people who mean harm.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import * as library from '../../js/index.js'
import { sketch } from '../../js/models/index.js'
import { Drawing } from '../../web/sketch/drawing.js'
import { fromFragment, toFragment } from '../../web/sketch/link.js'
import { planOf } from '../../web/sketch/modes.js'
import { checked, toJson } from '../../web/sketch/page-data.js'
import { firstSettings } from '../../web/sketch/settings.js'
import { Voice } from '../../web/sketch/voice.js'
import { describePage } from './harness.js'
import {
  choose,
  draw,
  file,
  GHOSTS,
  hasModel,
  INK,
  says,
  set,
  shows,
  sketchPages,
  textOf,
  ZIGZAG,
} from './sketch-page.js'

const STROKES = /** @type {any} */ ([
  {
    by: 'person',
    points: [
      [-80.05, 3.1, 0.5],
      [0, -40, 0.25],
      [1000, 9999.95, 1],
    ],
  },
  { by: 'model', points: [[0, 0]] },
])
const PAGE = {
  strokes: STROKES,
  settings: { mode: 'turns', name: '<b>&cat', count: 3, temperature: 0.35, length: 20, seed: 4294967295 },
  model: { name: 'a.b#c', hash: '0123abcd' },
}

test('a link brings back exactly what was put in', () => {
  assert.deepEqual(fromFragment(String(toFragment(PAGE))), PAGE)
  assert.deepEqual(checked({ ...JSON.parse(toJson(PAGE)) }), PAGE)
})

const HOSTILE = {
  'of a later version': 'v=2&ink=',
  'of no version': 'ink=AA',
  'too long': `v=1&ink=${'A'.repeat(70_000)}`,
  'with ink that is none': 'v=1&ink=%3Cscript%3E',
  'with ink that breaks off': 'v=1&ink=BAIC',
  'with a stroke of no points': 'v=1&ink=AA',
  'with more points than there are': 'v=1&ink=_____w8A',
  'with numbers without end': `v=1&ink=${'_'.repeat(40)}`,
  'with far places': 'v=1&ink=Av___38AAA',
  'with a mode of another object': 'v=1&mode=constructor&ink=',
  'with a seed below zero': 'v=1&seed=-1&ink=',
  'with too many ghosts': 'v=1&count=1e9&ink=',
  'with no number': 'v=1&temperature=NaN&ink=',
  'with a long name': `v=1&class=${'x'.repeat(101)}&ink=`,
}
for (const [words, fragment] of Object.entries(HOSTILE)) {
  test(`a link ${words} is refused`, () => assert.throws(() => fromFragment(fragment), /^Error: (its?|a) /))
}

describePage('sharing a sketch', (open, { url }) => {
  const openSketch = sketchPages(open, url)

  /** What the page saves when a button of its share sheet is pressed, as text or base64. */
  async function saved(page, kind) {
    await page.evaluate(() => {
      const original = URL.createObjectURL
      globalThis.file = new Promise((resolve) => {
        URL.createObjectURL = (blob) => {
          const reader = new FileReader()
          reader.onload = () => resolve(reader.result)
          reader.readAsDataURL(blob)
          URL.createObjectURL = original
          return original(blob)
        }
      })
      HTMLAnchorElement.prototype.click = function () {
        globalThis.fileName = this.download
      }
    })
    await page.click('#share')
    await page.click(`#saves [value=${kind}]`)
    const data = await page.evaluate(() => globalThis.file)
    return { name: await page.evaluate(() => globalThis.fileName), bytes: Buffer.from(data.split(',')[1], 'base64') }
  }

  const inkOf = (page) => page.evaluate(() => document.querySelectorAll('canvas')[1].toDataURL())

  test('draw, keep, share: the link opens the same drawing with the same settings', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await set(page, 'seed', 77)
    await set(page, 'count', 4)
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuation/)
    for (const key of '1234') await page.keyboard.press(key)
    await says(page, 'status', /continuation/)
    const before = await inkOf(page)
    await page.click('#share')
    const link = await page.$eval('#link', (field) => field.value)
    assert.match(
      link,
      /#v=1&mode=ghosts&count=4&temperature=0\.4&length=60&seed=77&model=[0-9a-f]{8}\.sketch&ink=[\w-]+$/,
    )
    assert.deepEqual(problems, [])
    await page.close()

    const again = await openSketch(link.slice(url().length))
    await hasModel(again.page)
    await says(again.page, 'status', /continuation/)
    assert.ok((await inkOf(again.page)) === before)
    assert.equal(await again.page.$eval('#seed', (field) => field.value), '77')
    assert.equal(await again.page.$eval('#count', (field) => field.value), '4')
    assert.equal(await textOf(again.page, 'warning'), '')
    assert.deepEqual(again.problems, [])
    // Another link in the same tab.
    const other = toFragment({ ...PAGE, settings: { ...PAGE.settings, mode: 'ghosts', name: 'cat' } })
    await again.page.evaluate((fragment) => {
      location.hash = fragment
    }, other)
    await says(again.page, 'class-name', /^cat$/)
    await says(again.page, 'warning', /another model/)
    assert.ok((await inkOf(again.page)) !== before)
    await again.page.click('#undo')
    assert.ok((await inkOf(again.page)) === before)
    assert.deepEqual(again.problems, [])
    await again.page.close()
  })

  test('a ghost that is kept is what Node makes of the same drawing, seed and temperature', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await set(page, 'seed', 123)
    await set(page, 'temperature', 0.8)
    await draw(page, ZIGZAG)
    await says(page, 'status', /continuations/)
    await new Promise((resolve) => setTimeout(resolve, 3000)) // until it is whole on the paper
    await page.keyboard.press('3')
    await says(page, 'status', /continuation/)
    const { strokes } = checked(JSON.parse((await saved(page, 'json')).bytes.toString()))
    assert.deepEqual(problems, [])
    await page.close()

    const voice = await Voice.load(/** @type {any} */ (library), new Blob([readFileSync(sketch)]), {})
    const drawing = new Drawing()
    drawing.add(strokes.filter(({ by }) => by === 'person'))
    await voice.follow(drawing.state)
    const plan = planOf({ ...firstSettings(), seed: 123, temperature: 0.8 }, drawing.state, 0)
    const futures = await voice.futures(plan)
    await futures.advance()
    const { polylines } = voice.read(futures, drawing.state, plan)[2]
    drawing.add(polylines.map((points) => ({ by: 'model', points })))
    assert.deepEqual(drawing.state.strokes, strokes)
    assert.ok(polylines.length > 0)
  })

  test('hostile links are refused in words, and nothing of them becomes markup', async () => {
    const { page, problems } = await openSketch('/sketch/#v=1&ink=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E')
    await hasModel(page)
    assert.match(await textOf(page, 'warning'), /^This link cannot be opened: its ink is damaged\.$/)
    await page.evaluate(() => {
      location.hash = `v=1&class=${encodeURIComponent('<img src=x onerror="globalThis.harm=1">')}&ink=AgAAMg`
    })
    await says(page, 'warning', /does not know “<img src=x/)
    await shows(page, INK)
    assert.equal(await page.$('body img'), null)
    assert.equal(await page.evaluate(() => globalThis.harm), undefined)
    await draw(page, ZIGZAG)
    await shows(page, GHOSTS)
    assert.deepEqual(problems, [])
    await page.close()
  })

  test('saves SVG, PNG and JSON, and opens JSON, SVG and ndjson', async () => {
    const { page, problems } = await openSketch()
    await hasModel(page)
    await draw(page, ZIGZAG)
    const before = await inkOf(page)
    const svg = await saved(page, 'svg')
    assert.equal(svg.name, 'drawing.svg')
    assert.match(svg.bytes.toString(), /^<svg [^>]*viewBox.*<path d="M[-\d.]+ /s)
    const animation = await saved(page, 'animation')
    assert.match(animation.bytes.toString(), /<animate attributeName="stroke-dashoffset"/)
    const png = await saved(page, 'png')
    assert.equal(png.bytes.subarray(1, 4).toString(), 'PNG')
    const json = await saved(page, 'json')
    const data = JSON.parse(json.bytes.toString())
    assert.equal(data.strokes.length, 1)

    await page.click('#clear')
    writeFileSync(file('saved.json'), json.bytes)
    await choose(page, 'saved.json')
    await says(page, 'status', /opened|continuation/)
    assert.ok((await inkOf(page)) === before)
    await page.click('#clear')
    writeFileSync(file('saved.svg'), svg.bytes)
    await choose(page, 'saved.svg')
    await shows(page, INK)
    await page.click('#clear')
    writeFileSync(file('cat.ndjson'), '{"word":"cat","drawing":[[[0,255],[0,100]],[[10,20,30],[5,5,5]]]}\n')
    await choose(page, 'cat.ndjson')
    await says(page, 'class-name', /^cat$/)
    await shows(page, INK)
    writeFileSync(file('bad.svg'), '<svg><path d="M0')
    await choose(page, 'bad.svg')
    await says(page, 'warning', /bad\.svg cannot be opened/)
    writeFileSync(file('bad.json'), '{"format":"mixture-density drawing","version":1,"strokes":[{"by":"me"}]}')
    await choose(page, 'bad.json')
    await says(page, 'warning', /bad\.json cannot be opened/)
    assert.equal(await textOf(page, 'model-name'), 'sketch')
    assert.deepEqual(problems, [])
    await page.close()
  })
})
