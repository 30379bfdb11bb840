import assert from 'node:assert/strict'
import test from 'node:test'

import { MdnError } from '../../js/errors.js'
import { decodeBase64 } from '../../js/import/base64.js'
import { importSketchRnn } from '../../js/import/sketch-rnn.js'
import { sniffFormat } from '../../js/import/sniff.js'
import { readFloats, readSafetensors } from '../../js/safetensors.js'
import { mutants, seededRandom } from '../mutants.js'

const H = 8
const INFO = { mode: 2, version: 6, max_seq_len: 42, name: 'duck', scale_factor: 50.5 }

/**
 * A small model of `units` LSTM units and `components` mixture components with random int16 weights.
 *
 * @param {{ info?: object, units?: number, components?: number }} [options]
 */
function smallModel({ info = INFO, units = H, components = 20 } = {}) {
  const random = seededRandom(7)
  const outputs = 3 + 6 * components
  const dims = [[units, outputs], [outputs], [5, 4 * units], [units, 4 * units], [4 * units]]
  const weights = dims.map((shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return Int16Array.from({ length: count }, () => Math.round((random() - 0.5) * 65534))
  })
  weights[2].set([32767, -32767, -32768, 0, 1])
  const blobs = weights.map((values) => Buffer.from(values.buffer).toString('base64'))
  return { parsed: [info, dims, blobs], weights, dims }
}

/** @param {ReturnType<typeof importSketchRnn>} imported */
function described({ bytes }) {
  return JSON.parse(readSafetensors(bytes).metadata['mixture-density'])
}

/** @param {(parsed: any) => void} change */
function changed(change) {
  const { parsed } = smallModel()
  const copy = JSON.parse(JSON.stringify(parsed))
  change(copy)
  return copy
}

function refused(input, code, message = /./) {
  assert.throws(
    () => importSketchRnn(input),
    (error) =>
      error instanceof MdnError && error.code === code && message.test(error.message) && error.message.length < 500,
  )
}

test('the five arrays become named tensors, 10 · v / 32767 in float32', () => {
  const { parsed, weights, dims } = smallModel()
  const { tensors } = readSafetensors(importSketchRnn(parsed).bytes)
  const names = ['output/kernel', 'output/bias', 'lstm_0/kernel', 'lstm_0/recurrent_kernel', 'lstm_0/bias']
  assert.deepEqual([...tensors.keys()].sort(), [...names].sort())
  names.forEach((name, i) => {
    assert.deepEqual(tensors.get(name)?.shape, dims[i])
    assert.deepEqual(
      readFloats(tensors, name),
      Float32Array.from(weights[i], (v) => (10 * v) / 32767),
    )
  })
})

test('the description states every convention', () => {
  assert.deepEqual(described(importSketchRnn(smallModel().parsed)), {
    version: 1,
    name: 'duck',
    input: { size: 5 },
    nodes: [
      {
        name: 'lstm_0',
        type: 'lstm',
        inputs: ['input'],
        units: 8,
        gates: 'igfo',
        forgetBias: 1,
        recurrentActivation: 'sigmoid',
        activation: 'tanh',
      },
      { name: 'output', type: 'dense', inputs: ['lstm_0'], units: 123, activation: 'linear' },
    ],
    head: { type: 'sketch-rnn', components: 20 },
    scale: 50.5,
    startToken: [0, 0, 1, 0, 0],
    temperature: { rule: 'sketch-rnn-js', temperature: 0.4 },
    compute: 'float32',
    classes: ['duck'],
    anyClass: false,
    maxSteps: 42,
    data: { source: 'a sketch-rnn browser model', licence: 'not stated in the file' },
  })
})

test('the report names what went where, and counts weights at the limit of the format', () => {
  const { report } = importSketchRnn(smallModel().parsed)
  assert.match(report[0], /'duck', version 6: LSTM 8, 20 bivariate components/)
  assert.ok(
    report.some((line) => /LSTM kernel \[5, 32\] → lstm_0\/kernel.*; 3 values at the format's limit/.test(line)),
  )
  assert.ok(report.some((line) => /scale_factor → scale 50.5/.test(line)))
  assert.ok(report.some((line) => /max_seq_len → maxSteps 42/.test(line)))
})

test('only scale_factor is needed', () => {
  const imported = importSketchRnn(smallModel({ info: { scale_factor: 60 } }).parsed)
  const { name, classes, maxSteps, scale } = described(imported)
  assert.deepEqual(
    { name, classes, maxSteps, scale },
    { name: 'sketch-rnn', classes: [], maxSteps: undefined, scale: 60 },
  )
})

test('what is odd about the optional entries is left out, not trusted', () => {
  const info = { scale_factor: 60, name: { toString: 1 }, max_seq_len: -3, version: '<b>', mode: 'gen' }
  const { name, classes, maxSteps } = described(importSketchRnn(smallModel({ info }).parsed))
  assert.deepEqual({ name, classes, maxSteps }, { name: 'sketch-rnn', classes: [], maxSteps: undefined })
  const long = described(importSketchRnn(smallModel({ info: { scale_factor: 60, name: 'x'.repeat(1e6) } }).parsed))
  assert.equal(long.name, 'sketch-rnn')
})

test('every version, and the mode as number or text', () => {
  for (const version of [1, 2, 3, 4, 5, 6, 7, undefined]) {
    for (const mode of [2, 'gen', undefined]) {
      const imported = importSketchRnn(smallModel({ info: { ...INFO, version, mode } }).parsed)
      assert.equal(described(imported).scale, 50.5)
    }
  }
})

test('any number of units and components', () => {
  for (const [units, components] of [
    [1, 1],
    [3, 2],
    [1024, 1],
  ]) {
    const { nodes, head } = described(importSketchRnn(smallModel({ units, components }).parsed))
    assert.equal(nodes[0].units, units)
    assert.equal(head.components, components)
  }
})

test('the VAE files are named as what they are', () => {
  for (const mode of [0, 1, 'vae'])
    refused(
      changed(([info]) => (info.mode = mode)),
      'unsupported',
      /VAE.*NAME\.gen\.json/s,
    )
  const unnamed = changed((parsed) => {
    delete parsed[0].mode
    parsed[1] = Array(17).fill([1])
    parsed[2] = Array(17).fill('AAA=')
  })
  refused(unnamed, 'unsupported', /VAE/)
  for (const mode of [3, 'GEN', null, {}])
    refused(
      changed(([info]) => (info.mode = mode)),
      'unsupported',
      /mode/,
    )
})

test('JSON text, its bytes and a .gen.js give the same file as the parsed array', () => {
  const { parsed } = smallModel()
  const { bytes } = importSketchRnn(parsed)
  const json = JSON.stringify(parsed)
  const texts = [
    json,
    ` \n${json}\n`,
    `\ufeff${json}`,
    JSON.stringify(parsed, null, 2),
    `var model_raw_data='${json}';`,
    `var model_raw_data = '${json}'\n`,
    `let anything_1 =\n  '${json}';\n`,
    `const $x = ${JSON.stringify(json)};`,
    `model.raw = \`${json}\``,
    `// a comment\n// and another\nvar data='${json}';\n`,
    `var data = ${json};`,
    `var data = '${json.replaceAll('"', '\\"').replaceAll('/', '\\/')}'`,
    `var data = '${json.replaceAll('"', '\\x22').replaceAll('/', '\\u002f')}'`,
    `var data = '${json.replace(',', ',\\\n')}'`,
  ]
  for (const text of texts) {
    assert.equal(sniffFormat(text), 'sketch-rnn')
    assert.deepEqual(importSketchRnn(text).bytes, bytes)
    const encoded = new TextEncoder().encode(text)
    assert.equal(sniffFormat(encoded), 'sketch-rnn')
    assert.deepEqual(importSketchRnn(encoded).bytes, bytes)
  }
})

test('a name with quotes survives a .gen.js, and code in one is never run', () => {
  const info = { ...INFO, name: `it's "x" \\ é` }
  const json = JSON.stringify(smallModel({ info }).parsed)
  const quoted = json.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
  assert.equal(described(importSketchRnn(`var a='${quoted}'`)).name, info.name)
  refused(`var a='${JSON.stringify(smallModel().parsed)}'; globalThis.evaluated = true`, 'bad-file', /more than one/)
  refused(`var a=[{"x":(globalThis.evaluated = true)}]`, 'bad-file')
  assert.equal(Reflect.has(globalThis, 'evaluated'), false)
})

test('base64 of every length is what Buffer makes of it, with padding or without', () => {
  const random = seededRandom(2)
  for (let length = 0; length < 60; ++length) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256))
    const text = Buffer.from(bytes).toString('base64')
    assert.deepEqual(decodeBase64(text, length, 'text'), bytes)
    assert.deepEqual(decodeBase64(text.replace(/=+$/, ''), length, 'text'), bytes)
  }
})

test('text that is not the base64 of as many bytes as the shape needs is refused', () => {
  const changes = [
    (/** @type {string} */ text) => text.slice(1),
    (/** @type {string} */ text) => `${text}A`,
    (/** @type {string} */ text) => `${text}AAAA`,
    (/** @type {string} */ text) => `${text}=`,
    ...['=', ' ', '\n', '-', '_', '\x80', 'é', '✓'].map(
      (letter) => (/** @type {string} */ text) => letter + text.slice(1),
    ),
    ...['', 5, null, undefined, ['A'], {}].map((value) => () => value),
  ]
  for (const change of changes) {
    for (const i of [0, 1, 2, 3, 4])
      refused(
        changed(({ 2: blobs }) => (blobs[i] = change(blobs[i]))),
        'bad-file',
      )
  }
})

test('shapes that do not fit each other are refused before anything is allocated', () => {
  const shapes = [
    (d) => (d[0] = [H, 122]),
    (d) => (d[0] = [H + 1, 123]),
    (d) => (d[0] = [0, 123]),
    (d) => (d[0] = [H, 3]),
    (d) => (d[0] = 'ab'),
    (d) => (d[0] = null),
    (d) => (d[1] = [122]),
    (d) => (d[1] = 123),
    (d) => (d[2] = [6, 4 * H]),
    (d) => (d[3] = [4 * H, H]),
    (d) => (d[4] = [4 * H, 1]),
    (d) => (d[4] = []),
    (d) => d.pop(),
    (d) => d.push([1]),
  ]
  for (const change of shapes)
    refused(
      changed((parsed) => change(parsed[1])),
      'bad-file',
      /dims/,
    )
  for (const units of [2 ** 20, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 1e300, 8.5, -8, Number.NaN]) {
    const dims = [[units, 123], [123], [5, 4 * units], [units, 4 * units], [4 * units]]
    refused(
      changed((parsed) => (parsed[1] = dims)),
      'bad-file',
    )
  }
  refused(
    changed((parsed) => parsed[2].pop()),
    'bad-file',
  )
  refused(
    changed((parsed) => (parsed[2] = {})),
    'bad-file',
  )
})

test('a scale_factor that is no positive number is refused', () => {
  for (const scale of ['60', null, [60], undefined, {}]) {
    refused(
      changed(([info]) => (info.scale_factor = scale)),
      'bad-argument',
      /scale_factor/,
    )
  }
  for (const scale of [0, -1, 1e-300, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
    refused(
      changed(([info]) => (info.scale_factor = scale)),
      'bad-value',
      /scale_factor/,
    )
  }
  refused(JSON.stringify(smallModel().parsed).replace('50.5', '1e999'), 'bad-value', /scale_factor/)
  refused(JSON.stringify(smallModel().parsed).replace('50.5', 'NaN'), 'bad-file')
})

test('what is no sketch-rnn model is refused', () => {
  for (const input of [
    undefined,
    null,
    5,
    '',
    'x',
    '[]',
    '{}',
    [],
    {},
    [{}],
    [{}, []],
    [[], [], []],
    new Uint8Array(3),
  ]) {
    refused(input, 'bad-file')
  }
  const [info, dims, blobs] = smallModel().parsed
  refused([info, dims, blobs, {}], 'bad-file')
  refused('<!DOCTYPE html><html>', 'bad-file', /got HTML, path is wrong/)
})

test('prototype keys, duplicate keys and deep nesting are refused', { timeout: 20_000 }, () => {
  const json = JSON.stringify(smallModel().parsed)
  for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__']) {
    refused(json.replace('"mode"', `"${key}":{"scale_factor":1},"mode"`), 'bad-file', /forbidden/)
  }
  refused(json.replace('"mode"', '"scale_factor":1,"mode"'), 'bad-file', /twice/)
  refused(`[{"a":${'['.repeat(1_000_000)}`, 'bad-file', /deep/)
  refused(`[{"a":${'{"a":'.repeat(1_000_000)}`, 'bad-file', /deep/)
})

test('every prefix of the text is refused', { timeout: 60_000 }, () => {
  const { parsed } = smallModel({ units: 2, components: 1 })
  const json = JSON.stringify(parsed)
  for (const text of [json, `var model_raw_data='${json}'`]) {
    for (let length = 0; length < text.length; ++length) refused(text.slice(0, length), 'bad-file')
  }
})

test('damaged files are read or refused, never anything else', { timeout: 60_000 }, () => {
  const { parsed } = smallModel({ units: 2, components: 1 })
  const json = JSON.stringify(parsed)
  let read = 0
  for (const text of [json, `var model_raw_data='${json}'`]) {
    for (const within of [180, undefined]) {
      for (const mutant of mutants(new TextEncoder().encode(text), { count: 2000, seed: 5, within })) {
        try {
          const { bytes } = importSketchRnn(mutant)
          const { tensors } = readSafetensors(bytes)
          for (const name of tensors.keys()) assert.ok(readFloats(tensors, name).every(Number.isFinite))
          ++read
        } catch (error) {
          if (!(error instanceof MdnError)) throw error
        }
      }
    }
  }
  assert.ok(read > 0 && read < 8000)
})

test('formats are told by their first bytes', () => {
  const { bytes } = importSketchRnn(smallModel().parsed)
  const ascii = (/** @type {string} */ text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  assert.equal(sniffFormat(bytes), 'safetensors')
  assert.equal(sniffFormat(bytes.subarray(0, 100)), 'safetensors')
  assert.equal(sniffFormat(Buffer.from(bytes)), 'safetensors')
  assert.equal(sniffFormat(ascii('PK\x03\x04\x14\x00')), 'keras')
  assert.equal(sniffFormat(ascii('\x89HDF\r\n\x1a\n\x00')), 'hdf5')
  for (const text of ['', ' ', '[', '[]', '[1,2]', '{"a":1}', 'PK', 'var x', 'var x = 5', `${' '.repeat(5000)}[{`]) {
    assert.equal(sniffFormat(text), 'unknown')
    assert.equal(sniffFormat(ascii(text)), 'unknown')
  }
  for (const bytes of [new Uint8Array(0), new Uint8Array(8), new Uint8Array(100), Uint8Array.of(0x1f, 0x8b, 8, 0)]) {
    assert.equal(sniffFormat(bytes), 'unknown')
  }
  for (const page of ['<!DOCTYPE html>', '\n <html lang="en">', '\ufeff<HTML>', '<?xml version="1.0"?>', '<head>']) {
    for (const content of [page, new TextEncoder().encode(page)]) {
      assert.throws(() => sniffFormat(content), { code: 'bad-file', message: /got HTML, path is wrong/ })
    }
  }
})

test('telling the format takes no time on long texts', { timeout: 5000 }, () => {
  for (const text of [' ', '//', '//\n', '//\n ', 'a', 'a=', "'"]) sniffFormat(text.repeat(1_000_000))
})
