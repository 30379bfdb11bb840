// mixture-density/worker in real browsers: the same numbers as here in Node, and every way for a worker to end.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { complete, load, strokes } from '../../js/index.js'
import { tinySketchModel } from '../models.js'
import { describeBrowsers, resultOf } from './harness.js'

const bytes = tinySketchModel({ seed: 6 })

// The address is relative to the page: in the worker it would be another.
const answer = (path) => (path === '/tests/browser/pages/tiny.safetensors' ? { body: bytes } : undefined)

describeBrowsers(
  'the worker entry on a page',
  (open) => {
    test('answers as the main entry does, and tells when the worker is gone', async () => {
      const { page } = await open('/tests/browser/pages/worker.html')
      const result = await resultOf(page)

      const model = await load(bytes)
      const session = model.start({ seed: 11 })
      const drawing = [
        [
          [0, 0],
          [30, 5],
          [60, 60],
        ],
      ]
      const nats = session.observe(strokes.toStroke5(drawing, { scale: model.scale }), { logProb: true })
      const futures = session.futures({ count: 5, maxSteps: 30 })
      futures.advance()
      assert.deepEqual(result.nats, [...nats])
      assert.deepEqual(result.points, [...futures.points])
      assert.deepEqual(result.lengths, [...futures.lengths])
      assert.deepEqual(result.endings, await complete(model, drawing, { count: 2, seed: 1, maxSteps: 20 }))
      assert.ok(result.steps > 1 && result.steps <= 5)

      assert.equal(result.isolated, true)
      assert.deepEqual(result.phases, ['download', 'prepare'])
      assert.equal(result.aborted, 20, 'the code of a DOMException AbortError')
      assert.deepEqual(result.terminated, { waiting: 'worker', later: 'worker', lost: true })
      assert.equal(result.missing, 'worker')
      assert.equal(result.network, 'network')
    })
  },
  { answer },
)
