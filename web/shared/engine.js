// The package in a worker, so that nothing ever blocks the pen; on the page's own thread where there are no workers. Both
// have the same names, and `await` makes them alike.

import { connect, MdnError } from '../../js/worker/index.js'

/**
 * What the pages use of either entry. The types are the worker's: `await` takes the other's plain answers too.
 *
 * @typedef {Pick<import('../../js/worker/index.js').Client, 'load' | 'complete'>} Engine
 */

/** @returns {Promise<Engine>} */
export async function startEngine() {
  try {
    const client = connect()
    await client.ready()
    return client
  } catch (error) {
    if (!workerIsLost(error)) throw error
    return startEngineHere()
  }
}

/** @returns {Promise<Engine>} */
export const startEngineHere = async () => /** @type {any} */ (await import('../../js/index.js'))

/** @param {unknown} error */
export const workerIsLost = (error) => error instanceof MdnError && error.code === 'worker'
