// Data sets: files of every form joined, split, written and read again.

import assert from 'node:assert/strict'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readDataSet, writeDataSet } from '../../js/data-set.js'
import { MdnError } from '../../js/errors.js'
import { readSafetensors, writeSafetensors } from '../../js/safetensors.js'
import { simplify, toStroke3 } from '../../js/strokes/index.js'
import { at, DRAWING, json, quickDraw, run, setUp, succeed, tearDown } from '../cli.js'
import { mutants } from '../mutants.js'

const golden = (name) => fileURLToPath(new URL(`../golden/npz/${name}.npz`, import.meta.url))
const ROWS = [...toStroke3(DRAWING)]
const read = async (name) => readDataSet(await readFile(at(name)))
const lists = (drawings) => drawings.map(({ rows, ...rest }) => ({ ...rest, rows: [...rows] }))

before(async () => {
  await setUp()
  await Promise.all(
    ['flat', 'sketch-rnn'].map((name) => copyFile(golden(name), at(name === 'flat' ? 'flat.npz' : 'boat.npz'))),
  )
})
after(tearDown)

test('what is written is read again', () => {
  const drawings = [
    { rows: Float32Array.of(1, 2, 0, -3.5, 4, 1), label: 1, split: 0 },
    { rows: Float32Array.of(0, 0, 1), label: 0, split: 2 },
  ]
  const set = { classes: ['a', 'b'], source: 'here', licence: 'CC0', attribution: 'me' }
  const bytes = writeDataSet({ drawings, ...set })
  const { drawings: again, ...rest } = readDataSet(bytes)
  assert.deepEqual(lists(again), lists(drawings))
  assert.deepEqual(rest, set)
  // As cpp/train/stroke_set.h has it.
  const { tensors, metadata } = readSafetensors(bytes)
  assert.deepEqual(
    ['points', 'lengths', 'labels', 'splits'].map((name) => [tensors.get(name).dtype, tensors.get(name).shape]),
    [
      ['F32', [3, 3]],
      ['F32', [2]],
      ['F32', [2]],
      ['F32', [2]],
    ],
  )
  assert.deepEqual(JSON.parse(metadata['mixture-density']), { dataSet: 1, kind: 'strokes', ...set })
})

test('what the trainer would refuse is refused, with the drawing and its row', () => {
  const good = { rows: Float32Array.of(1, 2, 1), label: 0, split: 0 }
  for (const [change, pattern] of [
    [{ rows: Float32Array.of() }, /drawing 1 has the wrong length/],
    [{ rows: Float32Array.of(1, 2) }, /drawing 1 has the wrong length/],
    [{ rows: new Float32Array(300_003) }, /drawing 1 has the wrong length.*100000/],
    [{ rows: Float32Array.of(0, 0, 0, NaN, 0, 1) }, /row 1 of drawing 1 is no offset/],
    [{ rows: Float32Array.of(0, -Infinity, 1) }, /row 0 of drawing 1 is no offset/],
    [{ rows: Float32Array.of(2e6, 0, 1) }, /row 0 of drawing 1 is no offset/],
    [{ rows: Float32Array.of(0, 0, 0.5) }, /row 0 of drawing 1 has a wrong lift/],
    [{ label: 1 }, /drawing 1 has a label without a class/],
    [{ label: -1 }, /label without a class/],
    [{ split: 3 }, /drawing 1 has no split/],
  ]) {
    assert.throws(
      () => writeDataSet({ drawings: [good, { ...good, ...change }], classes: ['a'] }),
      (error) => error instanceof MdnError && error.code === 'bad-value' && pattern.test(error.message),
    )
  }
  assert.throws(() => writeDataSet({ drawings: [], classes: [] }), { code: 'bad-value', message: /empty/ })
})

test('a damaged data set is an error of ours', () => {
  const rows = Float32Array.from({ length: 30 }, (_, i) => (i % 3 === 2 ? 1 : i))
  const bytes = writeDataSet({ drawings: [{ rows, label: 0, split: 0 }], classes: ['a'] })
  for (const mutant of mutants(bytes, { count: 2000, seed: 3 })) {
    try {
      assert.ok(readDataSet(mutant).drawings.length <= 1)
    } catch (error) {
      assert.ok(error instanceof MdnError, error?.stack)
    }
  }
  assert.throws(() => readDataSet(writeSafetensors({ tensors: {} })), { code: 'bad-file', message: /not a data set/ })
})

test('simplified ndjson is taken as it is, in splits that a seed repeats', async () => {
  await writeFile(
    at('many.ndjson'),
    Array.from({ length: 400 }, (_, i) => quickDraw(i % 2 ? 'cat' : 'duck')).join('\n'),
  )
  const options = ['many.ndjson', '--licence', 'CC BY 4.0', '--source', 'the net', '--attribution', 'players']
  const report = await json(['data', ...options, '--out', 'many.safetensors', '--valid', '0.2', '--test', '0.1'])
  assert.equal(report.drawings, 400)
  assert.equal(report.points, 400 * (ROWS.length / 3))
  assert.deepEqual(report.splitHere, { seed: 1, valid: 0.2, test: 0.1 })
  const set = await read('many.safetensors')
  assert.deepEqual(set.classes, ['duck', 'cat'])
  assert.deepEqual([set.licence, set.source, set.attribution], ['CC BY 4.0', 'the net', 'players'])
  for (const [i, { rows, label }] of set.drawings.entries()) {
    assert.deepEqual([...rows], ROWS)
    assert.equal(label, i % 2)
  }
  // 400 draws: 80 and 40 are expected, standard deviations 8 and 6.
  assert.ok(Math.abs(report.splits.valid - 80) < 32 && Math.abs(report.splits.test - 40) < 24, JSON.stringify(report))
  const again = await json(['data', 'many.ndjson', '--out', 'again.safetensors', '--valid', '0.2', '--test', '0.1'])
  assert.deepEqual(again.splits, report.splits)
  const other = ['--seed', '2', '--valid', '0.2', '--test', '0.1']
  await succeed(['data', 'many.ndjson', '--out', 'other.safetensors', ...other])
  const splits = ({ drawings }) => drawings.map(({ split }) => split)
  assert.deepEqual(splits(await read('again.safetensors')), splits(set))
  assert.notDeepEqual(splits(await read('other.safetensors')), splits(set))
})

test('raw ndjson and SVG are scaled to 255 and simplified', async () => {
  const wave = Array.from({ length: 200 }, (_, i) => [100 + 2.55 * i * 2, 300 + 40 * Math.sin(i / 20)])
  const raw = { word: 'wave', drawing: [[wave.map(([x]) => x), wave.map(([, y]) => y), wave.map((_, i) => 10 * i)]] }
  await writeFile(at('raw.ndjson'), JSON.stringify(raw))
  await writeFile(at('wave.svg'), `<svg viewBox="0 0 2000 900"><polyline points="${wave.join(' ')}"/></svg>`)
  const factor = 255 / (2.55 * 199 * 2)
  const scaled = wave.map(([x, y]) => [(x - wave[0][0]) * factor, y * factor])
  const top = Math.min(...scaled.map(([, y]) => y))
  const whole = (epsilon) => {
    const placed = scaled.map(([x, y]) => [x, y - top])
    return [...toStroke3([simplify(placed, epsilon).map(([x, y]) => [Math.round(x), Math.round(y)])])]
  }
  for (const [options, epsilon] of [
    [[], 2],
    [['--epsilon', '0.5'], 0.5],
  ]) {
    await succeed(['data', 'raw.ndjson', 'wave.svg', '--class', 'sea', '--out', 'raw.safetensors', ...options])
    const { drawings, classes } = await read('raw.safetensors')
    assert.deepEqual(classes, ['wave', 'sea'])
    for (const { rows } of drawings) assert.deepEqual([...rows], whole(epsilon))
  }
  assert.ok(whole(2).length < whole(0.5).length)
})

test('npz of both kinds: their splits and names are kept', async () => {
  await writeFile(at('flat.classes.txt'), 'a\nb\nc\nd\ne\r\n')
  const bad = await run(['data', 'flat.npz', '--out', 'flat.safetensors'])
  assert.match(bad.err, /flat\.npz has the label 300, but there are only \d names/)
  await writeFile(at('flat.classes.txt'), Array.from({ length: 301 }, (_, i) => `class ${i}`).join('\n'))
  const report = await json(['data', 'flat.npz', 'boat.npz', '--out', 'flat.safetensors'])
  assert.equal(report.splitHere, null)
  assert.deepEqual(report.leftOut, { otherClass: 0, empty: 1, tooLong: 0 }) // the golden file has an empty sequence
  const { drawings, classes } = await read('flat.safetensors')
  assert.equal(classes.length, 302)
  assert.equal(classes[301], 'boat')
  assert.deepEqual(
    drawings.map(({ rows, label, split }) => [rows.length / 3, label, split]),
    [
      ...[
        [3, 4, 0],
        [5, 0, 1],
        [2, 4, 2],
        [30, 300, 2],
      ],
      ...[4, 1, 7, 300].map((rows) => [rows, 301, 0]),
      ...[2].map((rows) => [rows, 301, 1]),
      ...[3, 5].map((rows) => [rows, 301, 2]),
    ],
  )
})

test('classes and lengths to keep', async () => {
  const args = ['data', 'flat.npz', 'boat.npz', '--out', 'some.safetensors', '--max-points', '6']
  const report = await json([...args, '--classes', 'boat, class 4'])
  assert.deepEqual(report.classes, ['boat', 'class 4'])
  assert.deepEqual(report.leftOut, { otherClass: 2, empty: 1, tooLong: 2 })
  const { drawings } = await read('some.safetensors')
  assert.deepEqual(
    drawings.map(({ rows, label }) => [rows.length / 3, label]),
    [
      [3, 1],
      [2, 1],
      [4, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [5, 0],
    ],
  )
  assert.match((await run([...args, '--classes', 'boat,ship'])).err, /no drawing is of the class ship/)
})

test('labels without names take those of the other files, if these agree', async () => {
  await copyFile(at('flat.npz'), at('nameless.npz'))
  const report = await json(['data', 'flat.npz', 'nameless.npz', '--out', 'both.safetensors'])
  assert.deepEqual(report.namesTaken, ['nameless.npz'])
  const { drawings, classes } = await read('both.safetensors')
  assert.equal(classes.length, 301)
  assert.deepEqual(lists(drawings.slice(4)), lists(drawings.slice(0, 4)))
  await succeed(['data', 'nameless.npz', '--out', 'alone.safetensors'])
  assert.deepEqual((await read('alone.safetensors')).classes, ['4', '0', '300'])
  const { err, code } = await run(['data', 'flat.npz', 'boat.npz', 'nameless.npz', '--out', 'both.safetensors'])
  assert.match(err, /nameless\.npz are not known, and flat\.npz and boat\.npz do not agree/)
  assert.equal(code, 1)
})

test('score reads a data set like the file that it was made of', async () => {
  await succeed(['data', 'boat.npz', 'drawings.ndjson', '--out', 'score.safetensors', '--test', '1', '--valid', '0'])
  const score = (...args) => json(['score', 'classes.safetensors', ...args, '--as', 'cat'])
  const all = await score('score.safetensors')
  assert.equal(all.split, 'test')
  assert.equal(all.drawings, 2 + 3)
  const ducks = await score('score.safetensors', '--class', 'duck')
  assert.deepEqual(ducks.total, (await score('drawings.ndjson', '--class', 'duck')).total)
  assert.equal((await score('score.safetensors', '--split', 'all')).drawings, 4 + 1 + 2 + 3)
  assert.match((await run(['score', 'tiny.safetensors', 'score.safetensors', '--class', 'ox'])).err, /no class "ox"/)
})

test('what is no drawing', async () => {
  await writeFile(at('text.txt'), 'hello')
  await writeFile(at('empty.ndjson'), '{"word":"cat","drawing":[]}')
  for (const [file, pattern] of [
    ['text.txt', /text\.txt is no drawing/],
    ['missing', /missing could not be read/],
    ['drawing.json', /drawing\.json is no set of drawings/],
    ['empty.ndjson', /there are no drawings/],
    ['tiny.safetensors', /no drawing/],
  ]) {
    const { err, code } = await run(['data', file, '--out', 'no.safetensors'])
    assert.match(err, pattern)
    assert.equal(code, 1)
  }
})
