// Random: the numbers of Philox4x32-10, computed here once more with big integers from the paper, and what is made of them.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Random, ready } from '../../js/index.js'
import { throws } from '../errors.js'

const MASK = 0xffffffffn

/**
 * Ten rounds of Philox (Salmon et al. 2011): counter and key of 32-bit words as big integers.
 *
 * @param {bigint[]} counter
 * @param {bigint[]} key
 */
function philox([c0, c1, c2, c3], [k0, k1]) {
  for (let round = 0; round < 10; round += 1) {
    const a = c0 * 0xd2511f53n
    const b = c2 * 0xcd9e8d57n
    ;[c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & MASK, (a >> 32n) ^ c3 ^ k1, a & MASK]
    k0 = (k0 + 0x9e3779b9n) & MASK
    k1 = (k1 + 0xbb67ae85n) & MASK
  }
  return [c0, c1, c2, c3].map(Number)
}

/** Words of one position, as cpp/random/philox.h says: the counter is (block, position, stream low, stream high). */
function words(count, seed, stream, position) {
  const [s, t] = [BigInt(seed), BigInt(stream)]
  const out = []
  for (let block = 0n; out.length < count; block += 1n) {
    out.push(...philox([block, BigInt(position), t & MASK, t >> 32n], [s & MASK, s >> 32n]))
  }
  return out.slice(0, count)
}

const uniforms = (...where) => words(...where).map((word) => ((word >>> 9) + 0.5) / 2 ** 23)

test('a draw before the module has started says so', () => {
  throws(() => new Random(1).uniform(), 'not-ready', /await ready\(\)/)
})

test('Philox here gives the known answers of its authors', () => {
  const known = (counter, key) => philox(counter.map(BigInt), key.map(BigInt)).map((word) => word.toString(16))
  assert.deepEqual(known([0, 0, 0, 0], [0, 0]), ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'])
  const all = 0xffffffff
  assert.deepEqual(known([all, all, all, all], [all, all]), ['408f276d', '41c83b0e', 'a20bc7c6', '6d5451fd'])
})

test('uniform numbers are those of seed, stream and position', async () => {
  await ready()
  for (const [seed, stream] of [
    [0, 0],
    [7, 3],
    [2 ** 53 - 1, 2 ** 53 - 2],
    [2 ** 32, 2 ** 32 + 1],
  ]) {
    const random = new Random(seed, { stream })
    assert.deepEqual(
      Array.from({ length: 5 }, () => random.uniform()),
      Array.from({ length: 5 }, (_, position) => uniforms(1, seed, stream, position)[0]),
    )
    assert.equal(random.position, 5)
    const many = random.fillUniform(new Float32Array(11))
    assert.deepEqual([...many], uniforms(11, seed, stream, 5))
    assert.equal(random.position, 6)
  }
})

// Box and Muller 1958; the core's own logarithm, sine and cosine are good to a few units of float32.
test('normal numbers are Box–Muller pairs of the same words', () => {
  for (const count of [1, 2, 3, 8, 9, 33]) {
    const u = uniforms(2 * Math.ceil(count / 2), 9, 0, 0)
    const normals = new Random(9).fillNormal(new Float32Array(count))
    for (const [i, normal] of normals.entries()) {
      const radius = Math.sqrt(-2 * Math.log(u[i - (i % 2)]))
      const angle = 2 * Math.PI * u[i - (i % 2) + 1]
      const expected = radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle))
      assert.ok(Math.abs(normal - expected) <= 2e-6, `${normal}, expected ${expected}`)
    }
  }
  assert.equal(new Random(4).normal(), new Random(4).fillNormal(new Float32Array(1))[0])
})

test('positions go back and forth, and wrap around', () => {
  const random = new Random(1)
  const first = random.uniform()
  const second = random.uniform()
  random.position = 0
  assert.deepEqual([random.uniform(), random.uniform()], [first, second])
  assert.equal(new Random(1, { position: 1 }).uniform(), second)
  const last = new Random(1, { position: 2 ** 32 - 1 })
  last.uniform()
  assert.equal(last.position, 0)
  assert.equal(last.uniform(), first)
  assert.equal(random.take(10), 2)
  assert.equal(random.position, 12)
})

test('seeds: given, or random', () => {
  assert.equal(new Random(3).seed, 3)
  assert.ok(new Set(Array.from({ length: 4 }, () => new Random().seed)).size > 1)
  for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) throws(() => new Random(bad), 'bad-value', /seed/)
  for (const bad of ['1', null, {}]) throws(() => new Random(bad), 'bad-argument', /seed/)
  throws(() => new Random(1, { stream: -1 }), 'bad-value', /stream/)
  throws(() => new Random(1, { position: 2 ** 33 }), 'bad-value', /position/)
  throws(() => new Random(1, { offset: 1 }), 'bad-argument', /offset/)
  throws(() => new Random(1, 2), 'bad-argument')
})

// Of 200,000 numbers: mean within 5 standard errors; each of 20 bins within 5 of its own.
test('they are spread as they should be', () => {
  const n = 200_000
  const u = new Random(11).fillUniform(new Float32Array(n))
  const bins = new Array(20).fill(0)
  for (const x of u) {
    assert.ok(x > 0 && x < 1)
    bins[Math.floor(20 * x)] += 1
  }
  for (const bin of bins) assert.ok(Math.abs(bin - n / 20) < 5 * Math.sqrt((n / 20) * 0.95))
  const z = new Random(12).fillNormal(new Float32Array(n))
  const moment = (power) => z.reduce((sum, x) => sum + x ** power, 0) / n
  assert.ok(Math.abs(moment(1)) < 5 / Math.sqrt(n))
  assert.ok(Math.abs(moment(2) - 1) < 5 * Math.sqrt(2 / n))
  assert.ok(Math.abs(moment(3)) < 5 * Math.sqrt(15 / n))
  assert.ok(Math.abs(moment(4) - 3) < 5 * Math.sqrt(96 / n))
})
