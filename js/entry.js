/**
 * What an entry of the package does once it is told where its WebAssembly comes from.
 *
 * @module
 */

import { loadModel } from './load.js'
import { Runtime, shareRuntime } from './runtime.js'

/**
 * @param {import('./runtime.js').ModuleFactory} factory
 * @param {() => Promise<WebAssembly.Module>} compile
 */
export function entry(factory, compile) {
  /** @type {Promise<Runtime> | undefined} */
  let starting

  /** Starts the module once; a failed start may be tried again. */
  function start() {
    starting ??= Runtime.create(factory, compile).then(
      (runtime) => {
        shareRuntime(runtime)
        return runtime
      },
      (error) => {
        starting = undefined
        throw error
      },
    )
    return starting
  }

  return {
    /** @internal */
    start,

    /**
     * Starts the WebAssembly module. After it, Mixture and Random are synchronous. `load` does the same by itself.
     *
     * @returns {Promise<void>}
     */
    async ready() {
      await start()
    },

    /**
     * Loads a model: one awaited call, after which everything is synchronous unless it is long.
     *
     * @param {import('./load.js').ModelSource} source A URL, Response, Blob, bytes, parsed sketch-rnn JSON or, in Node, a path.
     * @param {import('./load.js').LoadOptions} [options]
     * @returns {Promise<import('./model.js').Model>}
     */
    async load(source, options) {
      return loadModel(await start(), source, options)
    },
  }
}
