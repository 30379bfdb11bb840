/**
 * mixture-density: mixture density networks for the web. The main entry, with its WebAssembly inlined: it works in every
 * bundler, in Node, in workers and from a CDN without configuration. Importing it does nothing; `load` and `ready` start it.
 *
 * @module
 */

import { entry } from './entry.js'
import bytes from './wasm/core-bytes.js'
import createModule from './wasm/glue.js'

export const { load, ready } = entry(createModule, async () => {
  const deflated = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0))
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return WebAssembly.compile(await new Response(inflated).arrayBuffer())
})

export * from './public.js'
