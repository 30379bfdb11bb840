/**
 * The main entry with its WebAssembly as a separate file (`mixture-density/external`): smaller, compiled while it
 * downloads, cached on its own. The bundler or server must deliver `wasm/core.wasm` beside this file.
 *
 * @module
 */

import { entry } from './entry.js'
import { mdnError } from './errors.js'
import { readBytes } from './load.js'
import createModule from './wasm/glue.js'

const location = new URL('./wasm/core.wasm', import.meta.url)

export const { load, ready } = entry(createModule, async () => {
  if (location.protocol !== 'file:') {
    const response = await fetch(location).catch(() => undefined)
    // Streaming needs the right content type; without it, or without an answer, the plain way below says what is wrong.
    if (response?.ok && response.headers.get('content-type')?.startsWith('application/wasm')) {
      return WebAssembly.compileStreaming(response)
    }
  }
  const bytes = await readBytes(location)
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw mdnError('bad-file', `${location} is not WebAssembly (the server may have answered with a page)`, {
      fix: 'Deliver wasm/core.wasm beside external.js, or import mixture-density, which has it inside.',
    })
  }
  return WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes))
})

export * from './public.js'
