// The bits of the engine, here: those of tests/golden/bits.json, which native builds (tests/cpp/test_bits.cpp) and
// browsers (tests/browser/bits.test.js) reach too.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { load } from '../../js/index.js'
import { bitHash } from '../bits.js'

const golden = JSON.parse(readFileSync(new URL('../golden/bits.json', import.meta.url), 'utf8'))

for (const compute of ['float32', 'int8']) {
  test(`the bits of a small model in ${compute}`, async () => {
    const model = await load(Buffer.from(golden[compute].model, 'base64'))
    assert.equal(model.info.compute, compute)
    assert.equal(bitHash(model, golden.rows), golden[compute].hash)
  })
}

test('the two modes differ, and the hash sees a single bit', async () => {
  assert.notEqual(golden.float32.hash, golden.int8.hash)
  const bytes = Buffer.from(golden.float32.model, 'base64')
  bytes[bytes.length - 4] ^= 1 // the last bit of the last weight
  assert.notEqual(bitHash(await load(bytes), golden.rows), golden.float32.hash)
})
