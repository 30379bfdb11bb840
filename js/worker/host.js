/**
 * The worker's side: keeps the models, sessions and futures, and answers requests with the entry it was given.
 *
 * @module
 */

import { mdnError } from '../errors.js'
import { Futures } from '../futures.js'
import { Model } from '../model.js'
import { Session } from '../session.js'
import { hold } from './alive.js'
import { buffersOf, packError } from './protocol.js'

/** @typedef {import('./protocol.js').ToHost} ToHost */
/** @typedef {import('./protocol.js').Request} Request */

/**
 * What an entry of the package offers that this needs.
 *
 * @typedef {object} Entry
 * @property {() => Promise<void>} ready
 * @property {(source: any, options?: import('../load.js').LoadOptions) => Promise<Model>} load
 * @property {typeof import('../complete.js').complete} complete
 */

/**
 * Where requests come from: the global of a dedicated worker, or a MessagePort.
 *
 * @typedef {object} Port
 * @property {(message: any, transfer: Transferable[]) => void} postMessage
 * @property {(type: 'message', listener: (event: MessageEvent) => void) => void} addEventListener
 */

/** @typedef {{ signal?: AbortSignal, onProgress?: import('../load.js').LoadOptions['onProgress'] }} Listeners */

/**
 * Answers what comes in at `port`, for as long as the worker lives.
 *
 * @param {Port} port
 * @param {Entry} entry
 */
export function serve(port, entry) {
  const host = new Host(entry)
  /** @type {Map<number, AbortController>} */
  const running = new Map()
  /** Nothing is answered before the page can see this worker die. @type {Promise<unknown>} */
  let held = Promise.resolve()
  /** @type {(message: import('./protocol.js').ToPage) => void} */
  const send = (message) => port.postMessage(message, 'value' in message ? [...buffersOf(message.value)] : [])

  /** @param {Request} request */
  async function answer({ id, method, target, args, listens }) {
    /** @type {Listeners} */
    const listeners = {}
    if (listens?.signal) {
      const controller = new AbortController()
      running.set(id, controller)
      listeners.signal = controller.signal
    }
    if (listens?.progress) listeners.onProgress = (progress) => send({ id, progress })
    await held
    try {
      send({ id, value: await host.call(method, target, args, listeners) })
    } catch (error) {
      send({ id, error: packError(error) })
    } finally {
      running.delete(id)
    }
  }

  port.addEventListener('message', ({ data }) => {
    const message = /** @type {ToHost} */ (data)
    if ('method' in message) answer(message)
    else if ('release' in message) host.release(message.release)
    else if ('abort' in message) running.get(message.abort)?.abort(message.reason)
    else held = hold(message.hold).then((isHeld) => isHeld && send({ held: message.hold }))
  })
}

class Host {
  /** @type {Entry} */
  #entry
  /** @type {Map<number, Model | Session | Futures>} */
  #objects = new Map()
  /** Rows of each future that the page has. */
  #sent = new WeakMap()
  #handles = 0

  /** @param {Entry} entry */
  constructor(entry) {
    this.#entry = entry
  }

  /**
   * @param {string} method
   * @param {number | undefined} target
   * @param {any[]} args
   * @param {Listeners} listeners
   * @returns {unknown} The answer, or a promise of it.
   */
  call(method, target, args, listeners) {
    switch (method) {
      case 'ready':
        return this.#entry.ready()
      case 'load':
        return this.#load(args[0], { ...args[1], ...listeners })
      case 'complete':
        return this.#entry.complete(this.#model(target), args[0], { ...args[1], ...listeners })
      case 'model.start':
        return this.#newSession(this.#model(target).start(args[0]))
      case 'model.verify':
        return this.#model(target).verify()
      case 'futures.advance':
        return this.#advance(this.#futures(target), args[0])
      default: {
        const session = this.#session(target)
        return { result: this.#ofSession(session, method, args), facts: factsOf(session) }
      }
    }
  }

  /** @param {number} handle */
  release(handle) {
    this.#objects.get(handle)?.dispose()
    this.#objects.delete(handle)
  }

  /**
   * @param {Session} session
   * @param {string} method
   * @param {any[]} args
   * @returns {unknown}
   */
  #ofSession(session, method, args) {
    switch (method) {
      case 'session.observe':
        return session.observe(args[0], args[1])
      case 'session.mixture':
        return plainMixture(session.mixture())
      case 'session.raw':
        return session.raw()
      case 'session.step':
        return session.step(args[0])
      case 'session.futures': {
        const futures = session.futures(args[0])
        this.#sent.set(futures, new Int32Array(futures.count))
        const { count, maxSteps, seed } = futures
        return { handle: this.#keep(futures), count, maxSteps, seed }
      }
      case 'session.accept':
        return session.accept(this.#futures(args[0]), args[1])
      case 'session.snapshot':
        return session.snapshot()
      case 'session.restore':
        return session.restore(args[0])
      case 'session.fork':
        return this.#newSession(session.fork(args[0]))
      default:
        throw mdnError('unsupported', 'The worker does not know this call', {
          received: method,
          fix: 'Page and worker must be of the same version of mixture-density.',
        })
    }
  }

  /**
   * @param {any} source
   * @param {import('../load.js').LoadOptions} options
   */
  async #load(source, options) {
    const model = await this.#entry.load(source?.response === undefined ? source : rebuilt(source.response), options)
    const { info, classes, scale, inputs, dims, anyClass } = model
    return { handle: this.#keep(model), info, classes, scale, inputs, dims, anyClass }
  }

  /** @param {Session} session */
  #newSession(session) {
    return { handle: this.#keep(session), facts: factsOf(session) }
  }

  /**
   * @param {Futures} futures
   * @param {number | undefined} steps
   * @returns {import('./protocol.js').FuturesNews}
   */
  #advance(futures, steps) {
    const running = futures.advance(steps)
    const lengths = futures.lengths
    const sent = /** @type {Int32Array} */ (this.#sent.get(futures))
    const parts = Array.from(lengths, (_, i) => futures.rows(i, sent[i]))
    const rows = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      rows.set(part, at)
      at += part.length
    }
    sent.set(lengths)
    return { running, lengths, finished: futures.finished, logProb: futures.logProb, rows }
  }

  /** @param {Model | Session | Futures} object */
  #keep(object) {
    this.#handles += 1
    this.#objects.set(this.#handles, object)
    return this.#handles
  }

  /** @param {number | undefined} handle */
  #model(handle) {
    return /** @type {Model} */ (this.#find(handle, Model, 'model'))
  }

  /** @param {number | undefined} handle */
  #session(handle) {
    return /** @type {Session} */ (this.#find(handle, Session, 'session'))
  }

  /** @param {number | undefined} handle */
  #futures(handle) {
    return /** @type {Futures} */ (this.#find(handle, Futures, 'futures'))
  }

  /**
   * @param {number | undefined} handle
   * @param {Function} kind
   * @param {string} name
   */
  #find(handle, kind, name) {
    const object = handle === undefined ? undefined : this.#objects.get(handle)
    if (object instanceof kind) return object
    throw mdnError('disposed', `The worker has no such ${name} any more`, { received: handle })
  }
}

/** @param {Session} session */
function factsOf({ seed, streamIndex, position, finished, logProb }) {
  return { seed, streamIndex, position, finished, logProb }
}

/**
 * @param {import('../mixture.js').Mixture} mixture
 * @returns {import('./protocol.js').PlainMixture}
 */
function plainMixture(mixture) {
  const { count, dims, components, weights, means, scales, scaleTril, categories } = mixture
  const correlations = dims === 2 ? mixture.correlations : undefined
  return { count, dims, components, weights, means, scales, scaleTril, correlations, categories, pen: categories }
}

/**
 * A Response as client.js sent it.
 *
 * @param {{ status: number, statusText: string, url: string, body: Blob }} response
 */
function rebuilt({ status, statusText, url, body }) {
  // Some codes, such as 204, forbid a body.
  const response = status < 200 ? Response.error() : new Response(body.size === 0 ? null : body, { status, statusText })
  return Object.defineProperty(response, 'url', { value: url })
}
