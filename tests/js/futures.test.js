// Futures: a batch of continuations, each with the bits of the fork that it stands for.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { storeWeights } from '../../js/convert.js'
import { load } from '../../js/index.js'
import { throws } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { randomModel } from '../reference/random-model.js'

const bytes = tinySketchModel({ seed: 4, classes: ['cat', 'duck'] })
const ROWS = [
  [1, 0.5, 1, 0, 0],
  [-0.25, 2, 0, 1, 0],
]
const TEMPERATURE = { rule: 'sketch-rnn', temperature: 0.8 }

/** @type {import('../../js/index.js').Model} */
let model

before(async () => {
  model = await load(bytes)
})

function started(from = model, options = {}) {
  const session = from.start({ seed: 3, class: 'cat', ...options })
  session.observe(ROWS)
  return session
}

/** What a fork with this stream draws, up to its end: all rows, their log-probability, whether it ended. */
function stepped(session, seed, stream, maxSteps) {
  const fork = session.fork({ seed, stream })
  const rows = []
  let logProb = 0
  while (rows.length < maxSteps && !fork.finished) {
    rows.push([...fork.step({ temperature: TEMPERATURE })])
    logProb = Math.fround(logProb + fork.logProb)
  }
  const { finished } = fork
  fork.dispose()
  return { rows: rows.flat(), logProb, finished }
}

for (const storage of ['float32', 'int8']) {
  test(`future i is the fork with stream i, bit for bit, however many there are (${storage})`, async () => {
    const own = await load(storeWeights(bytes, storage))
    const session = started(own)
    session.step()
    const endings = { early: 0, late: 0 }
    for (const count of [1, 3, 4, 7, 64, 65]) {
      const futures = session.futures({ count, maxSteps: 50, seed: 8, temperature: TEMPERATURE })
      for (let steps = 1; futures.advance(steps); steps += 1);
      const { points, lengths, logProb, finished } = futures
      for (let i = 0; i < count; i += 1) {
        const expected = stepped(session, 8, i, 50)
        const padded = [...expected.rows, ...new Array(250 - expected.rows.length).fill(0)]
        assert.deepEqual([...points.subarray(250 * i, 250 * (i + 1))], padded)
        assert.deepEqual([...futures.rows(i)], expected.rows)
        assert.equal(lengths[i], expected.rows.length / 5)
        assert.equal(logProb[i], expected.logProb)
        assert.equal(finished[i], expected.finished ? 1 : 0)
        endings[expected.finished ? 'early' : 'late'] += 1
      }
      futures.dispose()
    }
    assert.ok(endings.early > 20 && endings.late > 20, JSON.stringify(endings))
    own.dispose()
  })
}

test('making and running futures does not change the session', () => {
  const session = started()
  const raw = session.raw()
  const here = session.snapshot()
  const futures = session.futures({ count: 5, seed: 9 })
  futures.advance()
  assert.deepEqual(session.snapshot(), here)
  assert.deepEqual(session.raw(), raw)
  assert.deepEqual(session.step(), started().step())
})

test('they grow as they are advanced, and what is read is a copy', () => {
  const session = started()
  const futures = session.futures({ count: 6, maxSteps: 40, temperature: TEMPERATURE })
  assert.deepEqual([futures.count, futures.maxSteps, futures.seed, futures.session], [6, 40, 3, session])
  assert.deepEqual([...futures.lengths], [0, 0, 0, 0, 0, 0])
  assert.equal(futures.done, false)
  assert.equal(futures.advance(0), true)
  assert.deepEqual(futures.rows(0), new Float32Array(0))
  futures.advance(3)
  const early = futures.rows(2)
  const some = futures.points
  futures.points.fill(9)
  futures.lengths.fill(9)
  assert.deepEqual(futures.points, some)
  assert.ok(futures.lengths.every((length) => length <= 3))
  assert.equal(futures.advance(), false)
  assert.equal(futures.done, true)
  assert.equal(futures.advance(7), false)
  const all = futures.rows(2)
  assert.deepEqual(all.subarray(0, early.length), early)
  assert.deepEqual(futures.rows(2, 1), all.subarray(5))
  assert.equal(futures.rows(2, 40).length, 0)
  assert.equal(futures.rows(2, futures.lengths[2]).length, 0)
})

test('the options have their defaults', async () => {
  const session = started()
  const futures = session.futures()
  assert.deepEqual([futures.count, futures.maxSteps, futures.seed], [8, 100, 3])
  const open = await load(
    randomModel({
      inputs: 1,
      nodes: [{ name: 'o', type: 'dense', inputs: ['input'], units: 3, activation: 'linear' }],
      head: { type: 'diagonal', dims: 1, components: 1 },
      startToken: [0],
    }),
  )
  const endless = open.start({ seed: 1 }).futures()
  assert.equal(endless.maxSteps, 250)
  endless.advance()
  assert.deepEqual([...endless.lengths], new Array(8).fill(250))
  assert.deepEqual([...endless.finished], new Array(8).fill(0))
  // The model's own temperature, and a number by the model's own rule.
  const points = (options) => {
    const own = session.futures({ maxSteps: 10, ...options })
    own.advance()
    return [...own.points]
  }
  assert.deepEqual(points({}), points({ temperature: 0.4 }))
  assert.deepEqual(points({}), points({ temperature: { rule: 'sketch-rnn-js', temperature: 0.4 } }))
  assert.notDeepEqual(points({}), points({ temperature: 1 }))
  assert.notDeepEqual(points({}), points({ seed: 4 }))
})

test('wrong options and arguments are refused', () => {
  const session = started()
  for (const bad of [0, -1, 1.5, 65537, Number.NaN]) throws(() => session.futures({ count: bad }), 'bad-value', /count/)
  for (const bad of [0, -1, 2.5, 1e6 + 1]) throws(() => session.futures({ maxSteps: bad }), 'bad-value', /maxSteps/)
  for (const bad of ['3', null]) throws(() => session.futures({ count: bad }), 'bad-argument', /count/)
  throws(() => session.futures({ seed: 0.5 }), 'bad-value', /seed/)
  throws(() => session.futures({ steps: 3 }), 'bad-argument', /steps/)
  throws(() => session.futures({ count: 65536, maxSteps: 1e6 }), 'too-large', /MB/)
  throws(() => model.start({ class: 'cat', startToken: null }).futures(), 'mismatch')
  const futures = session.futures({ count: 3, maxSteps: 5 })
  for (const bad of [-1, 0.5, Number.NaN]) throws(() => futures.advance(bad), 'bad-value', /steps/)
  throws(() => futures.advance('2'), 'bad-argument')
  for (const bad of [-1, 3, 0.5, Number.NaN]) throws(() => futures.rows(bad), 'bad-value', /index/)
  throws(() => futures.rows(), 'bad-argument', /index/)
  throws(() => futures.rows(0, -1), 'bad-value', /from/)
  throws(() => futures.rows(0, 6), 'bad-value', /from/)
  assert.equal(futures.advance(), false)
})

test('accepting a future is as if it had been stepped', () => {
  for (const ended of [0, 1]) {
    const session = started()
    const futures = session.futures({ count: 40, maxSteps: 20, temperature: TEMPERATURE })
    futures.advance()
    const chosen = futures.finished.indexOf(ended)
    const length = futures.lengths[chosen]
    const fork = session.fork({ stream: chosen })
    for (let i = 0; i < length; i += 1) fork.step({ temperature: TEMPERATURE })
    session.accept(futures, chosen)
    assert.equal(session.position, length)
    assert.equal(session.finished, ended === 1)
    assert.deepEqual(session.raw(), fork.raw())
    assert.deepEqual([...session.snapshot().state], [...fork.snapshot().state])
  }
  const half = started()
  const growing = half.futures({ count: 2, maxSteps: 20 })
  growing.advance(3)
  half.accept(growing, 1)
  assert.equal(half.position, growing.lengths[1])
  const nothing = started()
  nothing.accept(nothing.futures(), 0)
  assert.deepEqual(nothing.raw(), started().raw())
})

test('futures of another session, or of an earlier state, are not accepted', () => {
  const session = started()
  const other = started()
  const futures = session.futures({ count: 2, maxSteps: 4 })
  futures.advance()
  throws(() => other.accept(futures, 0), 'mismatch', /do not continue this session/)
  throws(() => session.accept({}, 0), 'bad-argument')
  throws(() => session.accept(futures, 2), 'bad-value', /index/)
  throws(() => session.accept(futures), 'bad-argument', /index/)
  const moves = [
    (own) => own.observe(ROWS),
    (own) => own.step(),
    (own) => own.restore(own.snapshot()),
    (own) => own.accept(own.futures({ maxSteps: 1 }), 0),
  ]
  for (const move of moves) {
    const own = started()
    const made = own.futures({ count: 2, maxSteps: 4 })
    made.advance()
    move(own)
    throws(() => own.accept(made, 0), 'mismatch')
  }
  session.accept(futures, 1)
  throws(() => session.accept(futures, 1), 'mismatch')
})
