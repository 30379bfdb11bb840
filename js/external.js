/**
 * The main entry with its WebAssembly as a separate file (`mixture-density/external`): smaller, compiled while it
 * downloads, cached on its own. The bundler or server must deliver `wasm/core.wasm` beside this file.
 *
 * @module
 */

import { entry } from './entry.js'
import { compileSeparate } from './separate.js'
import createModule from './wasm/glue.js'

const location = new URL('./wasm/core.wasm', import.meta.url)

export const { load, ready } = entry(createModule, () => compileSeparate(location, 'mixture-density'))

export * from './public.js'
