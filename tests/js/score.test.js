// Scores and conversions, as functions and as verbs of the command line.

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { convertModel, storeWeights } from '../../js/convert.js'
import { readDescription } from '../../js/description.js'
import { load, MdnError, Random, strokes } from '../../js/index.js'
import { readFloats, readSafetensors, tensorOf, writeSafetensors } from '../../js/safetensors.js'
import { perPoint, scoreDrawing, summarise } from '../../js/score.js'
import { at, CLASSES, DRAWING, json, run, setUp, succeed, tearDown } from '../cli.js'
import { tinySketchModel } from '../models.js'
import { assertNear } from '../near.js'

before(setUp)
after(tearDown)

test('score agrees with a session that scores row by row', async () => {
  const model = await load(tinySketchModel())
  const rows = strokes.toStroke3(DRAWING)
  const drawing = DRAWING.map((stroke) => stroke.map(([x, y]) => [x + 0.25, y / 3]))
  const exact = strokes.toStroke3(drawing)
  const session = model.start()
  const fed = strokes.toStroke5(drawing, { scale: model.scale, end: true })
  const parts = session.observe(fed, { logProb: 'parts' })
  model.dispose()
  const points = exact.length / 3
  assert.equal(rows.length, exact.length)
  let [offsets, pen] = [0, 0]
  for (let i = 0; i <= points; ++i) {
    if (i < points) offsets += 2 * Math.log(40) - parts[2 * i]
    pen -= parts[2 * i + 1]
  }
  const result = await json(['score', 'tiny.safetensors', '-'], { input: JSON.stringify(drawing) })
  assert.equal(result.points, points)
  assert.equal(result.dequantised, null)
  assertNear(result.offsets.mean, offsets / points, 1e-6)
  assertNear(result.pen.mean, pen / points, 1e-6)
  assertNear(result.total.mean, (offsets + pen) / points, 1e-6)
  assert.equal(result.offsets.standardError, null)
})

test('score adds seeded noise to whole numbers, and filters', async () => {
  const base = ['score', 'classes.safetensors', 'drawings.ndjson']
  const [all, again, other, cats, limited, told] = await Promise.all(
    [[], [], ['--seed', '2'], ['--class', 'cat'], ['--limit', '1'], ['--as', 'duck']].map((more) =>
      json([...base, ...more]),
    ),
  )
  assert.deepEqual(all.dequantised, { noise: 0.5, draws: 4, seed: 1 })
  assert.deepEqual(again, all)
  assert.notEqual(other.offsets.mean, all.offsets.mean)
  assert.equal(other.pen.mean, all.pen.mean) // noise is on the offsets alone
  assert.deepEqual([all.drawings, cats.drawings, limited.drawings], [3, 2, 1])
  assert.equal(limited.points, 4)
  assert.notEqual(told.pen.mean, all.pen.mean)
  assert.match(await succeed(base), /^offsets +\d+\.\d{3} ± \d+\.\d{3} nats per point$/m)
  assert.equal((await json(['score', 'tiny.safetensors', 'two.json'])).drawings, 2)
})

test('noise is on the targets alone, and its four draws are averaged', async () => {
  const model = await load(tinySketchModel())
  const rows = strokes.toStroke3(DRAWING)
  const points = rows.length / 3
  const random = new Random(9, { stream: 5 }) // one position a draw, two numbers a point
  const draws = [0, 1, 2, 3].map(() => random.fillUniform(new Float32Array(2 * points)))
  const fed = strokes.toStroke5(DRAWING, { scale: model.scale, end: true })
  const session = model.start()
  let expected = 2 * Math.log(model.scale) * points
  for (let i = 0; i <= points; ++i) {
    const row = fed.slice(5 * i, 5 * i + 5)
    const mixture = session.mixture()
    if (i === points) {
      expected -= mixture.pen === undefined ? Number.NaN : Math.log(mixture.pen[2])
      break
    }
    for (const noise of draws) {
      const point = [0, 1].map((axis) => (rows[3 * i + axis] + noise[2 * i + axis] - 0.5) / model.scale)
      expected -= mixture.logProb([...point, ...row.slice(2)])[0] / 4
    }
    session.observe(row)
  }
  const { offsets, pen } = scoreDrawing(model, rows, { seed: 9, index: 5 })
  assertNear(offsets + pen, expected, 1e-5)
  assert.throws(() => scoreDrawing(model, [1, 2, 0.5]), { code: 'bad-value' })
  model.dispose()
})

test('a ratio of sums and its standard error', () => {
  // m = 12 / 6 = 2; residuals 1 − 2 · 1 = −1, 4 − 2 · 2 = 0, 7 − 2 · 3 = 1; √(3 / 2 · 2) / 6
  assert.deepEqual(perPoint([1, 4, 7], [1, 2, 3]), { mean: 2, standardError: Math.sqrt(3) / 6 })
  assert.deepEqual(perPoint([3], [2]), { mean: 1.5, standardError: null })
  const score = (points, offsets, pen) => ({ points, offsets, pen })
  const difference = summarise([score(1, 5, 1), score(1, 9, 1)], [score(1, 4, 1), score(1, 8, 1)])
  assert.deepEqual(difference.offsets, { mean: 1, standardError: 0 })
  assert.equal(difference.pen.mean, 0)
})

test('a flat npz is filtered by class and split', async () => {
  const rows = [strokes.toStroke3(DRAWING), Float32Array.of(1, 0, 0, 0, 1, 1), Float32Array.of(3, 0, 1)]
  await writeFile(at('set.npz'), npz(rows, { split: [0, 2, 2], label: [0, 0, 1] }))
  await writeFile(at('set.classes.txt'), 'cat\nduck\n')
  const base = ['score', 'classes.safetensors', 'set.npz']
  const points = async (...more) => {
    const { points, drawings, split } = await json([...base, ...more])
    return [drawings, points, split]
  }
  assert.deepEqual(await points(), [2, 3, 'test'])
  assert.deepEqual(await points('--class', 'cat'), [1, 2, 'test'])
  assert.deepEqual(await points('--split', 'all'), [3, 7, 'all'])
  assert.deepEqual(await points('--split', 'train', '--class', 'cat'), [1, 4, 'train'])
  const { code, err } = await run([...base, '--class', 'dog'])
  assert.match(err, /set\.classes\.txt has no class "dog"/)
  assert.equal(code, 1)
})

/** A flat set as numpy.savez writes it: a zip of .npy files, stored. */
function npz(sequences, { split, label }) {
  const off = [0]
  for (const rows of sequences) off.push(off[off.length - 1] + rows.length / 3)
  const pts = Float32Array.from(sequences.flatMap((rows) => [...rows]))
  return zip([
    ['pts.npy', npy('<f4', [pts.length / 3, 3], pts)],
    ['off.npy', npy('<i4', [off.length], Int32Array.from(off))],
    ['split.npy', npy('<i4', [split.length], Int32Array.from(split))],
    ['label.npy', npy('<i4', [label.length], Int32Array.from(label))],
  ])
}

function npy(descr, shape, values) {
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`
  const header = `${dict.padEnd(117)}\n`
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0])
  return Buffer.concat([magic, Buffer.from(header), Buffer.from(values.buffer)])
}

function zip(files) {
  const [locals, directory] = [[], []]
  let offset = 0
  for (const [name, content] of files) {
    const sizes = [crc32(content), content.length, content.length]
    const common = [...words(20, 0, 0, 0, 0), ...sizes.flatMap((size) => words(size & 0xffff, size >>> 16))]
    const local = Buffer.from([0x50, 0x4b, 3, 4, ...common, ...words(name.length, 0)])
    const entry = [0x50, 0x4b, 1, 2, ...words(20), ...common, ...words(name.length, 0, 0, 0, 0, 0, 0)]
    directory.push(Buffer.from([...entry, ...words(offset & 0xffff, offset >>> 16)]), Buffer.from(name))
    locals.push(local, Buffer.from(name), content)
    offset += local.length + name.length + content.length
  }
  const size = Buffer.concat(directory).length
  const end = [0x50, 0x4b, 5, 6, ...words(0, 0, files.length, files.length, size, 0, offset & 0xffff, offset >>> 16, 0)]
  return Buffer.concat([...locals, ...directory, Buffer.from(end)])
}

const words = (...values) => values.flatMap((value) => [value & 0xff, value >>> 8])

function crc32(bytes) {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; ++bit) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}

test('convert stores weights as told, with a self-test that holds', async () => {
  const source = tinySketchModel({ classes: CLASSES, anyClass: false, units: 64 })
  await writeFile(at('wide.safetensors'), source)
  const float32 = readSafetensors(source).tensors
  const data = ['--data', 'drawings.ndjson']
  const [full, half, narrow] = await Promise.all(
    [[], ['--float16'], ['--int8']].map((more, i) =>
      json(['convert', 'wide.safetensors', `out${i}.safetensors`, ...more, ...data]),
    ),
  )
  const [fullFile, halfFile, narrowFile] = await Promise.all([0, 1, 2].map((i) => readFile(at(`out${i}.safetensors`))))
  assert.deepEqual(
    [full, half, narrow].map(({ out }) => out.storage),
    ['float32', 'float16', 'int8'],
  )
  assert.deepEqual([full.out.bytes, narrow.out.bytes], [fullFile.length, narrowFile.length])

  assert.deepEqual(full.cost.difference.total, { mean: 0, standardError: 0 })
  assert.equal(full.selfTest.difference, 0)
  assert.equal(full.selfTest.tolerance, 1e-5)
  for (const { selfTest, cost } of [half, narrow]) {
    assert.ok(selfTest.difference > 0 && selfTest.difference < 0.1)
    assert.ok(selfTest.tolerance >= 2 * selfTest.difference && selfTest.tolerance < 2.3 * selfTest.difference)
    assert.ok(Math.abs(cost.difference.total.mean) < 0.1)
    assert.equal(cost.drawings, 3)
  }

  const dtypes = (file) =>
    Object.fromEntries([...readSafetensors(file).tensors].map(([name, { dtype }]) => [name, dtype]))
  assert.ok(Object.values(dtypes(fullFile)).every((dtype) => dtype === 'F32'))
  const matrices = [...float32].filter(([, { shape }]) => shape.length === 2).map(([name]) => name)
  const vectors = [...float32].filter(([, { shape }]) => shape.length === 1).map(([name]) => name)
  for (const name of vectors) assert.deepEqual([dtypes(halfFile)[name], dtypes(narrowFile)[name]], ['F32', 'F32'])
  for (const name of matrices) {
    assert.equal(dtypes(halfFile)[name], 'F16')
    const isInt8 = ['lstm_0/recurrent_kernel', 'lstm_0/class_kernel', 'lstm_0/class_state_kernel'].includes(name)
    assert.equal(dtypes(narrowFile)[name], isInt8 ? 'I8' : 'F16', name)
    const exact = readFloats(float32, name)
    const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    assertNear(readFloats(readSafetensors(halfFile).tensors, name), exact, 2 ** -11 * Math.max(1, largest))
    assertNear(readFloats(readSafetensors(narrowFile).tensors, name), exact, largest / 127)
  }
  assert.equal(readDescription(narrowFile).description.compute, 'int8')
  assert.equal(readDescription(halfFile).description.compute, 'float32')
  for (const file of [fullFile, halfFile, narrowFile]) (await load(file, { verify: true })).dispose()

  // Back to float32: what int8 stands for, computed in float32.
  await succeed(['convert', 'out2.safetensors', 'back.safetensors'])
  const back = readSafetensors(await readFile(at('back.safetensors'))).tensors
  assert.deepEqual([...back.keys()].sort(), [...float32.keys()].sort())
  const text = await succeed(['convert', 'wide.safetensors', 'again.safetensors', '--int8', ...data])
  assert.match(text, /^again\.safetensors: int8, [\d,]+ bytes, \d+ % of it$/m)
  assert.match(text, /^ {2}total +[+-]\d\.\d{5} ± \d\.\d{5} nats per point/m)
  assert.match(await succeed(['info', 'again.safetensors']), /^self-test +passed$/m)
  assert.deepEqual(await readFile(at('again.safetensors')), narrowFile)
})

test('the self-test notices a changed weight', async () => {
  const { bytes } = await convertModel(load, tinySketchModel(), { storage: 'int8' })
  const { metadata, tensors } = readSafetensors(bytes)
  const changed = readFloats(tensors, 'output/bias')
  changed[7] += 1
  tensors.set('output/bias', tensorOf(changed, [changed.length]))
  await assert.rejects(load(writeSafetensors({ metadata, tensors }), { verify: true }), { code: 'mismatch' })
})

test('weights that float16 cannot hold are refused by name', () => {
  const { metadata, tensors } = readSafetensors(tinySketchModel())
  const values = readFloats(tensors, 'output/kernel')
  values[3] = 70000
  tensors.set('output/kernel', tensorOf(values, tensors.get('output/kernel')?.shape ?? []))
  const bytes = writeSafetensors({ metadata, tensors })
  assert.throws(
    () => storeWeights(bytes, 'float16'),
    (error) => error instanceof MdnError && error.code === 'bad-value' && /output\/kernel/.test(error.message),
  )
})
