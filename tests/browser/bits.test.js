// The same bits everywhere: what a page computes is what Node computes, and what tests/golden/bits.json holds; the native
// builds are held to that file by tests/cpp/test_bits.cpp.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { load } from '../../js/index.js'
import { bitHash } from '../bits.js'
import { describeBrowsers, resultOf } from './harness.js'

const golden = JSON.parse(readFileSync(new URL('../golden/bits.json', import.meta.url), 'utf8'))

describeBrowsers('the bits of a small model on a page', (open) => {
  test('are those of Node', async () => {
    const { page, problems } = await open('/tests/browser/pages/bits.html')
    const hashes = await resultOf(page)
    for (const compute of ['float32', 'int8']) {
      const model = await load(Buffer.from(golden[compute].model, 'base64'))
      assert.equal(hashes[compute], bitHash(model, golden.rows), compute)
      assert.equal(hashes[compute], golden[compute].hash, compute)
    }
    assert.deepEqual(problems, [])
  })
})
