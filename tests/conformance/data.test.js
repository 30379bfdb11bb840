// The stroke data beside the repository: what js/strokes reads is what its README counts, and the two published forms of
// the same drawings agree.

import assert from 'node:assert/strict'
import test from 'node:test'

import * as strokes from '../../js/strokes/index.js'
import { readNpz as referenceNpz } from '../reference/npz.js'
import { needs, readShared } from './shared.js'

const QUICKDRAW = 'data/quickdraw/quickdraw_union_stroke3.npz'
const MONKEYS = 'data/quickdraw/monkey_simplified_sample.ndjson'
const CLASSES = 'data/quickdraw/quickdraw_union_stroke3.classes.txt'

const lengthsOf = (set) =>
  Array.from({ length: set.count }, (_, i) => set.off[i + 1] - set.off[i]).sort((a, b) => a - b)
const classNames = () => readShared(CLASSES).toString().trimEnd().split('\n')

test('Quick, Draw! union: counts, lengths and spread as published', needs(QUICKDRAW, CLASSES), async () => {
  const set = await strokes.readFlatNpz(readShared(QUICKDRAW))
  assert.equal(set.count, 32_371)
  assert.equal(set.pts.length / set.width, 1_522_152)
  const lengths = lengthsOf(set)
  assert.equal(lengths[(set.count - 1) / 2], 44)
  assert.equal(lengths.at(-1), 250)

  let [sum, squares, n] = [0, 0, 0]
  for (let i = 0; i < set.pts.length; i++) {
    if (i % 3 === 2) continue
    sum += set.pts[i]
    squares += set.pts[i] ** 2
    n++
  }
  assert.equal(Math.sqrt(squares / n - (sum / n) ** 2).toFixed(1), '32.6')

  const names = classNames()
  assert.equal(names.length, 345)
  const count = (name) => set.label.filter((label) => label === names.indexOf(name)).length
  assert.deepEqual(['monkey', 'crab', 'face'].map(count), [1000, 958, 853])
  const monkeys = (split) => [...strokes.sequences(set, { split, label: names.indexOf('monkey') })]
  assert.deepEqual([monkeys('train').length, monkeys('valid').length, monkeys('test').length], [889, 54, 57])
})

test('the union is read alike by an independent reader', needs(QUICKDRAW), async () => {
  const bytes = readShared(QUICKDRAW)
  const set = await strokes.readFlatNpz(bytes)
  const reference = referenceNpz(bytes)
  assert.deepEqual(
    Buffer.from(set.pts.buffer, set.pts.byteOffset, set.pts.byteLength),
    Buffer.from(Int16Array.from(reference.pts.data ?? reference.pts).buffer),
  )
  assert.deepEqual(set.off, Int32Array.from(reference.off.data ?? reference.off))
})

test('ndjson monkeys become, number for number, the rows of the union', needs(QUICKDRAW, MONKEYS), async () => {
  const drawings = strokes.readNdjson(readShared(MONKEYS).toString())
  assert.equal(drawings.length, 1000)
  assert.ok(drawings.every(({ word, times }) => word === 'monkey' && times === undefined))

  const set = await strokes.readFlatNpz(readShared(QUICKDRAW))
  const keys = Array.from(set.others.get('key_id').data, String)
  const all = [...strokes.sequences(set)]
  for (const { keyId, polylines } of drawings) {
    const rows = strokes.toStroke3(polylines)
    assert.deepEqual(rows, all[keys.indexOf(keyId)])
    // A tap is two equal points in this data; the first stroke of a drawing comes back as one.
    const [[start, second, ...more], ...others] = polylines
    const isTap = more.length === 0 && String(start) === String(second)
    assert.deepEqual(strokes.fromStroke3(rows, { origin: start }), isTap ? [[start], ...others] : polylines)
    const { minX, minY, maxX, maxY } = strokes.boundingBox(polylines)
    assert.ok(minX >= 0 && minY >= 0 && maxX <= 255 && maxY <= 255)
  }
})

test('ndjson streamed is ndjson read at once', needs(MONKEYS), async () => {
  const bytes = readShared(MONKEYS)
  const streamed = []
  for await (const drawing of strokes.streamNdjson(new Blob([bytes]))) streamed.push(drawing)
  assert.deepEqual(streamed, strokes.readNdjson(bytes.toString()))
})

// Number of sequences and of rows, width: data/README.md where it has them, else the files themselves.
const FLAT_FILES = {
  'quickdraw/quickdraw_more_stroke3.npz': [97_415, 4_653_805, 3],
  'kanji/kanji.rdp100.flat.npz': [11_458, 429_634, 3],
  'kanji/kanjivg_rdp025_stroke3.npz': [6701, 403_793, 3],
  'omniglot/omniglot.flat.npz': [32_000, 996_293, 3],
  'unipen/unipen_digits_stroke3.npz': [15_944, 332_352, 3],
  'unipen/unipen_lower_stroke3.npz': [61_274, 1_186_627, 3],
  'unipen/unipen_words_stroke3.npz': [84_055, 6_352_805, 3],
  'touch/TinyPerformanceArrays.flat.npz': [1626, 249_870, 3],
  'touch/tiny_performance_raw_perfs.flat.npz': [1394, 219_582, 4],
  'touch/impsy-training-dataset-9d.flat.npz': [35, 94_603, 9],
}

for (const [name, [count, rows, width]] of Object.entries(FLAT_FILES)) {
  test(`${name}: sequences, rows and width`, needs(`data/${name}`), async () => {
    const set = await strokes.readFlatNpz(readShared(`data/${name}`))
    assert.deepEqual([set.count, set.pts.length / set.width, set.width], [count, rows, width])
  })
}

// Extremes of the columns as NumPy reads them: 434.1647 s is the longest pause, knobs go from 0 to 1.
const KNOBS = 'data/touch/impsy-training-dataset-9d.flat.npz'
test('an array in Fortran order comes out row by row', needs(KNOBS), async () => {
  const { pts, width } = await strokes.readFlatNpz(readShared(KNOBS))
  const greatest = new Float64Array(width)
  for (let i = 0; i < pts.length; i++) greatest[i % width] = Math.max(greatest[i % width], pts[i])
  assert.ok(Math.abs(greatest[0] - 434.1647) < 1e-4)
  assert.deepEqual([...greatest.subarray(1)], Array(width - 1).fill(1))
})
