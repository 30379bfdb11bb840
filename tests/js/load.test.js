// load: every source and format, progress, aborts, and every way for a file or a download to be bad.

import assert from 'node:assert/strict'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'

import * as external from '../../js/external.js'
import { load } from '../../js/index.js'
import { edited } from '../edit-model.js'
import { isTyped, rejects } from '../errors.js'
import { tinySketchModel } from '../models.js'
import { sketchRnnFile } from '../sketch-rnn-file.js'

const bytes = tinySketchModel({ name: 'tiny', seed: 9 })
const gen = sketchRnnFile()
const PAGE = '<!doctype html>\n<html><head><title>Not here</title></head><body></body></html>'

/** @type {import('node:http').Server} */
let server
let base = ''
let folder = ''
/** Connections that /stuck keeps open. */
const waiting = new Set()

/** @type {Record<string, (response: import('node:http').ServerResponse) => void>} */
const ANSWERS = {
  '/model': (response) => response.end(bytes),
  '/gen.json': (response) => response.end(JSON.stringify(gen)),
  '/gzip': (response) => {
    const packed = gzipSync(bytes)
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
  },
  '/chunked': (response) => {
    for (let at = 0; at < bytes.length; at += 1000) response.write(bytes.subarray(at, at + 1000))
    response.end()
  },
  '/page': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE),
  '/empty': (response) => response.end(),
  '/404': (response) => response.writeHead(404).end(PAGE),
  '/500': (response) => response.writeHead(500).end('{}'),
  '/short': (response) => {
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, 2000), () => response.destroy())
  },
  '/broken': (response) => {
    response.write(bytes.subarray(0, 2000), () => response.destroy())
  },
  '/cut': (response) => response.end(bytes.subarray(0, 2000)),
  '/huge': (response) => {
    response.writeHead(200, { 'content-length': 2 ** 40 })
    response.write('{')
  },
  '/stuck': (response) => {
    waiting.add(response)
    response.writeHead(200, { 'content-length': bytes.length })
    response.write(bytes.subarray(0, 2000))
  },
  '/silent': (response) => waiting.add(response),
}

before(async () => {
  server = createServer((request, response) => ANSWERS[request.url ?? '']?.(response) ?? response.statusCode)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  base = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`
  folder = await mkdtemp(join(tmpdir(), 'mdn-load-'))
  await writeFile(join(folder, 'tiny.safetensors'), bytes)
  await writeFile(join(folder, 'a b é.json'), JSON.stringify(gen))
})

after(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true })
})

/** The first rows of a model: two models that draw the same are the same. */
function drawn(model) {
  const session = model.start({ seed: 1 })
  return Array.from({ length: 3 }, () => [...session.step({ temperature: 1 })])
}

test('every source gives the same model', async () => {
  const padded = new Uint8Array(bytes.length + 13)
  padded.set(bytes, 13)
  const path = join(folder, 'tiny.safetensors')
  const sources = {
    bytes,
    'a view that is not aligned': padded.subarray(13),
    'an ArrayBuffer': bytes.slice().buffer,
    'a Buffer': Buffer.from(bytes),
    'a DataView': new DataView(padded.buffer, 13),
    'a Blob': new Blob([bytes]),
    'a File': new File([bytes], 'model.bin'),
    'a Response': new Response(bytes),
    'a URL': new URL(`${base}/model`),
    'an address': `${base}/model`,
    'a compressed answer': `${base}/gzip`,
    'a chunked answer': `${base}/chunked`,
    'a path': path,
    'a file: URL': pathToFileURL(path),
    'a file: address': pathToFileURL(path).href,
    'a data: address': `data:application/octet-stream;base64,${Buffer.from(bytes).toString('base64')}`,
  }
  const expected = drawn(await load(bytes))
  for (const [name, source] of Object.entries(sources)) {
    const model = await load(source)
    assert.deepEqual([model.info.name, model.info.format], ['tiny', 'safetensors'], name)
    assert.deepEqual(drawn(model), expected, name)
    model.dispose()
  }
  assert.deepEqual(drawn(await external.load(bytes)), expected, 'the entry with its module beside it')
})

test('sketch-rnn files are read by their content, in every form', async () => {
  const text = JSON.stringify(gen)
  const encode = (string) => new TextEncoder().encode(string)
  const expected = drawn(await load(gen))
  const sources = [
    encode(text),
    encode(`var model_raw_data = ${JSON.stringify(text)};\n`),
    encode(`// a comment\nconst duck = ${text}\n;`),
    `${base}/gen.json`,
    join(folder, 'a b é.json'),
    new Blob([text]),
  ]
  for (const source of sources) {
    const model = await load(source, { verify: true })
    assert.deepEqual([model.info.format, model.info.name, model.scale], ['sketch-rnn', 'duck', 50.5])
    assert.deepEqual([model.classes, model.info.maxSteps], [['duck'], 42])
    assert.ok(model.info.report.length > 3)
    assert.deepEqual(drawn(model), expected)
    model.dispose()
  }
})

test('progress is told: the download as it grows, then the preparation', async () => {
  const told = async (source) => {
    const events = []
    await load(source, { onProgress: (event) => events.push(event) })
    return events
  }
  for (const [source, total] of [
    [`${base}/model`, bytes.length],
    [`${base}/chunked`, undefined],
    [`${base}/gzip`, undefined],
    [new Blob([bytes]), bytes.length],
  ]) {
    const events = await told(source)
    const downloads = events.filter(({ phase }) => phase === 'download')
    assert.ok(downloads.length > 0)
    for (const [i, event] of downloads.entries()) {
      assert.equal(event.total, total)
      assert.ok(event.loaded > (downloads[i - 1]?.loaded ?? 0))
    }
    assert.equal(downloads.at(-1).loaded, bytes.length)
    assert.deepEqual(events.at(-1), { phase: 'prepare', loaded: bytes.length, total: bytes.length })
    assert.equal(events.length, downloads.length + 1)
  }
  assert.deepEqual(
    (await told(bytes)).map(({ phase }) => phase),
    ['prepare'],
  )
  const thrown = new Error('from the listener')
  const listener = () => {
    throw thrown
  }
  await assert.rejects(load(`${base}/model`, { onProgress: listener }), (error) => error === thrown)
})

test('an aborted load rejects with the reason, before, during and after the answer', { timeout: 20_000 }, async () => {
  const reason = new Error('enough')
  const aborted = (promise) => assert.rejects(promise, (error) => error === reason)
  for (const source of [bytes, gen, `${base}/model`, join(folder, 'tiny.safetensors')]) {
    await aborted(load(source, { signal: AbortSignal.abort(reason) }))
  }
  for (const path of ['/silent', '/stuck']) {
    const controller = new AbortController()
    const loading = load(base + path, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await aborted(loading)
  }
  const controller = new AbortController()
  await aborted(load(`${base}/model`, { signal: controller.signal, onProgress: () => controller.abort(reason) }))
  const blob = new AbortController()
  const big = new Blob([new Uint8Array(2 ** 22)])
  await aborted(load(big, { signal: blob.signal, onProgress: () => blob.abort(reason) }))
  await assert.rejects(load(`${base}/silent`, { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  const late = new AbortController()
  const model = await load(bytes, { signal: late.signal })
  late.abort()
  assert.equal(model.disposed, false)
})

test('what the server does wrong is a network error that says so', { timeout: 20_000 }, async () => {
  await rejects(load(`${base}/404`), 'network', /answered 404 Not Found/)
  await rejects(load(`${base}/500`), 'network', /answered 500/)
  await rejects(load(`${base}/short`), 'network', /broke off/)
  await rejects(load(`${base}/broken`), 'network', /broke off/)
  await rejects(load(new Response(null, { status: 404 })), 'network', /404/)
  await rejects(load('http://127.0.0.1:1/model'), 'network', /could not be fetched/)
  await rejects(load('no-such-scheme://x/y'), 'network')
  await rejects(load('http://'), 'network')
  await rejects(load(join(folder, 'missing.safetensors')), 'network', /ENOENT/)
  await rejects(load(pathToFileURL(join(folder, 'missing'))), 'network', /ENOENT/)
  await rejects(load(folder), 'network', /EISDIR/)
  await rejects(load(''), 'network')
  await rejects(load('a\0b'), 'network')
  await rejects(load('file://['), 'network')
  await rejects(load('file://elsewhere/model'), 'network')
})

test('an answer that is no model is a bad file that says so', async () => {
  await rejects(load(`${base}/page`), 'bad-file', /got HTML/)
  await rejects(load(`${base}/empty`), 'bad-file')
  await rejects(load(`${base}/cut`), 'bad-file')
  const text = (string) => new TextEncoder().encode(string)
  for (const content of [
    PAGE,
    '<?xml version="1.0"?><a/>',
    '<!-- x --><p>',
    '',
    ' ',
    '{}',
    '[]',
    'null',
    'hello',
    '\0\0\0\0',
    '[1,2,3]',
  ]) {
    await rejects(load(text(content)), 'bad-file')
  }
  await rejects(load(new Uint8Array(0)), 'bad-file')
  await rejects(load(new Uint8Array(1e6)), 'bad-file')
  await rejects(load([]), 'bad-file')
  await rejects(load([{}, [], []]), 'bad-file')
  await rejects(load(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)), 'unsupported', /\.keras/)
  await rejects(load(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a)), 'unsupported', /HDF5/)
  await rejects(load(text(JSON.stringify([{ ...gen[0], mode: 'vae' }, gen[1], gen[2]]))), 'unsupported', /VAE/)
})

test('a file too large is refused before it is read', { timeout: 20_000 }, async () => {
  await rejects(load(`${base}/huge`), 'too-large')
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 26)) })
  let loaded = 0
  const counted = load(new Response(endless), { onProgress: (event) => (loaded = event.loaded) })
  await rejects(counted, 'too-large')
  assert.ok(loaded <= 2 ** 29)
  const sparse = join(folder, 'sparse')
  await writeFile(sparse, '')
  await truncate(sparse, 2 ** 29 + 1)
  await rejects(load(sparse), 'too-large')
})

test('sources and options of the wrong kind are refused', async () => {
  for (const source of [undefined, null, 3, true, {}, () => bytes, Symbol('x'), new Map()]) {
    await rejects(load(source), 'bad-argument', /cannot be loaded/)
  }
  await rejects(load(bytes, { verfy: true }), 'bad-argument', /verfy/)
  await rejects(load(bytes, null), 'bad-argument')
  await rejects(load(bytes, 'verify'), 'bad-argument')
  await rejects(load(bytes, { signal: 'now' }), 'bad-argument', /AbortSignal/)
  await rejects(load(bytes, { onProgress: true }), 'bad-argument', /onProgress/)
  await rejects(load(bytes, { compute: 'int8' }), 'bad-argument', /float32/)
  await rejects(load(bytes, { compute: '__proto__' }), 'bad-argument')
})

test('a description that cannot be is refused, by its field', async () => {
  const cases = [
    [(d) => (d.version = 2), 'unsupported', /version/],
    [(d) => delete d.version, 'unsupported', /version/],
    [(d) => (d.name = 7), 'bad-file', /name/],
    [(d) => (d.name = 'x'.repeat(10_001)), 'bad-file', /name/],
    [(d) => (d.input = {}), 'bad-file', /input.size/],
    [(d) => (d.input.size = 4), 'bad-file', /startToken/],
    [(d) => (d.input = [5]), 'bad-file', /input/],
    [(d) => (d.nodes = {}), 'bad-file', /nodes/],
    [(d) => (d.nodes = []), 'bad-file', /nodes/],
    [(d) => (d.nodes = [null]), 'bad-file', /nodes/],
    [(d) => (d.nodes = new Array(65).fill(d.nodes[0])), 'bad-file', /at most 64/],
    [(d) => (d.nodes[0].units = 31), 'bad-shape', /lstm_0\/kernel/],
    [(d) => (d.nodes[0].units = 32.5), 'bad-file', /nodes.units/],
    [(d) => (d.nodes[0].units = 2 ** 32 + 32), 'bad-file', /nodes.units/],
    [(d) => (d.nodes[0].units = -32), 'bad-file', /nodes.units/],
    [(d) => (d.nodes[0].units = '32'), 'bad-file', /nodes.units/],
    [(d) => (d.nodes[0].units = 1e6), 'bad-file', /16384/],
    [(d) => (d.nodes[0].type = 'gru'), 'unsupported', /gru/],
    [(d) => (d.nodes[0].name = 'input'), 'bad-file', /the name of node 'input'/],
    [(d) => (d.nodes[0].name = ''), 'bad-file', /name/],
    [(d) => (d.nodes[0].inputs = 'input'), 'bad-file', /nodes.inputs/],
    [(d) => (d.nodes[0].inputs = ['output']), 'bad-file', /earlier nodes/],
    [(d) => (d.nodes[0].inputs = []), 'bad-file', /inputs/],
    [(d) => (d.nodes[0].inputs = new Array(1e5).fill('input')), 'bad-file', /nodes.inputs/],
    [(d) => (d.nodes[0].gates = 'fiog'), 'bad-file', /gates/],
    [(d) => (d.nodes[0].forgetBias = '1'), 'bad-file', /forgetBias/],
    [(d) => (d.nodes[0].forgetBias = 1e300), 'bad-file', /forgetBias/],
    [(d) => (d.nodes[0].activation = 'relu'), 'bad-file', /'tanh' for an LSTM/],
    [(d) => (d.nodes[0].recurrentActivation = 'tanh'), 'bad-file', /recurrentActivation/],
    [(d) => (d.nodes[0].recurrentActivation = 'sine'), 'unsupported', /sine/],
    [(d) => (d.nodes[0].condition = 'class'), 'bad-file', /condition/],
    [(d) => (d.nodes[1].activation = 'glu'), 'unsupported', /glu/],
    [(d) => d.nodes.unshift({ name: 'class', type: 'embedding', classes: 2, units: 4 }), 'bad-file', /classes/],
    [(d) => (d.nodes[1].units = 3), 'bad-shape', /head/],
    [(d) => (d.head = null), 'bad-file', /head/],
    [(d) => (d.head.type = 'laplace'), 'unsupported', /laplace/],
    [(d) => (d.head.type = '__proto__'), 'unsupported', /__proto__/],
    [(d) => (d.head.type = 'diagonal'), 'bad-shape', /dims/],
    [(d) => (d.head.components = 6), 'bad-shape', /head/],
    [(d) => (d.head.components = 1e9), 'bad-file', /components/],
    [(d) => (d.scale = 0), 'bad-file', /scale/],
    [(d) => (d.scale = -1), 'bad-file', /scale/],
    [(d) => (d.scale = '40'), 'bad-file', /scale/],
    [(d) => (d.startToken = [0, 0, 1]), 'bad-file', /startToken/],
    [(d) => (d.startToken = [0, 0, 1, 0, null]), 'bad-file', /startToken/],
    [(d) => (d.temperature = 0.4), 'bad-file', /temperature/],
    [(d) => (d.temperature = { rule: 1 }), 'bad-file', /temperature.rule/],
    [(d) => (d.temperature.weights = '1'), 'bad-file', /temperature.weights/],
    [(d) => (d.compute = 'float64'), 'bad-file', /compute/],
    [(d) => (d.classes = 'cat'), 'bad-file', /classes/],
    [(d) => (d.classes = ['cat', 7]), 'bad-file', /classes/],
    [(d) => (d.listedClasses = ['cat']), 'bad-file', /listedClasses/],
    [(d) => (d.maxSteps = 0), 'bad-file', /maxSteps/],
    [(d) => (d.maxSteps = 1.5), 'bad-file', /maxSteps/],
    [(d) => (d.maxSteps = 1e9), 'bad-file', /maxSteps/],
    [(d) => (d.data = 'CC0'), 'bad-file', /data/],
    [(d) => (d.training = []), 'bad-file', /training/],
    [(d) => (d.selfTest = {}), 'bad-file', /selfTest/],
    [(d) => (d.selfTest = { inputs: [[1, 2]], outputs: [] }), 'bad-file', /selfTest/],
    [(d) => (d.selfTest = { inputs: [[0, 0, 1, 0, 0]], outputs: [1] }), 'bad-file', /selfTest.outputs/],
    [(d) => (d.selfTest = { inputs: [], outputs: new Array(33).fill(0), tolerance: 0 }), 'bad-file', /tolerance/],
  ]
  for (const [change, code, message] of cases) await rejects(load(edited(bytes, change)), code, message)
  const classes = tinySketchModel({ classes: ['cat', 'duck'] })
  const casesOfClasses = [
    [(d) => d.nodes.unshift({ ...d.nodes[0], name: 'another' }), 'bad-file', /one 'embedding' at most/],
    [(d) => (d.nodes[1].condition = 'klass'), 'bad-file', /nodes.condition/],
    [(d) => (d.nodes[1].condition = 7), 'bad-file', /nodes.condition/],
    [(d) => (d.nodes[0].name = ''), 'bad-file', /nodes.name/],
    [(d) => (d.nodes[0].classes = 2), 'bad-file', /nodes.classes/],
    [(d) => (d.anyClass = false), 'bad-file', /nodes.classes/],
    [(d) => (d.classes = ['cat']), 'bad-file', /nodes.classes/],
    [(d) => (d.listedClasses = ['cat', 'dog']), 'bad-file', /listedClasses/],
    [(d) => (d.nodes[0].units = 3), 'bad-shape', /class\/embedding/],
  ]
  for (const [change, code, message] of casesOfClasses) await rejects(load(edited(classes, change)), code, message)
  const listed = await load(edited(classes, (d) => (d.listedClasses = ['duck'])))
  assert.deepEqual([listed.classes, listed.info.listedClasses], [['cat', 'duck'], ['duck']])
  for (const change of [(_, tensors) => tensors.delete('lstm_0/bias'), (_, tensors) => tensors.clear()]) {
    await rejects(load(edited(bytes, change)), 'bad-file', /missing/)
  }
  assert.deepEqual(drawn(await load(bytes)), drawn(await load(bytes.slice())))
})

test('loads may overlap', async () => {
  const sources = Array.from({ length: 12 }, (_, i) => [bytes, `${base}/model`, `${base}/404`, gen][i % 4])
  const results = await Promise.allSettled(sources.map((source) => load(source)))
  for (const [i, result] of results.entries()) {
    if (i % 4 === 2) assert.ok(result.status === 'rejected' && isTyped(result.reason))
    else assert.equal(result.status, 'fulfilled')
  }
})
