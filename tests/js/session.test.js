// Session: observing, scoring, stepping, streaming, snapshots, forks, taking futures.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { load, Mixture } from '../../js/index.js'
import { withValues } from '../edit-model.js'
import { rejects, throws } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { assertNear } from '../near.js'
import { ReferenceSequence, readReferenceModel } from '../reference/model.js'
import { randomModel } from '../reference/random-model.js'
import { offsetLogDensity, sketchRnnMixture } from '../reference/sketch-rnn-head.js'

const bytes = tinySketchModel({ seed: 2, classes: ['cat', 'duck'] })
const ROWS = [
  [1, 0.5, 1, 0, 0],
  [-0.25, 2, 0, 1, 0],
  [0, 0.125, 1, 0, 0],
]

/** @type {import('../../js/index.js').Model} */
let model

before(async () => {
  model = await load(bytes)
})

const started = (options = {}) => model.start({ seed: 3, class: 'duck', ...options })
const take = (session, n, options) => Array.from({ length: n }, () => [...session.step(options)])

test('rows are taken flat or nested, plain or typed, one or many', () => {
  const forms = [
    ROWS,
    ROWS.flat(),
    Float32Array.from(ROWS.flat()),
    Float64Array.from(ROWS.flat()),
    ROWS.map((row) => Float32Array.from(row)),
    ROWS.map((row) => Int8Array.from(row.map((x) => 8 * x))).map((row) => Array.from(row, (x) => x / 8)),
  ]
  const answers = forms.map((rows) => {
    const session = started()
    assert.equal(session.observe(rows), undefined)
    return [...session.raw()]
  })
  const one = started()
  for (const row of ROWS) one.observe(row)
  for (const answer of answers) assert.deepEqual(answer, [...one.raw()])
  one.observe([])
  assert.deepEqual(one.observe([], { logProb: true }), new Float32Array(0))
  assert.deepEqual(answers[0], [...one.raw()], 'no row changes nothing')
})

test('the given arrays are left alone and not kept', () => {
  const rows = Float32Array.from(ROWS.flat())
  const session = started()
  session.observe(rows)
  assert.deepEqual([...rows], ROWS.flat())
  const raw = session.raw()
  rows.fill(9)
  raw.fill(9)
  assert.notDeepEqual([...session.raw()], [...raw])
})

test('rows are scored under what the model predicted before them, in nats', () => {
  const reference = new ReferenceSequence(readReferenceModel(bytes), 1)
  let raw = reference.step([0, 0, 1, 0, 0])
  const expected = ROWS.map((row) => {
    const mixture = sketchRnnMixture(raw)
    raw = reference.step(row)
    return [offsetLogDensity(mixture, row[0], row[1]), mixture.logPen[row.indexOf(1, 2) - 2]]
  })
  const parts = started().observe(ROWS, { logProb: 'parts' })
  assertNear(parts, expected.flat(), 1e-4)
  const sums = started().observe(ROWS, { logProb: true })
  assert.equal(sums.length, 3)
  for (let i = 0; i < 3; i += 1) assert.equal(sums[i], Math.fround(parts[2 * i] + parts[2 * i + 1]))
  const first = started({ startToken: null }).observe(ROWS, { logProb: true })
  assert.ok(Number.isNaN(first[0]), 'nothing predicted the first row')
  assert.ok(Number.isFinite(first[1]))
  assert.equal(started().observe(ROWS, { logProb: false }), undefined)
})

test('targets are scored in place of the rows, in several draws', () => {
  const moved = ROWS.map(([x, y, ...pen]) => [x + 0.1, y - 0.1, ...pen])
  const both = started().observe(ROWS, { logProb: true, targets: [...ROWS, ...moved] })
  assert.equal(both.length, 6)
  assert.deepEqual(both.slice(0, 3), started().observe(ROWS, { logProb: true }))
  assert.deepEqual(both.slice(3), started().observe(ROWS, { logProb: true, targets: moved }))
  const session = started()
  session.observe(ROWS, { logProb: true, targets: moved })
  const plain = started()
  plain.observe(ROWS)
  assert.deepEqual(session.raw(), plain.raw(), 'fed are the rows')
  throws(() => started().observe(ROWS, { logProb: true, targets: ROWS.slice(1) }), 'bad-shape', /targets/)
  throws(() => started().observe(ROWS, { logProb: true, targets: [] }), 'bad-shape', /targets/)
  throws(() => started().observe(ROWS, { logProb: true, targets: [1, 2] }), 'bad-shape', /targets/)
})

test('wrong rows are refused, and nothing has happened', () => {
  const session = started()
  const raw = [...session.raw()]
  const cases = [
    [[1, 2, 3, 4], 'bad-shape', /multiple of 5/],
    [[1, 2, 3, 4, 5, 6], 'bad-shape', /multiple of 5/],
    [
      [
        [1, 2, 3, 4, 5],
        [1, 2],
      ],
      'bad-shape',
      /index 1/,
    ],
    [[[1, 2, 3, 4, 5], 7], 'bad-shape', /index 1/],
    [[1, 2, Number.NaN, 4, 5], 'bad-value', /row 0, column 2/],
    [[0, 0, 0, 0, 0, 0, 0, 0, 0, Infinity], 'bad-value', /row 1, column 4/],
    [[1e7, 0, 1, 0, 0], 'bad-value', /divide data units by model.scale/],
    [[-1e300, 0, 1, 0, 0], 'bad-value', /out of range/],
    [['1', 0, 1, 0, 0], 'bad-argument', /index 0/],
    [[undefined, 0, 1, 0, 0], 'bad-argument'],
    [[1n, 0, 1, 0, 0], 'bad-argument'],
    [BigInt64Array.of(1n, 0n, 1n, 0n, 0n), 'bad-argument'],
    [new DataView(new ArrayBuffer(20)), 'bad-argument'],
    ['rows', 'bad-argument'],
    [undefined, 'bad-argument'],
    [null, 'bad-argument'],
    [{ length: 5 }, 'bad-argument'],
    [new Float32Array(5 * 1_000_001), 'too-large', /1000000 rows/],
  ]
  for (const [rows, code, message] of cases) throws(() => session.observe(rows), code, message)
  throws(() => session.observe(ROWS, { logProb: 'both' }), 'bad-argument', /logProb/)
  throws(() => session.observe(ROWS, { logProb: 1 }), 'bad-argument', /logProb/)
  throws(() => session.observe(ROWS, { logprob: true }), 'bad-argument', /logprob/)
  throws(() => session.observe(ROWS, true), 'bad-argument')
  assert.deepEqual([...session.raw()], raw)
  assert.equal(session.version, started().version)
})

test('the mixture of the next row is the lowered raw output', () => {
  const session = started()
  session.observe(ROWS)
  const mixture = session.mixture()
  assert.ok(mixture instanceof Mixture)
  assert.deepEqual([mixture.count, mixture.dims, mixture.components, mixture.pointSize], [1, 2, 5, 5])
  const reference = sketchRnnMixture([...session.raw()])
  assertNear(mixture.weights, reference.weights, 1e-6)
  assertNear(mixture.pen, reference.pen, 1e-6)
  assertNear(mixture.correlations, reference.correlations, 1e-6)
  const interleaved = (a, b) => a.flatMap((x, i) => [x, b[i]])
  assertNear(mixture.means, interleaved(reference.meansX, reference.meansY), 1e-6)
  assertNear(mixture.scales, interleaved(reference.scalesX, reference.scalesY), 1e-6)
  // It answers what the session would.
  const [row] = ROWS
  assertNear(mixture.logProb(row), session.observe(row, { logProb: true }), 1e-5)
})

test('a step gives a row, its log-probability and its end, into the array given', () => {
  const session = started()
  const twin = started()
  const out = new Float32Array(5)
  for (let i = 0; i < 30; i += 1) {
    const before = twin.mixture()
    assert.equal(session.position, i)
    assert.equal(session.step(undefined, out), out)
    assertNear(session.logProb, before.logProb(out)[0], 1e-5)
    assert.equal(session.finished, out[4] === 1)
    assert.equal(out[2] + out[3] + out[4], 1)
    twin.observe(out)
    assert.deepEqual(session.raw(), twin.raw(), 'the row has been fed back')
  }
  const longer = new Array(7).fill(9)
  started().step({}, longer)
  assert.deepEqual(longer.slice(5), [9, 9])
  throws(() => session.step({}, new Float32Array(4)), 'bad-shape', /out/)
  assert.equal(session.position, 30, 'a refused step draws nothing')
})

test('what is drawn depends on seed, stream and position only', () => {
  const rows = take(started(), 20)
  assert.deepEqual(take(started(), 20), rows)
  assert.notDeepEqual(take(started({ seed: 4 }), 20), rows)
  assert.notDeepEqual(take(started({ stream: 1 }), 20), rows)
  const session = started()
  session.observe(session.step())
  assert.equal(session.position, 1, 'observing draws nothing')
})

test('temperature 0 is the likeliest, and needs no seed', () => {
  const greedy = take(started({ seed: 1 }), 10, { temperature: { rule: 'sketch-rnn', temperature: 0 } })
  assert.deepEqual(take(started({ seed: 2 }), 10, { temperature: { rule: 'greedy' } }), greedy)
  assert.notDeepEqual(take(started({ seed: 1 }), 10, { temperature: 1 }), greedy)
})

test('a model with fixed means and pen draws just that at temperature 0', async () => {
  let fixed = withValues(tinySketchModel(), 'output/kernel', (values) => values.fill(0))
  // pen | weights | means x | means y …: the third component is the heaviest, at (3, −2); the pen is lifted.
  fixed = withValues(fixed, 'output/bias', (values) =>
    values.set([0, 5, 0, 0, 0, 9, 0, 0, 1, 2, 3, 4, 5, 2, 0, -2, 1, 1]),
  )
  const session = (await load(fixed)).start()
  assert.deepEqual([...session.step({ temperature: { rule: 'greedy' } })], [3, -2, 0, 1, 0])
})

test('wrong temperatures are refused, and nothing has been drawn', () => {
  const session = started()
  for (const temperature of [-1, -0.001, Number.NaN, Infinity, 1e7]) {
    throws(() => session.step({ temperature }), 'bad-value', /temperature/)
    throws(() => session.step({ temperature: { temperature } }), 'bad-value', /temperature/)
    throws(() => session.step({ temperature: { weights: temperature } }), 'bad-value', /weights/)
    throws(() => session.futures({ temperature }), 'bad-value', /temperature/)
  }
  for (const temperature of ['1', true, [], () => 1]) throws(() => session.step({ temperature }), 'bad-argument')
  throws(() => session.step({ temperature: { rule: 'hot' } }), 'bad-argument', /there are keras-mdn/)
  throws(() => session.step({ temperature: { rule: 7 } }), 'bad-argument')
  throws(() => session.step({ temperature: { scale: 1 } }), 'bad-argument', /scale/)
  assert.deepEqual(take(session, 3), take(started(), 3))
})

test('an options object may be changed between steps', () => {
  const temperature = { rule: 'sketch-rnn', temperature: 0 }
  const session = started()
  session.step({ temperature })
  temperature.temperature = 1
  const changed = [...session.step({ temperature })]
  const expected = started()
  expected.step({ temperature: { rule: 'sketch-rnn', temperature: 0 } })
  assert.deepEqual(changed, [...expected.step({ temperature: { rule: 'sketch-rnn', temperature: 1 } })])
})

test('a stream gives the rows that stepping gives, up to an end', async () => {
  const rows = []
  for await (const row of started().stream({ maxSteps: 12, temperature: 0.7 })) rows.push([...row])
  const session = started()
  const stepped = []
  while (stepped.length < 12 && !session.finished) stepped.push([...session.step({ temperature: 0.7 })])
  assert.deepEqual(rows, stepped)
  let ends = 0
  for (let seed = 0; seed < 10; seed += 1) {
    const whole = []
    const ending = started({ seed })
    for await (const row of ending.stream()) whole.push(row)
    assert.ok(whole.length <= model.info.maxSteps)
    assert.ok(ending.finished === (whole.at(-1)[4] === 1))
    assert.ok(whole.slice(0, -1).every((row) => row[4] === 0))
    ends += ending.finished ? 1 : 0
  }
  assert.ok(ends > 0)
  const early = started()
  for await (const _ of early.stream()) break
  assert.equal(early.position, 1)
})

test('a stream stops by its signal, with the reason given, and refuses wrong options', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const session = started()
  await assert.rejects(
    async () => {
      for await (const _ of session.stream({ maxSteps: 1e9, signal: controller.signal })) {
        if (session.position === 20) controller.abort(reason)
        assert.ok(session.position < 100)
        if (session.finished) return assert.fail('ended by itself')
      }
    },
    (error) => error === reason,
  )
  const next = (options) => started().stream(options).next()
  await assert.rejects(next({ signal: AbortSignal.abort(reason) }), (error) => error === reason)
  await rejects(next({ maxSteps: 0 }), 'bad-value')
  await rejects(next({ maxSteps: 'many' }), 'bad-argument')
  await rejects(next({ steps: 3 }), 'bad-argument', /steps/)
  await rejects(next({ signal: {} }), 'bad-argument', /signal/)
  await rejects(next({ temperature: -1 }), 'bad-value')
})

test('undo: a snapshot brings everything back', () => {
  const session = started()
  session.observe(ROWS)
  take(session, 4)
  const here = session.snapshot()
  const raw = session.raw()
  const rows = take(session, 9)
  const finished = session.finished
  session.restore(here)
  assert.deepEqual([session.position, session.seed, session.streamIndex], [4, 3, 0])
  assert.deepEqual(session.raw(), raw)
  assert.deepEqual(take(session, 9), rows)
  assert.equal(session.finished, finished)
  const stored = structuredClone(here)
  const elsewhere = started({ seed: 77, stream: 5 })
  elsewhere.restore(stored)
  assert.deepEqual(take(elsewhere, 9), rows)
  assert.deepEqual(here, stored, 'a snapshot does not change')
})

test('a snapshot remembers that the sequence had ended', async () => {
  const session = started()
  for await (const _ of session.stream({ maxSteps: 1e4 }));
  assert.equal(session.finished, true)
  const ended = session.snapshot()
  session.observe(ROWS)
  assert.equal(session.finished, false)
  session.restore(ended)
  assert.equal(session.finished, true)
  assert.equal(session.fork().finished, true)
})

test('a snapshot of something else is refused', async () => {
  const session = started()
  const good = session.snapshot()
  const other = await load(tinySketchModel({ units: 16 }))
  throws(() => session.restore(other.start().snapshot()), 'mismatch', /not of this model/)
  for (const bad of [undefined, null, {}, 'snapshot', { ...good, state: [...good.state] }]) {
    throws(() => session.restore(bad), 'mismatch')
  }
  throws(() => session.restore({ ...good, seed: -1 }), 'bad-value', /snapshot.seed/)
  throws(() => session.restore({ ...good, seed: undefined }), 'bad-argument')
  throws(() => session.restore({ ...good, stream: 1.5 }), 'bad-value')
  throws(() => session.restore({ ...good, position: 2 ** 32 }), 'bad-value')
  throws(() => session.restore({ ...good, position: undefined }), 'bad-argument')
  session.restore(good)
})

test('a damaged snapshot gives an error, not a wrong number', () => {
  const session = started()
  const good = session.snapshot()
  session.restore({ ...good, state: new Float32Array(good.state.length).fill(Number.NaN) })
  throws(() => session.step(), 'bad-value', /not finite/)
  throws(() => session.mixture(), 'bad-value')
  throws(() => session.futures(), 'bad-value')
  session.restore(good)
  assert.deepEqual(take(session, 3), take(started(), 3))
})

test('a fork lives on its own, with the same or other random numbers', () => {
  const session = started()
  session.observe(ROWS)
  take(session, 3)
  const same = session.fork()
  const other = session.fork({ stream: 1 })
  const seeded = session.fork({ seed: 99, stream: 2 })
  assert.deepEqual([same.seed, same.streamIndex, same.position], [3, 0, 3])
  assert.deepEqual([seeded.seed, seeded.streamIndex, seeded.position], [99, 2, 3])
  assert.equal(same.logProb, session.logProb)
  assert.deepEqual(same.raw(), session.raw())
  const rows = take(session, 6)
  assert.deepEqual(take(same, 6), rows)
  assert.notDeepEqual(take(other, 6), rows)
  session.dispose()
  take(same, 3)
  throws(() => same.fork({ position: 3 }), 'bad-argument')
  throws(() => same.fork({ seed: -1 }), 'bad-value')
})

test('a network that cannot be fed its own rows is asked, not stepped', async () => {
  const sensor = await load(
    randomModel({
      inputs: 3,
      nodes: [{ name: 'o', type: 'dense', inputs: ['input'], units: 5, activation: 'linear' }],
      head: { type: 'diagonal', dims: 2, components: 1 },
    }),
  )
  const session = sensor.start()
  session.observe([1, 2, 3])
  assert.equal(session.mixture().dims, 2)
  throws(() => session.step(), 'mismatch', /reads 3 numbers and predicts 2/)
  throws(() => session.futures(), 'mismatch')
  throws(() => session.observe([1, 2, 3], { logProb: true }), 'mismatch', /targets/)
  const [nats] = session.observe([1, 2, 3], { logProb: true, targets: [0.5, 0.5] })
  assert.ok(Number.isFinite(nats))
  await rejects(session.stream().next(), 'mismatch')
})

test('a row that is no number is an error, not a row', async () => {
  // log σ = 120: e^120 is beyond float32.
  const wild = await load(withValues(tinySketchModel(), 'output/bias', (values) => values.fill(120, 18, 28)))
  const session = wild.start({ seed: 1 })
  const out = new Float32Array(5)
  throws(() => session.step({}, out), 'bad-value', /sampled number/)
  throws(() => session.mixture(), 'bad-value', /scales/)
  assert.deepEqual([...out], [0, 0, 0, 0, 0])
  const futures = session.futures({ count: 3 })
  throws(() => futures.advance(), 'bad-value')
  throws(() => futures.advance(), 'bad-value')
  take(started(), 2)
})
