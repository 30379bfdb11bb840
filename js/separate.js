/**
 * A WebAssembly module that stands in a file of its own beside its entry.
 *
 * @module
 */

import { mdnError } from './errors.js'
import { readBytes } from './load.js'

/**
 * @param {URL} location
 * @param {string} inlined The entry that has the module inside.
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileSeparate(location, inlined) {
  if (location.protocol !== 'file:') {
    const response = await fetch(location).catch(() => undefined)
    // Streaming needs the right content type; without it, or without an answer, the plain way below says what is wrong.
    if (response?.ok && response.headers.get('content-type')?.startsWith('application/wasm')) {
      return WebAssembly.compileStreaming(response)
    }
  }
  const bytes = await readBytes(location)
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    const name = location.pathname.split('/').at(-1)
    throw mdnError('bad-file', `${location} is not WebAssembly (the server may have answered with a page)`, {
      fix: `Deliver wasm/${name} beside the module that asks for it, or import ${inlined}, which has it inside.`,
    })
  }
  return WebAssembly.compile(/** @type {Uint8Array<ArrayBuffer>} */ (bytes))
}
