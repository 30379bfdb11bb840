/**
 * mixture-density/worker: the main entry behind a Worker. The same names, every call a promise; the page's own thread does
 * no model work and never loads the WebAssembly.
 *
 * ```js
 * import { load } from 'mixture-density/worker'
 *
 * const model = await load('sketch.safetensors')
 * const session = await model.start({ seed: 7 })
 * await session.observe(rows)
 * const futures = await session.futures({ count: 8 })
 * while (await futures.advance(4)) draw(futures)
 * ```
 *
 * When the worker dies, what is waiting and what is asked later rejects with an MdnError of the code 'worker'.
 *
 * @module
 */

import { sharedClient } from './client.js'

export { ERROR_CODES, MdnError } from '../errors.js'
export * as strokes from '../strokes/index.js'
export { Client, complete, connect } from './client.js'
export { RemoteFutures, RemoteModel, RemoteSession } from './handles.js'

/** @typedef {import('./connection.js').WorkerLike} WorkerLike */
/** @typedef {import('./protocol.js').PlainMixture} PlainMixture */

/**
 * Resolves when a worker has started the WebAssembly module.
 *
 * @returns {Promise<void>}
 */
export async function ready() {
  return sharedClient().ready()
}

/**
 * Loads a model into the shared worker; see {@link Client#load}.
 *
 * @param {import('../load.js').ModelSource} source
 * @param {import('../load.js').LoadOptions} [options]
 * @returns {Promise<import('./handles.js').RemoteModel>}
 */
export async function load(source, options) {
  return sharedClient().load(source, options)
}
