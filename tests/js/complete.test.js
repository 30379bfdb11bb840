// complete: a drawing in, continuations out, in the caller's units.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { complete, load, strokes } from '../../js/index.js'
import { withValues } from '../edit-model.js'
import { rejects } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { seededRandom } from '../mutants.js'
import { randomModel } from '../reference/random-model.js'

const DRAWING = [
  [
    [10, 20],
    [40, 25],
    [60, 60],
  ],
  [
    [10, 50],
    [30, 58],
  ],
]

/** @type {import('../../js/index.js').Model} */
let model

before(async () => {
  model = await load(tinySketchModel({ seed: 5, classes: ['cat', 'duck'] }))
})

const OPTIONS = { class: 'cat', count: 6, seed: 1, maxSteps: 40 }

test('continuations come best first: by nats a point', async () => {
  const endings = await complete(model, DRAWING, { ...OPTIONS, count: 20 })
  assert.equal(endings.length, 20)
  const scores = endings.map(({ logProb, steps }) => logProb / steps)
  assert.deepEqual(
    scores,
    [...scores].sort((a, b) => b - a),
  )
  assert.deepEqual(
    endings.map(({ index }) => index).sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i),
  )
  for (const { polylines, logProb, finished, steps } of endings) {
    assert.ok(steps >= 1 && steps <= 40 && Number.isFinite(logProb))
    assert.ok(finished || steps === 40)
    for (const polyline of polylines) {
      assert.ok(polyline.length > 0)
      for (const point of polyline) assert.ok(point.length === 2 && point.every(Number.isFinite))
    }
  }
  assert.ok(endings.some(({ finished }) => finished) && endings.some(({ finished }) => !finished))
})

test('the same seed gives the same endings, another one others', async () => {
  const endings = await complete(model, DRAWING, OPTIONS)
  assert.deepEqual(await complete(model, DRAWING, OPTIONS), endings)
  assert.notDeepEqual(await complete(model, DRAWING, { ...OPTIONS, seed: 2 }), endings)
  assert.notDeepEqual(await complete(model, DRAWING, { ...OPTIONS, class: 'duck' }), endings)
  assert.notDeepEqual(await complete(model, DRAWING, { ...OPTIONS, temperature: 1 }), endings)
  assert.notDeepEqual(await complete(model, DRAWING, { ...OPTIONS, class: undefined }), endings)
  const more = await complete(model, DRAWING, { ...OPTIONS, count: 12 })
  const byIndex = new Map(more.map((ending) => [ending.index, ending]))
  for (const ending of endings) assert.deepEqual(byIndex.get(ending.index), ending, 'however many there are')
  const unseeded = await complete(model, DRAWING, { ...OPTIONS, seed: undefined })
  assert.notDeepEqual(unseeded, await complete(model, DRAWING, { ...OPTIONS, seed: undefined }))
})

test('an ending is what a session with its stream draws, where the drawing stopped', async () => {
  const endings = await complete(model, DRAWING, { ...OPTIONS, epsilon: 0 })
  for (const { index, steps, polylines, logProb } of endings) {
    const session = model.start({ class: 'cat', seed: 1, stream: index })
    session.observe(strokes.toStroke5(DRAWING, { scale: model.scale }))
    let [x, y] = [30, 58]
    let nats = 0
    const expected = []
    let stroke
    for (let i = 0; i < steps; i += 1) {
      const [dx, dy, down, up] = session.step()
      nats = Math.fround(nats + session.logProb)
      if (down + up === 0) break
      x += dx * model.scale
      y += dy * model.scale
      if (stroke === undefined) {
        stroke = []
        expected.push(stroke)
      }
      stroke.push([x, y])
      if (up === 1) stroke = undefined
    }
    assert.deepEqual(polylines, expected)
    assert.equal(logProb, nats)
  }
})

test('an unfinished stroke is gone on with', async () => {
  const endings = await complete(model, DRAWING, { ...OPTIONS, continueStroke: true })
  for (const { polylines } of endings) assert.deepEqual(polylines[0][0], [30, 58])
  const pausing = await complete(model, DRAWING, OPTIONS)
  assert.ok(pausing.some(({ polylines }) => polylines.length > 0 && polylines[0][0][0] !== 30))
})

test('the drawing is simplified in its own units before it is read', async () => {
  const dense = DRAWING.map((stroke) =>
    stroke.flatMap(([x, y], i) => {
      const [px, py] = stroke[i - 1] ?? [x, y]
      return i === 0
        ? [[x, y]]
        : [1, 2, 3, 4].map((k) => [px + ((x - px) * k) / 4, py + ((y - py) * k) / 4 + (k < 4 ? k % 2 : 0)])
    }),
  )
  assert.deepEqual(await complete(model, dense, OPTIONS), await complete(model, DRAWING, OPTIONS))
  assert.notDeepEqual(await complete(model, dense, { ...OPTIONS, epsilon: 0 }), await complete(model, DRAWING, OPTIONS))
  const flat = DRAWING.map((stroke) => Float64Array.from(stroke.flat()))
  assert.deepEqual(await complete(model, flat, OPTIONS), await complete(model, DRAWING, OPTIONS))
  assert.equal(dense[0].length, 9, 'and left alone')
})

test('nothing, empty strokes, a dot and doubled points are drawings too', async () => {
  const nothing = await complete(model, [], OPTIONS)
  assert.equal(nothing.length, 6)
  assert.deepEqual(await complete(model, [[], []], OPTIONS), nothing)
  const first = nothing.find(({ polylines }) => polylines.length > 0)
  assert.deepEqual(first.polylines[0][0], [0, 0], 'the first stroke starts at the origin')
  const dot = await complete(model, [[[5, 6]]], OPTIONS)
  assert.equal(dot.length, 6)
  assert.notDeepEqual(dot, nothing)
  const still = new Array(50).fill([5, 6])
  assert.equal((await complete(model, [still], OPTIONS)).length, 6)
  assert.deepEqual(
    await complete(model, [[[10, 20]], [], DRAWING[0]], OPTIONS),
    await complete(model, [[[10, 20]], DRAWING[0]], OPTIONS),
  )
})

test('a stroke of 100,000 points is continued in a moment', { timeout: 20_000 }, async () => {
  const random = seededRandom(3)
  const walk = Array.from({ length: 100_000 }, () => [256 * random(), 256 * random()])
  const spiral = Array.from({ length: 100_000 }, (_, i) => [i * Math.cos(i / 50) * 1e-3, i * Math.sin(i / 50) * 1e-3])
  for (const stroke of [walk, spiral])
    assert.equal((await complete(model, [stroke], { ...OPTIONS, count: 1 })).length, 1)
  assert.equal((await complete(model, [spiral], { ...OPTIONS, count: 1, epsilon: 0 })).length, 1)
  const many = spiral.slice(0, 20_000).map((point) => [point])
  assert.equal((await complete(model, many, { ...OPTIONS, count: 1 })).length, 1)
})

test('absurd coordinates are refused, large ones are not', async () => {
  for (const bad of [Number.NaN, Infinity, 1e7, -1e300]) {
    await rejects(
      complete(
        model,
        [
          [
            [0, 0],
            [bad, 1],
          ],
        ],
        OPTIONS,
      ),
      'bad-value',
    )
  }
  for (const bad of ['1', null, undefined, [1]]) {
    await rejects(
      complete(
        model,
        [
          [
            [0, 0],
            [1, bad],
          ],
        ],
        OPTIONS,
      ),
      'bad-argument',
    )
  }
  assert.equal(
    (
      await complete(
        model,
        [
          [
            [-9e5, 9e5],
            [9e5, -9e5],
          ],
        ],
        OPTIONS,
      )
    ).length,
    6,
  )
  await rejects(complete(model, [[1, 2, 3, 4]], OPTIONS), 'bad-shape')
  await rejects(complete(model, [[[1, 2, 3]]], OPTIONS), 'bad-shape')
  await rejects(complete(model, 'drawing', OPTIONS), 'bad-argument')
  await rejects(complete(model, DRAWING[0], OPTIONS), 'bad-shape')
  assert.equal((await complete(model, DRAWING, OPTIONS)).length, 6)
})

test('wrong options are refused', async () => {
  await rejects(complete(undefined, DRAWING), 'bad-argument', /what load\(\) returned/)
  await rejects(complete(model, DRAWING, { ...OPTIONS, class: 'dog' }), 'unknown-class')
  await rejects(complete(model, DRAWING, { ...OPTIONS, count: 0 }), 'bad-value')
  await rejects(complete(model, DRAWING, { ...OPTIONS, maxSteps: 1.5 }), 'bad-value')
  await rejects(complete(model, DRAWING, { ...OPTIONS, seed: -1 }), 'bad-value')
  await rejects(complete(model, DRAWING, { ...OPTIONS, temperature: -1 }), 'bad-value')
  await rejects(complete(model, DRAWING, { ...OPTIONS, temperature: Number.NaN }), 'bad-value')
  await rejects(complete(model, DRAWING, { ...OPTIONS, epsilon: -1 }), 'bad-value', /epsilon/)
  await rejects(complete(model, DRAWING, { ...OPTIONS, epsilon: '2' }), 'bad-argument', /epsilon/)
  await rejects(complete(model, DRAWING, { ...OPTIONS, tempreture: 1 }), 'bad-argument', /tempreture/)
  await rejects(complete(model, DRAWING, { ...OPTIONS, signal: 'stop' }), 'bad-argument', /signal/)
  const own = await load(tinySketchModel())
  own.dispose()
  await rejects(complete(own, DRAWING), 'disposed')
})

test('a model that does not draw is refused', async () => {
  const numbers = randomModel({
    inputs: 2,
    nodes: [{ name: 'o', type: 'dense', inputs: ['input'], units: 5, activation: 'linear' }],
    head: { type: 'diagonal', dims: 2, components: 1 },
  })
  await rejects(complete(await load(numbers), DRAWING), 'unsupported', /does not draw/)
})

test('an aborted call rejects with the reason, soon, and frees what it had', { timeout: 20_000 }, async () => {
  const reason = new Error('enough')
  await assert.rejects(complete(model, DRAWING, { signal: AbortSignal.abort(reason) }), (error) => error === reason)
  const heap = model.runtime.heapSize
  for (let i = 0; i < 5; i += 1) {
    const controller = new AbortController()
    const started = performance.now()
    const running = complete(model, DRAWING, { ...OPTIONS, count: 4000, maxSteps: 1000, signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await assert.rejects(running, (error) => error === reason)
    assert.ok(performance.now() - started < 3000)
  }
  assert.ok(model.runtime.heapSize - heap <= 2 ** 27, 'five times the memory of one')
})

test('rows that are no numbers are an error', async () => {
  const wild = await load(withValues(tinySketchModel(), 'output/bias', (values) => values.fill(120, 18, 28)))
  await rejects(complete(wild, DRAWING), 'bad-value')
})
