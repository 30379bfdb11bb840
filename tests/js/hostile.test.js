// Hostile model files through the public interface: a typed error or a model that works, soon, in bounded memory; and a
// good model loads afterwards and gives the bits it always gave.

import assert from 'node:assert/strict'
import test, { before } from 'node:test'

import { storeWeights } from '../../js/convert.js'
import { complete, load } from '../../js/index.js'
import { readSafetensors, tensorOf, writeSafetensors } from '../../js/safetensors.js'
import { edited, withValues } from '../edit-model.js'
import { isTyped, rejects } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { mutants, seededRandom } from '../mutants.js'
import { randomModel } from '../reference/random-model.js'
import { sketchRnnFile } from '../sketch-rnn-file.js'

const long = process.env.MDN_LONG === '1'
const good = tinySketchModel({ units: 4, components: 2, seed: 3, maxSteps: 8 })
const conditioned = tinySketchModel({ units: 3, components: 1, classes: ['a', 'b'] })
const headerEnd = (/** @type {Uint8Array} */ file) => 8 + new DataView(file.buffer, file.byteOffset).getUint32(0, true)

/** No attempt may take longer, however large its file; the usual one takes half a millisecond. */
const SLOWEST = 2000

/** @type {import('../../js/runtime.js').Runtime} */
let runtime
let heap = 0
let expected = ''

/** What the good model draws. */
async function fingerprint() {
  const model = await load(good)
  const session = model.start({ seed: 5 })
  const rows = [session.step(), session.step()].flatMap((row) => [...row])
  const futures = session.futures({ count: 3, maxSteps: 3 })
  futures.advance()
  const print = [...rows, ...futures.points].join()
  runtime = model.runtime
  model.dispose()
  return print
}

before(async () => {
  expected = await fingerprint()
  heap = runtime.heapSize
})

/** Whether the source loads; then it is made to work. Everything else must be a typed error, in time. */
async function attempt(source) {
  const started = performance.now()
  let model
  try {
    model = await load(source)
    model.verify()
    const session = model.start({ seed: 1, class: model.anyClass ? undefined : 0 })
    if (model.info.startToken === null) session.observe(new Array(model.inputs).fill(0.5))
    session.mixture()
    session.step()
    session.observe(new Array(model.inputs).fill(0.5), { logProb: true, targets: new Array(model.dims).fill(0) })
    const futures = session.futures({ count: 5, maxSteps: 4 })
    futures.advance()
    if (model.dims === 5 && model.inputs === 5)
      await complete(model, [], { count: 1, maxSteps: 3, class: session.model.classes[0] })
  } catch (error) {
    if (!isTyped(error)) throw error
  } finally {
    model?.dispose()
    const took = performance.now() - started
    assert.ok(took < SLOWEST, `took ${took} ms`)
  }
  return model !== undefined
}

/** Attempts all of them, looking at the good model after every one; how many loaded. */
async function attemptAll(sources, { mayGrow = 0 } = {}) {
  let loaded = 0
  let all = 0
  for (const source of sources) {
    loaded += (await attempt(source)) ? 1 : 0
    all += 1
    assert.equal(await fingerprint(), expected)
  }
  assert.ok(runtime.heapSize <= heap + mayGrow, `the heap grew from ${heap} to ${runtime.heapSize}`)
  return { loaded, all }
}

function* prefixes(bytes) {
  for (let length = 0; length < bytes.length; length += 1) yield bytes.subarray(0, length)
}

function* flips(bytes, { count, seed, from = 0, to = bytes.length }) {
  const random = seededRandom(seed)
  for (let i = 0; i < count; i += 1) {
    const flipped = new Uint8Array(bytes)
    const bit = 8 * from + Math.floor(random() * 8 * (to - from))
    flipped[bit >> 3] ^= 1 << (bit & 7)
    yield flipped
  }
}

test('every prefix of a model file', { timeout: 60_000 }, async () => {
  for (const bytes of [good, storeWeights(conditioned, 'int8')]) {
    const { loaded } = await attemptAll(prefixes(bytes))
    assert.equal(loaded, 0)
  }
})

test('every prefix of a sketch-rnn file', { timeout: 60_000 }, async () => {
  const text = JSON.stringify(sketchRnnFile({ units: 2, components: 1 }))
  const json = new TextEncoder().encode(text)
  assert.equal((await attemptAll(prefixes(json))).loaded, 0)
  const script = new TextEncoder().encode(`var model_raw_data = ${JSON.stringify(text)};`)
  const { loaded } = await attemptAll(prefixes(script))
  assert.ok(loaded <= 1, 'the semicolon may be missing')
})

test('extended files', async () => {
  function* extended() {
    for (const n of [1, 2, 8, 1000, 100_000]) {
      for (const fill of [0, 0x20, 0xff]) {
        const longer = new Uint8Array(good.length + n).fill(fill)
        longer.set(good)
        yield longer
      }
    }
    yield Buffer.concat([good, good])
    yield Buffer.concat([Buffer.alloc(8), good])
  }
  assert.equal((await attemptAll(extended())).loaded, 0)
})

test('bit flips and mutations', { timeout: 120_000 }, async () => {
  const scale = long ? 20 : 1
  const int8 = storeWeights(conditioned, 'int8')
  const json = new TextEncoder().encode(JSON.stringify(sketchRnnFile({ units: 2, components: 1 })))
  const diagonal = randomModel({
    inputs: 1,
    nodes: [
      { name: 'a', type: 'lstm', inputs: ['input'], units: 3, gates: 'ifgo', recurrentActivation: 'hard_sigmoid' },
      { name: 'o', type: 'dense', inputs: ['a', 'input'], units: 3, activation: 'linear' },
    ],
    head: { type: 'diagonal', dims: 1, components: 1 },
  })
  for (const [i, bytes] of [good, int8, diagonal, json].entries()) {
    const end = bytes === json ? 200 : headerEnd(bytes)
    const header = await attemptAll(flips(bytes, { count: 400 * scale, seed: i, to: end }))
    assert.ok(header.loaded < header.all)
    const values = await attemptAll(flips(bytes, { count: 200 * scale, seed: 10 + i, from: end }))
    assert.ok(values.loaded > 0)
    await attemptAll(mutants(bytes, { count: 600 * scale, seed: 20 + i, within: end }))
    await attemptAll(mutants(bytes, { count: 200 * scale, seed: 30 + i }))
  }
})

test('absurd shapes', async () => {
  const shapes = [
    [],
    [0],
    [1],
    [0, 0],
    [16, 0],
    [0, 16],
    [16],
    [1, 16],
    [16, 1],
    [1, 1, 16],
    [2, 2, 2, 2],
    [4, 4],
    [2 ** 31 - 1, 0],
    [0, 2 ** 31 - 1],
  ]
  const names = [...readSafetensors(good).tensors.keys()]
  function* reshaped() {
    for (const name of names) {
      for (const shape of shapes) {
        yield edited(good, (_, tensors) => {
          const count = shape.reduce((product, size) => product * size, 1)
          tensors.set(name, tensorOf(new Float32Array(count), shape))
        })
      }
    }
  }
  const { loaded, all } = await attemptAll(reshaped())
  assert.ok(loaded <= 1, 'the bias of four LSTM units has 16 numbers')
  assert.equal(all, names.length * shapes.length)
  // A tensor without values must not be taken for a vector of as many rows.
  await rejects(load(edited(good, (_, t) => t.set('lstm_0/bias', tensorOf(new Float32Array(0), [16, 0])))), 'bad-shape')
  await rejects(
    load(edited(conditioned, (_, t) => t.set('lstm_0/class_state_bias', tensorOf(new Int8Array(0), [6, 0])))),
    'bad-shape',
  )
})

test('headers that lie about sizes', async () => {
  const { metadata } = readSafetensors(good)
  const entries = (shape, offsets) => `{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}`
  function* lies() {
    for (const shape of [
      '[2147483647,2147483647]',
      '[1e308]',
      '[4294967296]',
      '[-16]',
      '[16.5]',
      '[null]',
      '{}',
      '[[16]]',
    ]) {
      for (const offsets of [
        '[0,64]',
        '[0,1e308]',
        '[-64,0]',
        '[64,0]',
        '[0,18446744073709551616]',
        '[]',
        '{"0":0,"1":64}',
      ]) {
        const header = `{"__metadata__":${JSON.stringify({ ...metadata })},"lstm_0/bias":${entries(shape, offsets)}}`
        const text = new TextEncoder().encode(header)
        const file = new Uint8Array(8 + text.length + 64)
        new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
        file.set(text, 8)
        yield file
      }
    }
    for (const length of [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
      const file = new Uint8Array(good)
      new DataView(file.buffer).setBigUint64(0, length, true)
      yield file
    }
  }
  assert.equal((await attemptAll(lies())).loaded, 0)
})

test('JSON that is deep, wide, doubled, or reaches for prototypes', { timeout: 60_000 }, async () => {
  const withText = (description) =>
    writeSafetensors({ metadata: { 'mixture-density': description }, tensors: readSafetensors(good).tensors })
  const text = readSafetensors(good).metadata['mixture-density']
  const inserted = (member) => text.replace('{', `{${member},`)
  const deep = (n) => `${'['.repeat(n)}${']'.repeat(n)}`
  const wide = Array.from({ length: 300_000 }, (_, i) => `"k${i}":0`).join(',')
  const sources = [
    ...[40, 1000, 1_000_000].flatMap((n) => [withText(deep(n)), withText(inserted(`"x":${deep(n)}`))]),
    withText(`${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}`),
    withText(inserted(`"training":{${wide},"k7":1}`)),
    withText(inserted('"name":"again"')),
    withText(inserted('"n\\u0061me":"again"')),
    ...['__proto__', 'constructor', 'prototype', '\\u005f\\u005fproto__'].flatMap((key) => [
      withText(inserted(`"${key}":{"version":1}`)),
      withText(inserted(`"training":{"x":[{"${key}":1}]}`)),
    ]),
    withText(text.slice(0, -1)),
    withText(`${text}${text}`),
    withText(`${text} x`),
    withText('null'),
    withText('[]'),
    withText('7'),
    withText('"text"'),
    withText(''),
    withText(inserted(`"y":"${'\\\\'.repeat(1_000_000)}"`)),
    withText(inserted(`"x":${'9'.repeat(1_000_000)}`)),
  ]
  const { loaded } = await attemptAll(sources, { mayGrow: 2 ** 25 })
  assert.equal(loaded, 2, 'a text and a number of a million digits are legal')
  assert.equal(/** @type {any} */ ({}).version, undefined)
  const large = await load(withText(inserted(`"training":{${wide}}`)))
  assert.equal(Object.keys(large.info.training).length, 300_000)
  large.dispose()
})

test('long runs of spaces in a script take no more than their time', { timeout: 20_000 }, async () => {
  const encode = (text) => new TextEncoder().encode(text)
  const spaces = ' '.repeat(1_000_000)
  const lines = '\n'.repeat(1_000_000)
  const { loaded } = await attemptAll([
    encode(`[{},[],${spaces}x]`),
    encode(`var a = "[{}"${spaces}x`),
    encode(`var a = "[{}${spaces}`),
    encode(`${lines}// comment${lines}[{`),
    encode(`// comment\n${spaces}[{`),
    encode(`${'// x\n'.repeat(300_000)}[{}]`),
    encode(`a${spaces}=[{}]`),
    encode(`${'a'.repeat(1_000_000)}=[{}]`),
    encode(`a = '[{${'\\'.repeat(1_000_000)}'`),
  ])
  assert.equal(loaded, 0)
})

test('thousands of nodes, inputs, classes and tensors', { timeout: 60_000 }, async () => {
  const dense = (name) => ({ name, type: 'dense', units: 1, inputs: ['input'] })
  const classes = Array.from({ length: 200_000 }, (_, i) => `c${i}`)
  function* sources() {
    yield edited(good, (d) => d.nodes.push(...Array.from({ length: 100_000 }, (_, i) => dense(`n${i}`))))
    yield edited(good, (d) => (d.nodes[1].inputs = new Array(500_000).fill('lstm_0')))
    yield edited(good, (d) => (d.classes = classes))
    yield edited(good, (d) => Object.assign(d, { classes, listedClasses: new Array(200_000).fill(classes.at(-1)) }))
    yield edited(good, (d) => (d.startToken = new Array(500_000).fill(0)))
    yield edited(
      good,
      (d) => (d.selfTest = { inputs: new Array(200_000).fill([0, 0, 1, 0, 0]), outputs: new Array(15).fill(0) }),
    )
    yield edited(good, (_, tensors) => {
      for (let i = 0; i < 4000; i += 1) tensors.set(`t${i}`, tensorOf(new Float32Array(1), [1]))
    })
    yield edited(good, (_, tensors) => {
      for (let i = 0; i < 5000; i += 1) tensors.set(`t${i}`, tensorOf(new Float32Array(1), [1]))
    })
  }
  const { loaded } = await attemptAll(sources(), { mayGrow: 2 ** 25 })
  assert.equal(loaded, 4, 'unused tensors, names without an embedding and a long self-test are no harm')
})

test('weights that are not finite, and finite ones that overflow', async () => {
  const names = [...readSafetensors(good).tensors.keys()]
  for (const name of names) {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const broken = withValues(good, name, (values) => (values[values.length >> 1] = bad))
      await rejects(load(broken), 'bad-value', new RegExp(name))
    }
  }
  const halves = edited(storeWeights(good, 'float16'), (_, tensors) => {
    const tensor = /** @type {any} */ (tensors.get('output/kernel'))
    const bits = new Uint16Array(new Uint8Array(tensor.bytes).buffer)
    bits[3] = 0x7c00
    tensors.set('output/kernel', tensorOf(bits, tensor.shape))
  })
  await rejects(load(halves), 'bad-value', /output\/kernel/)
  const int8 = storeWeights(good, 'int8')
  await rejects(load(withValues(int8, 'lstm_0/recurrent_kernel_scale', (v) => (v[2] = Number.NaN))), 'bad-value')
  function* large() {
    for (const name of names) {
      for (const value of [3e38, -3e38, 1e30, 1e20, 700, -700, 90, -90]) {
        yield withValues(good, name, (values) => values.fill(value))
        yield withValues(good, name, (values) => (values[values.length - 1] = value))
      }
    }
  }
  const { loaded, all } = await attemptAll(large())
  assert.equal(loaded, all, 'they load; what is not finite is an error when it is asked for')
})

test('names are text, whatever they say', async () => {
  const names = [
    '<script>alert(1)</script>',
    '__proto__',
    'constructor',
    'toString',
    '',
    '\0',
    '\u202e',
    'any',
    'a\nb',
    '"',
    "'",
    '😀',
    '\ud800',
    'x'.repeat(10_000),
  ]
  const bytes = edited(tinySketchModel({ classes: names.map((_, i) => `${i}`), units: 3, components: 1 }), (d) => {
    Object.assign(d, { name: names[0], classes: names })
  })
  const model = await load(bytes)
  assert.equal(model.info.name, names[0])
  const first = (name) => [...model.start({ class: name, seed: 1 }).raw()]
  for (const [i, name] of names.entries()) {
    assert.equal(model.classes[i], name)
    assert.deepEqual(first(i), first(i))
    if (name !== 'any') assert.deepEqual(first(name), first(i), JSON.stringify(name))
  }
  assert.throws(() => model.start({ class: 'nobody' }), isTyped)
  model.dispose()
  const nodes = edited(good, (d, tensors) => {
    for (const [tensor, value] of [...tensors]) {
      if (!tensor.startsWith('lstm_0/')) continue
      tensors.delete(tensor)
      tensors.set(tensor.replace('lstm_0', '<img src=x>'), value)
    }
    d.nodes[0].name = '<img src=x>'
    d.nodes[1].inputs = ['<img src=x>']
  })
  assert.equal(await attempt(nodes), true)
  assert.equal(await fingerprint(), expected)
})
