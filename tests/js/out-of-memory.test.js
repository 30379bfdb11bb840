// A heap without room: every call that needs more is refused, everything that is there goes on, and room given back is
// used again. In a file of its own, because the heap of this process stays at its limit.

import assert from 'node:assert/strict'
import test from 'node:test'

import { complete, load, Mixture, Random } from '../../js/index.js'
import { isTyped, rejects, throws } from '../errors.js'
import { tinySketchModel } from '../models.js'

const bytes = tinySketchModel({ units: 256 })

test('without memory calls are refused, and nothing breaks', { timeout: 60_000 }, async () => {
  const model = await load(bytes)
  const { runtime } = model
  const session = model.start({ seed: 1 })
  const futures = session.futures({ count: 4, maxSteps: 400 })
  const before = session.fork()
  const expected = Array.from({ length: 20 }, () => [...before.step()])
  const mixture = Mixture.diagonal({ weights: [1], means: [0], scales: [1] })

  // Blocks of falling size until no 4 kB are left in one piece. What is smaller, the core's own objects and texts, is not
  // asked whether there is room: nobody fills a gigabyte to the last kilobyte.
  const held = []
  for (const size of [2e8, 5e7, 1e6, 60_000, 20_000, 4000]) {
    for (let address = runtime.core._malloc(size); address !== 0; address = runtime.core._malloc(size))
      held.push(address)
  }
  assert.equal(runtime.heapSize, 2 ** 30)
  for (let i = 0; i < 3; i += 1) {
    await rejects(load(bytes), 'too-large')
    throws(() => model.start(), 'too-large', /another session|memory/)
    throws(() => session.fork(), 'too-large')
    throws(() => session.futures({ count: 100 }), 'too-large', /100 futures/)
    throws(() => session.snapshot(), 'too-large')
    throws(() => session.observe(new Float32Array(5000)), 'too-large')
    throws(() => mixture.sample({ n: 1000 }), 'too-large')
    throws(() => new Random(1).fillUniform(new Float32Array(1000)), 'too-large')
    await assert.rejects(complete(model, []), isTyped)
  }
  assert.deepEqual(
    Array.from({ length: 20 }, () => [...session.step()]),
    expected,
    'a session has all it needs',
  )
  assert.equal(futures.advance(), false, 'and so have futures')

  for (const address of held) runtime.core._free(address)
  const again = await load(bytes)
  assert.deepEqual([...again.start({ seed: 1 }).step()], expected[0])
  assert.equal((await complete(again, [], { count: 20 })).length, 20)
})

test('a model that does not fit the heap is refused', { timeout: 120_000 }, async () => {
  const model = await load(bytes)
  const { runtime } = model
  const blocks = [29, 28, 27, 26, 25].map((power) => runtime.core._malloc(2 ** power))
  assert.ok(blocks[3] !== 0)
  // 17 MB of weights stand in the heap three times while they are packed; less than 32 MB are free, then 64 more.
  const large = tinySketchModel({ units: 1024 })
  await rejects(load(large), 'too-large')
  await rejects(load(large), 'too-large')
  runtime.core._free(blocks[3])
  const fits = await load(large)
  assert.equal(fits.start({ seed: 1 }).step().length, 5)
  fits.dispose()
  for (const i of [0, 1, 2, 4]) runtime.core._free(blocks[i])
})
