// Memory and life: steps that allocate nothing, loads that leave nothing, and what happens after dispose().

import assert from 'node:assert/strict'
import test, { before } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { storeWeights } from '../../js/convert.js'
import { complete, load, Mixture, Random, Session } from '../../js/index.js'
import { edited, withValues } from '../edit-model.js'
import { rejects, throws } from '../errors.js'
import { tinySketchModel } from '../models.js'

const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose')
const STEPS = 1_000_000
const ROW = [0.5, 0.25, 1, 0, 0]

/** @type {import('../../js/runtime.js').Runtime} */
let runtime

before(async () => {
  runtime = (await load(tinySketchModel())).runtime
})

/**
 * Runs the work many times in a heap that is full but for 128 kB and the gaps, so that a few hundred bytes left behind
 * each time make it grow. The first times are not watched: they make what is made once, such as room for scratch.
 *
 * @param {number} times
 * @param {() => unknown} work
 * @returns {Promise<boolean>} Whether the heap has grown.
 */
async function grows(times, work) {
  for (let i = 0; i < 5; i += 1) await work()
  const { core } = runtime
  const large = 2 ** 22
  const first = core._malloc(large)
  const rest = runtime.heapSize - (first + large) - 2 ** 17
  const second = rest > 0 ? core._malloc(rest) : 0
  const size = runtime.heapSize
  for (let i = 0; i < times; i += 1) await work()
  const grown = runtime.heapSize !== size
  for (const address of [first, second]) if (address !== 0) core._free(address)
  return grown
}

const leavesNothing = async (times, work) => assert.equal(await grows(times, work), false)

test('a leak of a few hundred bytes would be seen', async () => {
  /** @type {number[]} */
  const left = []
  assert.equal(await grows(1000, () => left.push(runtime.core._malloc(600))), true)
  for (const address of left) runtime.core._free(address)
})

test(`the heap does not change over ${STEPS} steps`, { timeout: 120_000 }, async () => {
  const model = await load(tinySketchModel({ units: 8, components: 2 }))
  const session = model.start({ seed: 1 })
  const out = new Float32Array(5)
  const options = { temperature: 0.5 }
  await leavesNothing(STEPS / 1000, () => {
    for (let i = 0; i < 1000; i += 1) session.step(options, out)
  })
  assert.ok(session.position >= STEPS)
  model.dispose()
})

test('nor by anything else that a session is asked', async () => {
  const model = await load(tinySketchModel({ classes: ['a', 'b'] }))
  const session = model.start({ seed: 1, class: 'a' })
  await leavesNothing(2000, () => {
    session.observe(ROW, { logProb: 'parts' })
    session.observe([ROW, ROW], { logProb: true, targets: [ROW, ROW, ROW, ROW] })
    session.raw()
    const mixture = session.mixture()
    mixture.sample({ n: 3 })
    mixture.covariance()
    mixture.temper(0.5)
    session.restore(session.snapshot())
    session.step({ temperature: { rule: 'keras-mdn', weights: 0.5 } })
    throws(() => session.observe([1]), 'bad-shape')
    throws(() => session.step({ temperature: -1 }), 'bad-value')
  })
  model.dispose()
})

test('1,000 models loaded and disposed of leave the heap as it was', { timeout: 120_000 }, async () => {
  const float32 = tinySketchModel({ units: 24, classes: ['a', 'b'] })
  const files = [float32, storeWeights(float32, 'int8'), storeWeights(float32, 'float16')]
  let turn = 0
  await leavesNothing(1000, async () => {
    turn += 1
    const model = await load(files[turn % files.length])
    const session = model.start({ class: 'b', seed: turn })
    const fork = session.fork({ stream: 1 })
    const futures = fork.futures({ count: 3, maxSteps: 2 })
    futures.advance()
    fork.accept(futures, 1)
    if (turn % 2 === 0) futures.dispose()
    if (turn % 3 === 0) session.dispose()
    model.dispose()
  })
})

test('sessions, forks and futures give back what they had', async () => {
  const model = await load(tinySketchModel())
  await leavesNothing(500, async () => {
    const session = model.start({ seed: 1 })
    const futures = session.futures({ count: 20, maxSteps: 20 })
    const fork = session.fork()
    fork.dispose()
    futures.dispose()
    session.dispose()
    await complete(model, [], { count: 2, maxSteps: 3, seed: 1 })
  })
  model.dispose()
})

test('what fails leaves nothing either', async () => {
  const good = tinySketchModel({ classes: ['a'] })
  const model = await load(good)
  const session = model.start({ class: 'a', startToken: null })
  const wild = await load(withValues(tinySketchModel(), 'output/bias', (values) => values.fill(120, 18, 28)))
  const cut = good.subarray(0, -1)
  const untrue = edited(tinySketchModel(), (description) => {
    description.selfTest = { inputs: [ROW], outputs: new Array(33).fill(9) }
  })
  const nan = withValues(good, 'output/bias', (values) => (values[0] = Number.NaN))
  await leavesNothing(500, async () => {
    await rejects(load(cut), 'bad-file')
    await rejects(load(nan), 'bad-value')
    await rejects(load(untrue, { verify: true }), 'mismatch')
    throws(() => model.start({ class: 'z' }), 'unknown-class')
    throws(() => session.futures(), 'mismatch')
    throws(() => session.futures({ count: 65536, maxSteps: 1e6 }), 'too-large')
    throws(() => session.step(), 'mismatch')
    throws(() => Mixture.diagonal({ weights: [1], means: [0], scales: [-1] }), 'bad-value')
    const failing = wild.start({ seed: 1 })
    throws(() => failing.step(), 'bad-value')
    throws(() => failing.futures({ count: 2 }).advance(), 'bad-value')
    failing.dispose()
    await rejects(complete(wild, []), 'bad-value')
  })
  model.dispose()
  wild.dispose()
})

test('values need no dispose', async () => {
  const random = new Random(1)
  const mixture = Mixture.correlated({
    weights: [0.5, 0.5],
    means: [0, 0, 1, 1],
    scales: [1, 1, 1, 1],
    correlations: [0, 0.5],
  })
  await leavesNothing(1000, () => {
    mixture.logProb([0, 0, 1, 1])
    mixture.responsibilities([0, 0])
    mixture.mean()
    mixture.sample({ random, n: 10 })
    mixture.at(0).weights.fill(0)
    random.fillNormal(new Float32Array(100))
  })
})

/**
 * Everything public that a handle offers, as calls of it. A session's `finished` and `logProb` are plain facts about the
 * last row, and stay.
 */
function uses(handle, args) {
  const free = ['constructor', 'dispose', 'disposed', 'resource', DISPOSE]
  if (handle instanceof Session) free.push('finished', 'logProb')
  const { prototype } = handle.constructor
  return Reflect.ownKeys(prototype)
    .filter((name) => !free.includes(name))
    .map((name) => {
      const { value } = Object.getOwnPropertyDescriptor(prototype, name) ?? {}
      return { name, use: () => (value === undefined ? handle[name] : handle[name](...(args[name] ?? []))) }
    })
}

test('after dispose every method says so, and dispose itself is quiet', async () => {
  const model = await load(tinySketchModel())
  const session = model.start({ seed: 1 })
  const other = model.start({ seed: 1 })
  const futures = session.futures({ count: 2 })
  const futuresOfOther = other.futures({ count: 2 })
  const args = { observe: [ROW], accept: [futures, 0], restore: [session.snapshot()], rows: [0] }
  const end = async (handle, least) => {
    if (handle === session) args.accept = [session.futures(), 0]
    handle.dispose()
    handle.dispose()
    handle[DISPOSE]()
    assert.equal(handle.disposed, true)
    const all = uses(handle, args)
    assert.ok(all.length >= least, `${all.length} of ${handle.constructor.name}`)
    for (const { name, use } of all) {
      if (name === 'stream') await rejects(use().next(), 'disposed')
      else if (name === 'verify')
        use() // a file without a self-test has nothing to verify
      else throws(use, 'disposed')
    }
  }
  await end(futures, 7)
  session.step() // the session lives
  await end(session, 11)
  other.step() // the model lives
  futuresOfOther.advance(1)
  await end(model, 2)
  assert.deepEqual([other.disposed, futuresOfOther.disposed], [true, true])
  throws(() => other.step(), 'disposed', /A model disposes of its sessions/)
  throws(() => futuresOfOther.points, 'disposed')
})

test('a handle that is forgotten is freed by the collector', { timeout: 60_000 }, async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const bytes = tinySketchModel({ units: 256 })
  const kept = await load(bytes)
  const session = kept.start({ seed: 1 })
  session.step()
  const before = runtime.heapSize
  let most = 0
  for (let round = 0; round < 60; round += 1) {
    for (let i = 0; i < 4; i += 1) {
      const model = await load(bytes)
      model.start().futures({ count: 8 })
    }
    for (let i = 0; i < 2; i += 1) {
      collect()
      await new Promise((resolve) => setTimeout(resolve, 0)) // finalisers run as tasks
    }
    most = Math.max(most, runtime.heapSize)
  }
  // 240 models of more than a megabyte were made.
  assert.ok(most - before < 2 ** 26, `the heap grew from ${before} to ${most}`)
  assert.equal(session.step().length, 5, 'what is still held lives')
})
