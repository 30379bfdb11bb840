// mixture-density/worker: the same numbers as the main entry, across the border and back. Browsers' own workers are tested
// in tests/browser/worker.test.js.

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'

import { build } from 'esbuild'

import * as main from '../../js/index.js'
import { serve } from '../../js/worker/host.js'
import * as remote from '../../js/worker/index.js'
import { buffersOf, packError, unpackError } from '../../js/worker/protocol.js'
import { tinySketchModel } from '../models.js'

const DRAWING = [
  [
    [0, 0],
    [40, 10],
    [60, 60],
  ],
  [
    [10, 50],
    [30, 55],
  ],
]
const bytes = tinySketchModel({ seed: 3 })

/** A worker of Node with the events of a browser's. */
function startThread() {
  const thread = new Worker(new URL('./worker-thread.js', import.meta.url))
  return {
    postMessage: (message, transfer) => thread.postMessage(message, transfer),
    addEventListener: (type, listener) =>
      thread.on(type, (value) => listener(type === 'message' ? { data: value } : value)),
    terminate: () => thread.terminate(),
  }
}

/** A host in this thread, behind a channel: `entry` replaces functions of the main entry. */
function connectHere(entry = {}) {
  const { port1, port2 } = new MessageChannel()
  serve(port2, { ...main, ...entry })
  port2.start()
  const client = remote.connect({ worker: port1 })
  return { client, close: () => port1.close() }
}

const codeIs = (code) => (error) => error instanceof remote.MdnError && error.code === code

/** @type {remote.Client} */
let client
/** @type {remote.RemoteModel} */
let model
/** @type {main.Model} */
let local

before(async () => {
  client = remote.connect({ worker: startThread() })
  await client.ready()
  model = await client.load(bytes)
  local = await main.load(bytes)
})
after(() => client.dispose())

const rows = () => remote.strokes.toStroke5(DRAWING, { scale: local.scale })

test('a model tells the same as in the main entry', () => {
  assert.deepEqual(model.info, local.info)
  assert.deepEqual(model.classes, local.classes)
  for (const name of ['scale', 'inputs', 'dims', 'anyClass']) assert.equal(model[name], local[name])
  assert.equal(bytes.byteLength, bytes.buffer.byteLength, 'the bytes given are still there')
})

test('a session gives the same numbers', async () => {
  const there = await model.start({ seed: 5 })
  const here = local.start({ seed: 5 })
  assert.equal(there.seed, 5)
  assert.deepEqual(await there.observe(rows(), { logProb: 'parts' }), here.observe(rows(), { logProb: 'parts' }))
  assert.deepEqual(await there.raw(), here.raw())
  const [mixture, expected] = [await there.mixture(), here.mixture()]
  for (const name of [
    'count',
    'dims',
    'components',
    'weights',
    'means',
    'scales',
    'scaleTril',
    'correlations',
    'pen',
  ]) {
    assert.deepEqual(mixture[name], expected[name], name)
  }
  for (let i = 0; i < 5; i += 1) {
    assert.deepEqual(await there.step({ temperature: 0.7 }), here.step({ temperature: 0.7 }))
    assert.equal(there.logProb, here.logProb)
    assert.equal(there.position, here.position)
    assert.equal(there.finished, here.finished)
  }
  const fork = await there.fork({ stream: 2 })
  assert.equal(fork.streamIndex, 2)
  const snapshot = await there.snapshot()
  assert.deepEqual(snapshot, here.snapshot())
  const step = await there.step()
  assert.deepEqual(await fork.step(), here.fork({ stream: 2 }).step())
  await there.restore(snapshot)
  assert.deepEqual(await there.step(), step)
  const streamed = []
  for await (const row of there.stream({ maxSteps: 4 })) streamed.push(row)
  const expectedRows = []
  here.step()
  for await (const row of here.stream({ maxSteps: 4 })) expectedRows.push(row)
  assert.deepEqual(streamed, expectedRows)
  assert.equal(there.position, here.position)
})

test('futures arrive in pieces and are the same as a whole', async () => {
  const there = await model.start({ seed: 8 })
  const here = local.start({ seed: 8 })
  await there.observe(rows())
  here.observe(rows())
  const options = { count: 6, maxSteps: 50, seed: 2, temperature: 0.5 }
  const [a, b] = [await there.futures(options), here.futures(options)]
  assert.deepEqual([a.count, a.maxSteps, a.seed, a.done], [6, 50, 2, false])
  for (const steps of [1, 3, 0, 20]) {
    assert.equal(await a.advance(steps), b.advance(steps))
    for (const name of ['lengths', 'finished', 'logProb', 'points', 'done']) assert.deepEqual(a[name], b[name], name)
    for (let i = 0; i < a.count; i += 1) assert.deepEqual(a.rows(i, 2), b.rows(i, 2))
  }
  assert.equal(await a.advance(), false)
  b.advance()
  assert.deepEqual(a.points, b.points)
  assert.equal(a.done, true)
  await there.accept(a, 3)
  here.accept(b, 3)
  assert.deepEqual(await there.snapshot(), here.snapshot())
  assert.deepEqual([there.position, there.finished], [here.position, here.finished])
  await assert.rejects(there.accept(a, 3), codeIs('mismatch'))
})

test('an answer of futures carries the new rows only', async () => {
  const messages = []
  const { port1, port2 } = new MessageChannel()
  serve(
    {
      addEventListener: port2.addEventListener.bind(port2),
      postMessage(message, transfer) {
        messages.push(structuredClone(message))
        port2.postMessage(message, transfer)
      },
    },
    main,
  )
  port2.start()
  const other = remote.connect({ worker: port1 })
  const session = await (await other.load(bytes)).start({ seed: 1 })
  const futures = await session.futures({ count: 4, maxSteps: 40 })
  await futures.advance(10)
  const before = futures.lengths.reduce((sum, n) => sum + n)
  messages.length = 0
  await futures.advance(2)
  assert.equal(messages.length, 1)
  assert.equal(messages[0].value.rows.length, 5 * (futures.lengths.reduce((sum, n) => sum + n) - before))
  assert.ok(messages[0].value.rows.length > 0)
  port1.close()
})

test('complete finishes a drawing as the main entry does', async () => {
  const options = { count: 3, seed: 4, maxSteps: 30 }
  assert.deepEqual(await client.complete(model, DRAWING, options), await main.complete(local, DRAWING, options))
  assert.deepEqual(await remote.complete(model, DRAWING, options), await main.complete(local, DRAWING, options))
})

test('every source crosses', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mdn-worker-'))
  try {
    const path = join(folder, 'tiny.safetensors')
    writeFileSync(path, bytes)
    const padded = new Uint8Array(bytes.length + 7)
    padded.set(bytes, 7)
    const sources = {
      path,
      'file: URL': new URL(`file://${path}`),
      view: padded.subarray(7),
      ArrayBuffer: bytes.slice().buffer,
      Blob: new Blob([bytes]),
      Response: new Response(bytes),
    }
    for (const [name, source] of Object.entries(sources)) {
      const phases = new Set()
      const loaded = await client.load(source, { verify: false, onProgress: ({ phase }) => phases.add(phase) })
      assert.equal(loaded.info.name, 'tiny', name)
      assert.ok(phases.has('prepare'), name)
      loaded.dispose()
    }
    await assert.rejects(client.load(new Response('no', { status: 404, statusText: 'Not Found' })), (error) => {
      return codeIs('network')(error) && /404 Not Found/.test(error.message)
    })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('errors cross with all they know', async () => {
  const session = await model.start({ seed: 1 })
  await assert.rejects(session.observe([1, 2, 3]), (error) => {
    let expected
    try {
      local.start({ seed: 1 }).observe([1, 2, 3])
    } catch (thrown) {
      expected = thrown
    }
    for (const name of ['name', 'code', 'message', 'argument', 'expected', 'received'])
      assert.equal(error[name], expected[name])
    return codeIs('bad-shape')(error)
  })
  await assert.rejects(client.load(new Uint8Array([1, 2, 3])), codeIs('bad-file'))
  await assert.rejects(client.load(bytes, { colour: 1 }), codeIs('bad-argument'))
  await assert.rejects(
    client.load(() => 0),
    codeIs('bad-argument'),
  )
  await assert.rejects(model.start({ class: 'duck' }), codeIs('unknown-class'))
  await assert.rejects(session.futures({ temperature: -1 }), codeIs('bad-value'))
  await assert.rejects(session.accept({}, 0), codeIs('bad-argument'))
  await assert.rejects(client.complete(local, DRAWING), codeIs('bad-argument'))
  assert.throws(() => remote.connect({ worker: 'worker.js' }), codeIs('bad-argument'))
  assert.throws(() => remote.connect(), codeIs('worker'), 'Node has no web workers')
  await assert.rejects(remote.load(bytes), codeIs('worker'))
  await session.observe(rows()) // still good
})

test('an error of any other kind keeps its name', () => {
  const error = unpackError(packError(new RangeError('out of it')))
  assert.ok(!(error instanceof remote.MdnError))
  assert.deepEqual([error.name, error.message], ['RangeError', 'out of it'])
  assert.equal(unpackError({ name: 'MdnError', message: 'x', code: 'toString' }) instanceof remote.MdnError, false)
  assert.equal(unpackError(packError('text')).message, 'text')
})

test('what was disposed of is gone on both sides', async () => {
  const other = await client.load(bytes)
  const session = await other.start({ seed: 1 })
  const futures = await session.futures({ count: 2 })
  futures.dispose()
  futures.dispose()
  await assert.rejects(futures.advance(1), codeIs('disposed'))
  await session.step()
  other.dispose()
  assert.equal(other.disposed, true)
  await assert.rejects(other.start(), codeIs('disposed'))
  await assert.rejects(session.step(), codeIs('disposed'), 'a model disposes of its sessions')
  await assert.rejects(other.verify(), codeIs('disposed'))
})

test('an abort crosses, and its reason is the one given', async () => {
  const reason = new Error('enough')
  const seen = []
  const slow = (_, options) =>
    new Promise((_, reject) => options.signal.addEventListener('abort', () => reject(seen.push(options.signal.reason))))
  const { client: other, close } = connectHere({ load: slow })
  const controller = new AbortController()
  const loading = other.load(bytes, { signal: controller.signal })
  await new Promise((resolve) => setTimeout(resolve, 20))
  controller.abort(reason)
  await assert.rejects(loading, (error) => error === reason)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.equal(seen.length, 1, 'the worker heard of it')
  await assert.rejects(other.load(bytes, { signal: AbortSignal.abort(reason) }), (error) => error === reason)
  await assert.rejects(other.load(bytes, { signal: 1 }), codeIs('bad-argument'))
  close()

  const drawing = new AbortController()
  const completing = client.complete(model, DRAWING, { signal: drawing.signal, count: 64, maxSteps: 5000 })
  drawing.abort(reason)
  await assert.rejects(completing, (error) => error === reason)
})

test('a model that arrives after the abort is freed', async () => {
  let loaded
  const { client: other, close } = connectHere({
    load: async (source) => {
      loaded = await main.load(source)
      return loaded
    },
  })
  const controller = new AbortController()
  const loading = other.load(bytes, { signal: controller.signal })
  await Promise.resolve()
  controller.abort()
  await assert.rejects(loading, { name: 'AbortError' })
  for (let i = 0; i < 100 && loaded?.disposed !== true; i += 1) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal(loaded.disposed, true)
  close()
})

test('a worker that fails rejects what waits and what comes', async () => {
  const thread = new Worker('setTimeout(() => { throw new RangeError("sudden end") }, 30)', { eval: true })
  const worker = {
    postMessage: (message, transfer) => thread.postMessage(message, transfer),
    addEventListener: (type, listener) =>
      thread.on(type, (value) => listener(type === 'message' ? { data: value } : value)),
    terminate: () => thread.terminate(),
  }
  const other = remote.connect({ worker })
  const waiting = other.load(bytes)
  await assert.rejects(waiting, (error) => codeIs('worker')(error) && /sudden end/.test(error.message))
  assert.equal(other.lost, true)
  await assert.rejects(other.ready(), codeIs('worker'))
})

test('dispose stops the worker', async () => {
  const other = remote.connect({ worker: startThread() })
  const loaded = await other.load(bytes)
  const waiting = loaded.start()
  other.dispose()
  other.dispose()
  await assert.rejects(waiting, codeIs('disposed'))
  await assert.rejects(loaded.start(), codeIs('disposed'))
  loaded.dispose()
})

test('a handle that is forgotten is freed', async () => {
  // The collector is not ours to call, except with this flag.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const released = []
  const { port1, port2 } = new MessageChannel()
  serve(port2, main)
  port2.addEventListener('message', ({ data }) => 'release' in data && released.push(data.release))
  port2.start()
  const other = remote.connect({ worker: port1 })
  const kept = await other.load(bytes)
  await (async () => {
    await kept.start()
  })()
  for (let i = 0; i < 50 && released.length === 0; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    collect()
  }
  assert.equal(released.length, 1)
  await kept.start()
  port1.close()
})

test("the page's side brings nothing of the engine along", async () => {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: ['js/worker/index.js'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
  })
  const files = Object.keys(metafile.inputs)
  assert.ok(files.includes('js/worker/handles.js'))
  for (const file of files) assert.doesNotMatch(file, /^js\/(wasm\/|(index|runtime|model|session|mixture)\.js)/)
})

test('typed arrays are moved, wherever they are in an answer', () => {
  const [a, b] = [new Float32Array(2), new Uint8Array(3)]
  assert.deepEqual([...buffersOf({ result: { a, again: a, list: [1] }, b, n: 1, none: null })], [a.buffer, b.buffer])
  assert.deepEqual([...buffersOf(a)], [a.buffer])
})
