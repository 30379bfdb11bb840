// Model: what it says about itself, how sequences start, its self-test.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { load, Model, Session } from '../../js/index.js'
import { edited, withValues } from '../edit-model.js'
import { throws } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { sketchRnnFile } from '../sketch-rnn-file.js'

const DISPOSE = Symbol.dispose ?? Symbol.for('Symbol.dispose')
const CLASSES = ['cat', 'duck', 'sailboat']
const plain = tinySketchModel({ name: 'plain', maxSteps: 77 })
const classes = tinySketchModel({ classes: CLASSES })
const told = tinySketchModel({ classes: CLASSES, anyClass: false })

/** @type {Model} */
let model
/** @type {Model} */
let conditioned

before(async () => {
  model = await load(plain)
  conditioned = await load(classes)
})

/** A dense network of 3 inputs that predicts 2 numbers. */
async function sensor() {
  const { randomModel } = await import('../reference/random-model.js')
  return randomModel({
    inputs: 3,
    nodes: [{ name: 'o', type: 'dense', inputs: ['input'], units: 5, activation: 'linear' }],
    head: { type: 'diagonal', dims: 2, components: 1 },
  })
}

test('a model says what its file says, as frozen data', async () => {
  assert.ok(model instanceof Model)
  const { info } = model
  assert.deepEqual(
    {
      ...info,
      temperature: { ...info.temperature },
      nodes: info.nodes.map(({ name, type, units }) => [name, type, units]),
    },
    {
      name: 'plain',
      format: 'safetensors',
      head: { type: 'sketch-rnn', dims: 2, components: 5 },
      nodes: [
        ['lstm_0', 'lstm', 32],
        ['output', 'dense', 33],
      ],
      // 5·128 + 32·128 + 128 of the LSTM, 32·33 + 33 of the dense layer
      parameters: 5953,
      compute: 'float32',
      startToken: [0, 0, 1, 0, 0],
      temperature: { rule: 'sketch-rnn-js', temperature: 0.4 },
      maxSteps: 77,
      listedClasses: [],
      data: { source: 'random numbers', licence: 'CC0-1.0' },
      training: {},
      report: [],
    },
  )
  assert.deepEqual([model.inputs, model.dims, model.scale, model.classes, model.anyClass], [5, 5, 40, [], true])
  assert.deepEqual([conditioned.classes, conditioned.anyClass], [CLASSES, true])
  assert.deepEqual(conditioned.info.listedClasses, CLASSES)
  for (const part of [
    info,
    info.nodes,
    info.nodes[0],
    info.data,
    info.temperature,
    info.startToken,
    conditioned.classes,
  ]) {
    assert.ok(Object.isFrozen(part))
  }
  const other = await load(await sensor())
  assert.deepEqual(
    [other.inputs, other.dims, other.scale, other.info.startToken, other.info.maxSteps],
    [3, 2, 1, null, undefined],
  )
})

test('a session starts from a class by name, by index, or from none', () => {
  const first = (options) => {
    const session = conditioned.start({ seed: 1, ...options })
    assert.ok(session instanceof Session)
    return [...session.raw()]
  }
  assert.deepEqual(first({ class: 'duck' }), first({ class: 1 }))
  assert.notDeepEqual(first({ class: 'duck' }), first({ class: 'cat' }))
  assert.deepEqual(first({}), first({ class: 'any' }))
  assert.deepEqual(first({}), first({ class: null }))
  assert.notDeepEqual(first({}), first({ class: 'cat' }))
})

test('a class that does not exist is refused, and the nearest are named', async () => {
  for (const name of ['dog', '', 'DUCK', 'toString', '__proto__', 3, -1, 1.5, Number.NaN, {}, [], true, Symbol('x')]) {
    throws(() => conditioned.start({ class: name }), 'unknown-class', /cat, duck, sailboat/)
  }
  throws(() => conditioned.start({ class: 'ducks' }), 'unknown-class', /the nearest: duck/)
  throws(() => conditioned.start({ class: Object.create(null) }), 'unknown-class')
  throws(() => model.start({ class: 'cat' }), 'unknown-class', /this model has none/)
  throws(() => model.start({ class: 0 }), 'unknown-class')
  const strict = await load(told)
  assert.equal(strict.anyClass, false)
  throws(() => strict.start(), 'unknown-class', /needs a class/)
  throws(() => strict.start({ class: 'any' }), 'unknown-class')
  assert.equal(strict.start({ class: 'cat' }).position, 0)
  const many = await load(tinySketchModel({ classes: Array.from({ length: 400 }, (_, i) => `class ${i}`) }))
  throws(() => many.start({ class: 'none' }), 'unknown-class', /one of 400 names, such as/)
  conditioned.start({ class: 'cat' }).step() // nothing is broken
})

test('the one class of a model that was trained on nothing else needs no embedding', async () => {
  const duck = await load(sketchRnnFile())
  assert.deepEqual([duck.classes, duck.anyClass], [['duck'], true])
  const raw = (options) => [...duck.start({ seed: 1, ...options }).raw()]
  assert.deepEqual(raw({ class: 'duck' }), raw({}))
  assert.deepEqual(raw({ class: 0 }), raw({}))
  throws(() => duck.start({ class: 'cat' }), 'unknown-class')
})

test('the start token is the model’s, another one, or none', () => {
  const raw = (options) => [...model.start({ seed: 1, ...options }).raw()]
  const own = raw({})
  assert.deepEqual(raw({ startToken: [0, 0, 1, 0, 0] }), own)
  assert.deepEqual(raw({ startToken: Float64Array.of(0, 0, 1, 0, 0) }), own)
  assert.deepEqual(raw({ startToken: [[0, 0, 1, 0, 0]] }), own)
  assert.notDeepEqual(raw({ startToken: [1, 0, 1, 0, 0] }), own)
  const nothing = model.start({ startToken: null })
  throws(() => nothing.raw(), 'mismatch', /nothing has been observed/i)
  throws(() => nothing.step(), 'mismatch')
  nothing.observe([0, 0, 1, 0, 0])
  assert.deepEqual([...nothing.raw()], own)
  throws(() => model.start({ startToken: [0, 0, 1] }), 'bad-shape')
  throws(() => model.start({ startToken: [0, 0, Number.NaN, 0, 0] }), 'bad-value')
  throws(() => model.start({ startToken: 'token' }), 'bad-argument')
})

test('seeds: given, or random and told', () => {
  assert.equal(model.start({ seed: 5 }).seed, 5)
  assert.equal(model.start({ seed: 2 ** 53 - 1 }).seed, 2 ** 53 - 1)
  const random = new Set(Array.from({ length: 5 }, () => model.start().seed))
  assert.ok(random.size > 1)
  const [seed] = random
  assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)
  const told = model.start()
  assert.deepEqual(model.start({ seed: told.seed }).step(), told.step())
  assert.equal(model.start({ seed: 1, stream: 9 }).streamIndex, 9)
  for (const bad of [-1, 1.5, 2 ** 53, Number.NaN, Infinity]) {
    throws(() => model.start({ seed: bad }), 'bad-value', /seed/)
    throws(() => model.start({ stream: bad }), 'bad-value', /stream/)
  }
  for (const bad of ['1', null, {}]) throws(() => model.start({ seed: bad }), 'bad-argument', /seed/)
})

test('misspelt options are refused', () => {
  throws(() => model.start({ sead: 1 }), 'bad-argument', /sead/)
  throws(() => model.start('cat'), 'bad-argument')
  throws(() => model.start(null), 'bad-argument')
  throws(() => model.start([]), 'bad-argument')
})

test('the self-test stored in the file is replayed', async () => {
  model.verify() // it has none
  const inputs = [
    [0, 0, 1, 0, 0],
    [0.5, -0.25, 1, 0, 0],
  ]
  const session = model.start({ startToken: null })
  session.observe(inputs)
  const outputs = [...session.raw()]
  const withTest = (selfTest) => edited(plain, (description) => Object.assign(description, { selfTest }))
  const good = await load(withTest({ inputs, outputs }), { verify: true })
  good.verify()
  const shifted = outputs.map((value, i) => (i === 7 ? value + 1e-3 : value))
  const wrong = await load(withTest({ inputs, outputs: shifted, tolerance: 1e-4 }))
  throws(() => wrong.verify(), 'mismatch', /output 7/)
  await assert.rejects(load(withTest({ inputs, outputs: shifted, tolerance: 1e-4 }), { verify: true }), {
    code: 'mismatch',
  })
  const damaged = withValues(withTest({ inputs, outputs }), 'lstm_0/bias', (values) => (values[3] += 0.5))
  await assert.rejects(load(damaged, { verify: true }), { code: 'mismatch' })
  const infinite = withValues(withTest({ inputs, outputs }), 'output/kernel', (values) => values.fill(3e38))
  await assert.rejects(load(infinite, { verify: true }), { code: 'bad-value' })
})

test('int8 files run in integers unless float32 is asked for', async () => {
  const { storeWeights } = await import('../../js/convert.js')
  const int8 = storeWeights(plain, 'int8')
  const raw = async (source, options) => {
    const loaded = await load(source, options)
    const session = loaded.start()
    session.observe([
      [1, 0, 1, 0, 0],
      [0, 1, 0, 1, 0],
    ])
    return [loaded.info.compute, [...session.raw()]]
  }
  const [mode, integers] = await raw(int8)
  assert.equal(mode, 'int8')
  const [, floats] = await raw(int8, { compute: 'float32' })
  const [, original] = await raw(plain)
  assert.notDeepEqual(integers, floats)
  for (const [i, value] of original.entries()) {
    assert.ok(Math.abs(integers[i] - value) < 0.05 && Math.abs(floats[i] - value) < 0.05)
  }
  assert.deepEqual(await raw(plain, { compute: 'float32' }), await raw(plain))
})

test('disposing of a model ends it and its sessions; twice is once', async () => {
  const own = await load(plain)
  const session = own.start()
  const futures = session.futures({ count: 2 })
  own.dispose()
  own.dispose()
  assert.deepEqual([own.disposed, session.disposed, futures.disposed], [true, true, true])
  throws(() => own.start(), 'disposed', /model/)
  throws(() => session.step(), 'disposed', /session/)
  throws(() => futures.advance(), 'disposed', /futures/)
  assert.equal(own.info.name, 'plain') // plain data stays
  const sugar = await load(plain)
  sugar[DISPOSE]()
  assert.equal(sugar.disposed, true)
})
