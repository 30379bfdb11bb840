/**
 * What a training entry does once it is told where its WebAssembly comes from.
 *
 * @module
 */

import { entry } from '../entry.js'
import { buildNetwork } from './network.js'

/**
 * @param {import('../runtime.js').ModuleFactory} factory
 * @param {() => Promise<WebAssembly.Module>} compile
 */
export function trainingEntry(factory, compile) {
  const { load, ready, start } = entry(factory, compile)
  return {
    load,
    ready,

    /**
     * Makes a network whose initial weights are a pure function of the seed.
     *
     * @param {import('./network.js').BuildOptions} options
     * @returns {Promise<import('./network.js').Network>}
     */
    async build(options) {
      return buildNetwork(await start(), options)
    },
  }
}
