import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { MdnError } from '../../js/errors.js'
import {
  fromFloat16,
  quantiseInt8PerColumn,
  readFloats,
  readSafetensors,
  SAFETENSORS_LIMITS,
  tensorOf,
  toFloat16,
  writeSafetensors,
} from '../../js/safetensors.js'
import { mutants, seededRandom } from '../mutants.js'

// Written by the Python package: tests/golden/make/safetensors_file.py.
const PYTHON_FILE = new Uint8Array(readFileSync(new URL('../golden/python.safetensors', import.meta.url)))

/** A file from its parts, well formed or not. */
function fileOf(header, dataBytes = 0, headerLength = undefined) {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + dataBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength ?? text.length), true)
  file.set(text, 8)
  return file
}

function small() {
  return writeSafetensors({
    metadata: { 'mixture-density': '{"version":1}' },
    tensors: new Map([
      ['b/kernel', tensorOf(Float32Array.of(1, -2, 3, 4, 5, 6), [2, 3])],
      ['a/kernel', tensorOf(Int8Array.of(1, 2, 3), [3])],
      ['a/kernel_scale', tensorOf(Float32Array.of(0.5, 0.25, 2), [3])],
      ['c', tensorOf(toFloat16(Float32Array.of(0.1, 65504)), [2])],
    ]),
  })
}

function refused(bytes, code, message = /./) {
  assert.throws(
    () => readSafetensors(bytes),
    (error) =>
      error instanceof MdnError && error.code === code && message.test(error.message) && error.message.length < 500,
  )
}

test('what is written is read back, and written again byte for byte', () => {
  const bytes = small()
  const { metadata, tensors } = readSafetensors(bytes)
  assert.deepEqual({ ...metadata }, { 'mixture-density': '{"version":1}' })
  assert.deepEqual([...tensors.keys()], ['a/kernel_scale', 'b/kernel', 'c', 'a/kernel'])
  assert.deepEqual(tensors.get('b/kernel')?.shape, [2, 3])
  assert.deepEqual(readFloats(tensors, 'b/kernel'), Float32Array.of(1, -2, 3, 4, 5, 6))
  assert.deepEqual(readFloats(tensors, 'a/kernel'), Float32Array.of(0.5, 0.5, 6))
  assert.deepEqual(readFloats(tensors, 'c'), Float32Array.of(0.0999755859375, 65504))
  assert.deepEqual(writeSafetensors({ metadata, tensors }), bytes)
})

test('the order of insertion does not matter, the header ends at a multiple of 8 and every tensor is aligned', () => {
  const { metadata, tensors } = readSafetensors(small())
  const reversed = new Map([...tensors].reverse())
  const bytes = writeSafetensors({ metadata, tensors: reversed })
  assert.deepEqual(bytes, small())
  assert.equal(new DataView(bytes.buffer).getUint32(0, true) % 8, 0)
  const width = { F32: 4, F16: 2, I8: 1 }
  for (const { dtype, bytes: view } of readSafetensors(bytes).tensors.values()) {
    assert.equal(view.byteOffset % width[dtype], 0)
  }
})

test('a name like a number keeps its place, and any text can be metadata', () => {
  const content = {
    metadata: { é: '"\\ ✓' },
    tensors: { 1: tensorOf(Float32Array.of(1), []), 0: tensorOf(Float32Array.of(2), []) },
  }
  const { metadata, tensors } = readSafetensors(writeSafetensors(content))
  assert.equal(metadata.é, '"\\ ✓')
  assert.deepEqual(readFloats(tensors, '0'), Float32Array.of(2))
  assert.deepEqual(tensors.get('1')?.shape, [])
})

test('a shape that does not fit the values is not written', () => {
  const tensors = { a: tensorOf(Float32Array.of(1, 2, 3), [2]) }
  assert.throws(() => writeSafetensors({ tensors }), { name: 'MdnError', code: 'bad-shape', argument: 'a' })
})

test("a file of the Python package is read, from a view that isn't aligned and from Node's Buffer", () => {
  const shifted = new Uint8Array(PYTHON_FILE.length + 3)
  shifted.set(PYTHON_FILE, 3)
  for (const bytes of [PYTHON_FILE, shifted.subarray(3), Buffer.from(PYTHON_FILE), PYTHON_FILE.slice().buffer]) {
    const { metadata, tensors } = readSafetensors(bytes)
    assert.equal(metadata.name, 'é ✓ "quoted"')
    assert.deepEqual(
      readFloats(tensors, 'matrix'),
      Float32Array.from({ length: 12 }, (_, i) => i / 8),
    )
    assert.deepEqual(tensors.get('matrix')?.shape, [3, 4])
    assert.deepEqual(readFloats(tensors, 'scalar'), Float32Array.of(0.5))
    assert.equal(readFloats(tensors, 'empty').length, 0)
    assert.deepEqual(
      [...new Int8Array(tensors.get('bytes')?.bytes ?? [])],
      Array.from({ length: 51 }, (_, i) => 5 * i - 128),
    )
  }
})

test('rounding to half precision and back is that of NumPy, ties, subnormals, infinity and NaN included', () => {
  const { tensors } = readSafetensors(PYTHON_FILE)
  const floats = readFloats(tensors, 'floats')
  const halves = new Uint16Array(new Uint8Array(tensors.get('halves')?.bytes ?? []).buffer)
  assert.deepEqual(toFloat16(floats), halves)
  assert.deepEqual(fromFloat16(halves), readFloats(tensors, 'expanded'))
})

test('every half survives the way to float32 and back', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits)
  const again = toFloat16(fromFloat16(halves))
  const isNaN16 = (/** @type {number} */ bits) => (bits & 0x7fff) > 0x7c00
  assert.ok(halves.every((bits, i) => (isNaN16(bits) ? isNaN16(again[i]) : bits === again[i])))
})

test('int8 keeps each column within half a step, its largest weight at ±127', () => {
  const random = seededRandom(1)
  const [inputs, outputs] = [40, 7]
  const kernel = Float32Array.from({ length: inputs * outputs }, (_, i) => (random() - 0.5) * 10 ** ((i % outputs) - 3))
  for (let i = 0; i < inputs; ++i) kernel[i * outputs + 2] = 0
  const { values, scales } = quantiseInt8PerColumn(kernel, outputs)
  const largest = Array(outputs).fill(0)
  values.forEach((value, i) => {
    const column = i % outputs
    largest[column] = Math.max(largest[column], Math.abs(value))
    assert.ok(Math.abs(value * scales[column] - kernel[i]) <= 0.5000001 * scales[column])
  })
  assert.deepEqual(largest, [127, 127, 0, 127, 127, 127, 127])
  assert.equal(scales[2], 1)
})

test('int8 rounds ties to even, and copes with weights near the smallest and largest numbers', () => {
  const column = (...weights) => [...quantiseInt8PerColumn(Float32Array.from(weights), 1).values]
  assert.deepEqual(
    column(127, 0.5, 1.5, 2.5, -0.5, -1.5, 126.5),
    [127, 0, 2, 2, -0, -2, 126].map((x) => x + 0),
  )
  assert.deepEqual(column(1e-45), [0])
  assert.ok(column(2e-43, 1e-43).every((value) => Math.abs(value) <= 127))
  assert.deepEqual(column(3.4e38, -3.4e38), [127, -127])
  assert.throws(() => quantiseInt8PerColumn(Float32Array.of(1, Number.NaN), 2), { code: 'bad-value' })
  assert.throws(() => quantiseInt8PerColumn(Float32Array.of(1, 2, 3), 2), { code: 'bad-shape' })
})

test('an int8 tensor without a fitting scale is refused', () => {
  const values = tensorOf(Int8Array.of(1, 2, 3), [3])
  const read = (tensors) => readFloats(new Map(Object.entries(tensors)), 'a')
  assert.throws(() => read({ a: values }), { code: 'bad-shape', argument: 'a_scale' })
  assert.throws(() => read({ a: values, a_scale: tensorOf(Float32Array.of(1), [1]) }), { code: 'bad-shape' })
  assert.throws(() => read({ a: values, a_scale: tensorOf(Int8Array.of(1, 1, 1), [3]) }), { code: 'bad-shape' })
  assert.throws(() => read({ b: values }), { code: 'bad-file' })
})

test('every prefix and every extension is refused', () => {
  for (const bytes of [small(), PYTHON_FILE.subarray(0, 4000)]) {
    for (let length = 0; length < bytes.length; ++length) refused(bytes.subarray(0, length), 'bad-file')
  }
  refused(Uint8Array.from([...small(), 0]), 'bad-file', /after the last tensor/)
})

test('what is no file is refused', () => {
  for (const input of [undefined, null, 'text', [], {}, new Float32Array(4)]) refused(input, 'bad-argument')
  refused(new TextEncoder().encode('<!doctype html><html></html>'), 'bad-file')
})

test('header lengths beyond the file and beyond the limit are refused before the header is read', () => {
  refused(fileOf('{}', 0, 2n ** 64n - 1n), 'bad-file', /cut short/)
  refused(fileOf('{}', 0, 3), 'bad-file', /cut short/)
  refused(fileOf(`{}${' '.repeat(SAFETENSORS_LIMITS.headerBytes)}`), 'too-large')
})

test('headers that are not JSON objects are refused', () => {
  for (const text of ['', '[]', ' {}', '{', '{"a"}', '{"a":1}', '{"a":null}', '{} {}', '{"a":[]}', '"', '{"', '{"\\']) {
    refused(fileOf(text), 'bad-file')
  }
  const notUtf8 = fileOf('{"aa":1}')
  notUtf8[10] = 0xff
  refused(notUtf8, 'bad-file', /UTF-8/)
})

test('deep nesting is refused by a scan, however deep', { timeout: 20_000 }, () => {
  for (const depth of [33, 1000, 2_000_000]) {
    refused(fileOf(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`), 'bad-file', /deep/)
    refused(fileOf(`${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`), 'bad-file', /deep/)
  }
})

test('many small objects and long runs of backslashes take time in proportion to their length', {
  timeout: 20_000,
}, () => {
  refused(fileOf(`{"a":[${'{"b":0},'.repeat(500_000)}0]}`), 'bad-file')
  refused(fileOf(`{"a":"${'\\'.repeat(2_000_000)}"}`), 'bad-file')
  refused(fileOf(`{"a":"${'\\"'.repeat(2_000_000)}"}`), 'bad-file')
})

test('the number of tensors is limited', () => {
  const entry = { dtype: 'F32', shape: [0], data_offsets: [0, 0] }
  const header = (count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, entry]))
  assert.equal(readSafetensors(fileOf(header(SAFETENSORS_LIMITS.tensors))).tensors.size, SAFETENSORS_LIMITS.tensors)
  refused(fileOf(header(SAFETENSORS_LIMITS.tensors + 1)), 'too-large')
})

test('keys that reach the prototype are refused, in any spelling, and so are duplicates', () => {
  const entry = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}'
  for (const key of ['__proto__', 'constructor', 'prototype', '\\u005f_proto__', '__pr\\u006fto__']) {
    refused(fileOf(`{"${key}":${entry}}`), 'bad-file', /forbidden/)
    refused(fileOf(`{"__metadata__":{"${key}":"x"}}`), 'bad-file', /forbidden/)
    refused(fileOf(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"${key}":{}}}`), 'bad-file', /forbidden/)
  }
  refused(fileOf(`{"a":${entry},"a":${entry}}`), 'bad-file', /twice/)
  refused(fileOf(`{"a":${entry},"\\u0061":${entry}}`), 'bad-file', /twice/)
  refused(fileOf('{"__metadata__":{"a":"1","a":"2"}}'), 'bad-file', /twice/)
  assert.equal(Object.getPrototypeOf(readSafetensors(fileOf('{}')).metadata), null)
  assert.equal(readSafetensors(fileOf('{"__metadata__":{"a":"__proto__","toString":""}}')).metadata.a, '__proto__')
})

test('metadata other than text is refused', () => {
  for (const metadata of [{ a: 1 }, { a: null }, { a: {} }, [], 'text', 3, null]) {
    refused(fileOf({ __metadata__: metadata }), 'bad-file', /__metadata__/)
  }
})

test('absurd entries are refused', () => {
  const good = { dtype: 'F32', shape: [2], data_offsets: [0, 8] }
  assert.equal(readSafetensors(fileOf({ a: good }, 8)).tensors.size, 1)
  const bad = [
    { shape: [3] },
    { shape: [2 ** 31] },
    { shape: [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30] },
    { shape: [65536, 65536, 65536, 65536] },
    { shape: [-2] },
    { shape: [1.5] },
    { shape: [1e300, 0] },
    { shape: ['2'] },
    { shape: [[2]] },
    { shape: [1, 1, 1, 1, 2] },
    { shape: 2 },
    { shape: {} },
    { shape: undefined },
    { data_offsets: [0, 4] },
    { data_offsets: [8, 0] },
    { data_offsets: [4, 12] },
    { data_offsets: [-8, 0] },
    { data_offsets: [0, 8, 16] },
    { data_offsets: [0.5, 8.5] },
    { data_offsets: ['0', '8'] },
    { data_offsets: undefined },
  ]
  for (const change of bad) refused(fileOf({ a: { ...good, ...change } }, 8), 'bad-file', /a/)
  for (const dtype of ['F64', 'f32', '', 'constructor', undefined, 4, {}]) {
    refused(fileOf({ a: { ...good, dtype } }, 8), 'unsupported', /F32, F16, I8/)
  }
})

test('overlaps and gaps are refused', () => {
  const entry = (begin, end) => ({ dtype: 'I8', shape: [end - begin], data_offsets: [begin, end] })
  assert.equal(readSafetensors(fileOf({ b: entry(4, 8), a: entry(0, 4), e: entry(4, 4) }, 8)).tensors.size, 3)
  refused(fileOf({ a: entry(0, 5), b: entry(4, 8) }, 8), 'bad-file', /overlaps/)
  refused(fileOf({ a: entry(0, 8), b: entry(0, 8) }, 8), 'bad-file', /overlaps/)
  refused(fileOf({ a: entry(0, 3), b: entry(4, 8) }, 8), 'bad-file', /gap/)
  refused(fileOf({ a: entry(1, 8) }, 8), 'bad-file', /gap/)
  refused(fileOf({ a: entry(0, 4) }, 8), 'bad-file', /after the last tensor/)
})

test('damaged files are read or refused, never anything else', { timeout: 60_000 }, () => {
  let read = 0
  const headerEnd = 8 + new DataView(PYTHON_FILE.buffer).getUint32(0, true)
  for (const [bytes, within] of [[small()], [PYTHON_FILE, headerEnd], [PYTHON_FILE]]) {
    for (const mutant of mutants(bytes, { count: 2000, seed: 3, within })) {
      try {
        const { tensors } = readSafetensors(mutant)
        for (const { shape, bytes: view } of tensors.values())
          assert.ok(shape.reduce((a, b) => a * b, 1) <= view.length)
        ++read
      } catch (error) {
        if (!(error instanceof MdnError)) throw error
      }
    }
  }
  assert.ok(read > 0 && read < 6000)
})
