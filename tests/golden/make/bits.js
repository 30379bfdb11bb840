// node tests/golden/make/bits.js: writes tests/golden/bits.json, a small model in float32 and in int8, rows for it to
// observe, and the hashes of all that it computes (tests/bits.js). Native builds, WebAssembly in Node and browsers must
// reach the same. Run it again only after a change of the engine that is meant to change numbers.

import { Buffer } from 'node:buffer'
import { writeFileSync } from 'node:fs'
import { storeWeights } from '../../../js/convert.js'
import { load } from '../../../js/index.js'
import { bitHash } from '../../bits.js'
import { tinySketchModel } from '../../models.js'

const rows = [
  [0.5, 0.25, 1, 0, 0],
  [-1.375, 0.75, 1, 0, 0],
  [0.0625, -2, 0, 1, 0],
  [3, 1.125, 1, 0, 0],
]
const float32 = tinySketchModel({ units: 12, components: 3, classes: ['a', 'b'], seed: 12, name: 'bits' })
const models = { float32, int8: storeWeights(float32, 'int8') }

/** @type {Record<string, { model: string, hash: string }>} */
const golden = {}
for (const [compute, bytes] of Object.entries(models)) {
  golden[compute] = { model: Buffer.from(bytes).toString('base64'), hash: bitHash(await load(bytes), rows) }
}
writeFileSync(new URL('../bits.json', import.meta.url), `${JSON.stringify({ rows, ...golden }, null, 1)}\n`)
