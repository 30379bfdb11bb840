// The site as it is built for static hosts: it works at any address.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { buildSite } from '../../web/build.js'
import { describePage } from './harness.js'
import { draw, GHOSTS, hasModel, shows, sketchPages, ZIGZAG } from './sketch-page.js'

const folder = mkdtempSync(join(tmpdir(), 'mdn-site-'))
buildSite(join(folder, 'site'))
after(() => rmSync(folder, { recursive: true, force: true }))

describePage(
  'the built site',
  (open, { url }) => {
    for (const path of ['/some/where/', '/some/where/sketch/']) {
      test(`works at ${path}`, async () => {
        const { page, problems } = await sketchPages(open, url)(path)
        const outside = []
        page.on('request', (request) => {
          const where = new URL(request.url())
          if (where.protocol === 'http:' && !where.pathname.startsWith('/some/where/')) outside.push(request.url())
        })
        await page.reload()
        await hasModel(page)
        await draw(page, ZIGZAG)
        await shows(page, GHOSTS)
        assert.deepEqual(outside, [])
        assert.deepEqual(problems, [])
        await page.close()
      })
    }
  },
  { folders: { '/some/where/': join(folder, 'site') } },
)
