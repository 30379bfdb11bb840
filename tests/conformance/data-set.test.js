// `data` with the published sets: what it writes holds what their README counts.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { readDataSet } from '../../js/data-set.js'
import { at, json, setUp, tearDown } from '../cli.js'
import { needs, sharedPath } from './shared.js'

const UNION = 'data/quickdraw/quickdraw_union_stroke3.npz'
const MORE = 'data/quickdraw/quickdraw_more_stroke3.npz'
const MONKEYS = 'data/quickdraw/monkey_simplified_sample.ndjson'

before(setUp)
after(tearDown)

test('both Quick, Draw! files join', needs(UNION, MORE), async () => {
  const report = await json(['data', sharedPath(UNION), sharedPath(MORE), '--out', 'quickdraw.safetensors'])
  assert.equal(report.drawings, 32_371 + 97_415)
  assert.equal(report.points, 6_175_957)
  assert.equal(report.classes.length, 345)
  assert.equal(report.splitHere, null)
  assert.deepEqual(report.namesTaken, [sharedPath(MORE)]) // it has no list of its own: the same order
  const { drawings, classes } = readDataSet(await readFile(at('quickdraw.safetensors')))
  const cars = drawings.filter(({ label, split }) => classes[label] === 'car' && split === 0)
  assert.equal(cars.length, 10_504)
})

test('a thousand monkeys out of ndjson, some left out', needs(MONKEYS), async () => {
  const report = await json(['data', sharedPath(MONKEYS), '--out', 'monkeys.safetensors', '--max-points', '100'])
  assert.equal(report.drawings + report.leftOut.tooLong, 1000)
  assert.ok(report.leftOut.tooLong > 0)
  assert.deepEqual(report.classes, ['monkey'])
  const { drawings } = readDataSet(await readFile(at('monkeys.safetensors')))
  assert.ok(drawings.every(({ rows }) => rows.length <= 300 && rows.every(Number.isInteger)))
  assert.equal(drawings.length, report.splits.train + report.splits.valid + report.splits.test)
})
