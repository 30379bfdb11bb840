/**
 * The training entry with its WebAssembly as a separate file (`mixture-density/external-train`). The bundler or server
 * must deliver `wasm/train.wasm` beside this file.
 *
 * @module
 */

import { compileSeparate } from './separate.js'
import { trainingEntry } from './training/entry.js'
import createModule from './wasm/train-glue.js'

const location = new URL('./wasm/train.wasm', import.meta.url)

export const { build, load, ready } = trainingEntry(createModule, () =>
  compileSeparate(location, 'mixture-density/train'),
)

export * from './training/public.js'
