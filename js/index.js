/**
 * mixture-density: mixture density networks for the web. The main entry, with its WebAssembly inlined: it works in every
 * bundler, in Node, in workers and from a CDN without configuration. Importing it does nothing; `load` and `ready` start it.
 *
 * @module
 */

import { entry } from './entry.js'
import { compileInlined } from './inlined.js'
import bytes from './wasm/core-bytes.js'
import createModule from './wasm/glue.js'

export const { load, ready } = entry(createModule, () => compileInlined(bytes))

export * from './public.js'
