/**
 * What an entry of the package does once it is told where its WebAssembly comes from.
 *
 * @module
 */

import { loadModel } from './load.js'
import { Runtime, shareRuntime } from './runtime.js'

/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./load.js').ModelSource} ModelSource */
/** @typedef {import('./load.js').LoadOptions} LoadOptions */

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
     * @param {ModelSource} source A URL, Response, Blob, bytes, parsed sketch-rnn JSON or, in Node, a path.
     * @param {LoadOptions} [options]
     * @returns {Promise<Model>}
     */
    async load(source, options) {
      return loadModel(await start(), source, options)
    },
  }
}
