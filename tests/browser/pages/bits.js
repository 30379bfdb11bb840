// The hashes of tests/bits.js, computed on a page: globalThis.result.
import { load } from '/js/index.js'
import { bitHash } from '/tests/bits.js'
import { report } from './report.js'

await report(async () => {
  const golden = await (await fetch('/tests/golden/bits.json')).json()
  /** @type {Record<string, string>} */
  const hashes = {}
  for (const compute of ['float32', 'int8']) {
    const bytes = Uint8Array.from(atob(golden[compute].model), (character) => character.charCodeAt(0))
    hashes[compute] = bitHash(await load(bytes), golden.rows)
  }
  return hashes
})
