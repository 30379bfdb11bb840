// What the model that ships is made and measured with: the baseline, the pen's calibration, counts of drawings, the sheet.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitPen, rewriteModel } from '../../cpp/toolchain/ship-calibrate.mjs'
import { byClass, count, sample } from '../../cpp/toolchain/ship-measure.mjs'
import { sheet } from '../../cpp/toolchain/ship-sheet.mjs'
import { fitBaseline, scoreBaseline } from '../../js/baseline.js'
import { load } from '../../js/index.js'
import { scoreDrawing, summarise } from '../../js/score.js'
import { fromStroke3 } from '../../js/strokes/index.js'
import { fromSvg } from '../../js/svg.js'
import { CLASSES } from '../cli.js'
import { tinySketchModel } from '../models.js'
import { assertNear } from '../near.js'

const FIRST = [3, 4, 0, -6, 8, 1, 10, 0, 0, 0, 20, 1]
const SECOND = [1, 1, 1]
const closeTo = (actual, expected) => assertNear(actual, expected, 1e-12)

test('the baseline: moments and shares, and their nats', () => {
  const baseline = fitBaseline([FIRST, SECOND])
  const [xs, ys] = [
    [3, -6, 10, 0, 1],
    [4, 8, 0, 20, 1],
  ]
  const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length
  const [mx, my] = [mean(xs), mean(ys)]
  closeTo(baseline.mean, [mx, my])
  const xx = mean(xs.map((x) => (x - mx) ** 2))
  const xy = mean(xs.map((x, i) => (x - mx) * (ys[i] - my)))
  const yy = mean(ys.map((y) => (y - my) ** 2))
  closeTo(baseline.covariance, [xx, xy, yy])
  closeTo(baseline.pen, [2 / 7, 3 / 7, 2 / 7])

  // The density written as that of x, and of y given x.
  const normal = (value, centre, variance) => (Math.log(2 * Math.PI * variance) + (value - centre) ** 2 / variance) / 2
  const point = (x, y) => normal(x, mx, xx) + normal(y, my + (xy / xx) * (x - mx), yy - (xy * xy) / xx)
  const plain = scoreBaseline(baseline, FIRST, { dequantise: false })
  closeTo(plain.offsets, point(3, 4) + point(-6, 8) + point(10, 0) + point(0, 20))
  closeTo(plain.pen, -2 * Math.log(2 / 7) - 2 * Math.log(3 / 7) - Math.log(2 / 7))
  assert.equal(plain.points, 4)

  // Noise of the same mean and variance, on two values an axis: exact for a quadratic.
  const half = Math.sqrt(1 / 12)
  const noisy = (x, y) =>
    [-half, half].flatMap((a) => [-half, half].map((b) => point(x + a, y + b))).reduce((sum, nats) => sum + nats / 4, 0)
  closeTo(scoreBaseline(baseline, FIRST).offsets, noisy(3, 4) + noisy(-6, 8) + noisy(10, 0) + noisy(0, 20))
})

test('a calibrated pen predicts as many ends and lifts as there are', async () => {
  const bytes = tinySketchModel({ classes: CLASSES, anyClass: true })
  const model = await load(bytes)
  const drawings = CLASSES.flatMap((name) => sample(model, name, { count: 20, seed: 3 }))
    .filter(({ rows }) => rows.length > 30)
    .map(({ rows, className }) => ({ rows: rows.slice(0, 30), className })) // ends sooner than the model thinks
  const shift = fitPen(model, drawings)
  assertNear(shift[0] + shift[1] + shift[2], 0, 1e-12)
  assert.ok(shift[2] > 0, `${shift}`)

  const changed = await load(rewriteModel(bytes, { shift, changes: { listedClasses: ['duck'] } }))
  assert.deepEqual(changed.info.listedClasses, ['duck'])
  const nats = (one) =>
    drawings.map(({ rows, className }, index) => scoreDrawing(one, rows, { class: className, index }))
  const { offsets, pen } = summarise(nats(changed), nats(model))
  assertNear(offsets.mean, 0, 1e-6)
  assert.ok(pen.mean < 0, 'the pen states are more likely')
  assertNear(fitPen(changed, drawings), [0, 0, 0], 1e-4) // where the likelihood is greatest, expected counts are true ones
  model.dispose()
  changed.dispose()
})

test('listed classes: all by default, and only known ones', async () => {
  const bytes = tinySketchModel({ classes: CLASSES })
  const model = await load(bytes)
  assert.deepEqual(model.info.listedClasses, CLASSES)
  model.dispose()
  await assert.rejects(load(rewriteModel(bytes, { shift: [], changes: { listedClasses: ['ox'] } })), {
    code: 'bad-file',
    argument: 'listedClasses',
  })
})

test('drawings are counted class by class alike', () => {
  const drawings = [
    { className: 'a', rows: Float32Array.from(FIRST), finished: true }, // ink 5 + 10 + 20, two strokes, one step below 8
    { className: 'b', rows: Float32Array.from(SECOND), finished: false }, // ink √2, one stroke
    { className: 'b', rows: Float32Array.from(SECOND), finished: true },
  ]
  const counts = count(drawings)
  closeTo(counts.ink, (35 + Math.SQRT2) / 2)
  closeTo(counts.strokes, (2 + 1) / 2)
  closeTo(counts.short, (1 + 1) / (4 + 1))
  closeTo(counts.unfinished, 1 / 3)
  assert.equal(counts.points, 1) // half of the weight is reached
  const scores = [4, 1, 3].map((offsets, i) => ({ points: [4, 1, 1][i], offsets, pen: 0 }))
  assert.deepEqual(
    byClass(['b', 'a'], drawings, scores).map(({ total }) => total.mean),
    [2, 1],
  )
})

test('the sheet holds every drawing', () => {
  const classes = [
    { name: 'a', drawings: [Float32Array.from(FIRST), Float32Array.from(SECOND)] },
    { name: 'b', drawings: [Float32Array.of(0, 0, 1), Float32Array.of(900, 0, 1)] },
  ]
  const svg = sheet({ title: 'sheet', facts: 'four', classes })
  // A closing pen gives a stroke; rules between the rows are lines too, and dots have no length.
  const strokes = fromSvg(svg).filter((stroke) => stroke.length > 1)
  const rules = 2
  assert.ok(strokes.length >= rules + 4, `${strokes.length}`)
  const [first] = fromStroke3(FIRST)
  const drawn = strokes.find((stroke) => stroke.length === first.length)
  assert.ok(drawn !== undefined)
  assert.match(svg, /<title>sheet: four<\/title>/)
})
