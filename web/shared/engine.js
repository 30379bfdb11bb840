// The package in a worker, so that nothing ever blocks the pen; on the page's own thread where there are no workers. Both
// have the same names, and `await` makes them alike.

import { connect, MdnError } from '../../js/worker/index.js'

/**
 * @typedef {object} Engine
 * @property {(source: Blob, options?: object) => Promise<any>} load
 * @property {(model: any, polylines: number[][][], options?: object) => Promise<any[]>} complete
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
export const startEngineHere = () => import('../../js/index.js')

/** @param {unknown} error */
export const workerIsLost = (error) => error instanceof MdnError && error.code === 'worker'
