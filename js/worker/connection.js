/**
 * The page's end of the line to a worker: calls become messages, answers become promises, and when the worker dies every
 * promise says so.
 *
 * @module
 */

import { MdnError, mdnError } from '../errors.js'
import { requireSignal } from '../options.js'
import { lockName, watch } from './alive.js'
import { unpackError } from './protocol.js'

/** @typedef {import('./protocol.js').ToPage} ToPage */

/**
 * A Worker, or anything that speaks like one (a MessagePort).
 *
 * @typedef {object} WorkerLike
 * @property {(message: any, transfer: any[]) => void} postMessage
 * @property {(type: any, listener: (event: any) => void) => void} addEventListener
 * @property {() => void} [terminate]
 * @property {() => void} [start]
 */

/**
 * @typedef {object} Pending
 * @property {(value: any) => void} resolve
 * @property {(reason: unknown) => void} reject
 * @property {((progress: import('../load.js').LoadProgress) => void) | undefined} onProgress
 * @property {() => void} settle Forgets the call.
 */

const AGAIN = 'Its models, sessions and futures are gone: start a new worker and load again.'

export class Connection {
  /** @type {WorkerLike} */
  #worker
  /** @type {Map<number, Pending>} */
  #pending = new Map()
  #calls = 0
  /** @type {MdnError | undefined} */
  #lost
  #lock = lockName()
  #watching = new AbortController()
  /** Frees in the worker what the page has lost sight of: a safety net, as in the main entry. @type {FinalizationRegistry<number>} */
  #forgotten = new FinalizationRegistry((handle) => this.#post({ release: handle }))

  /** @param {WorkerLike} worker */
  constructor(worker) {
    this.#worker = worker
    worker.addEventListener('message', (event) => this.#receive(event.data))
    worker.addEventListener('messageerror', () => this.#lose('An answer of the worker could not be read'))
    worker.addEventListener('error', (event) => {
      const text = event?.message ? ` (${event.message})` : ''
      this.#lose(`The worker could not start, or failed${text}`)
    })
    worker.start?.()
    this.#post({ hold: this.#lock })
  }

  /** Whether the worker is gone. */
  get lost() {
    return this.#lost !== undefined
  }

  /**
   * @param {string} method
   * @param {number | undefined} target
   * @param {unknown[]} args
   * @param {{ signal?: AbortSignal, onProgress?: Pending['onProgress'], transfer?: ArrayBuffer[] }} [options]
   * @returns {Promise<any>}
   */
  call(method, target, args, { signal, onProgress, transfer = [] } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) throw this.#lost
      requireSignal(signal)?.throwIfAborted()
      this.#calls += 1
      const id = this.#calls
      const abort = () => {
        this.#post({ abort: id, reason: String(signal?.reason) })
        this.#pending.get(id)?.settle()
        reject(signal?.reason)
      }
      const settle = () => {
        this.#pending.delete(id)
        signal?.removeEventListener('abort', abort)
      }
      const listens = { signal: signal !== undefined, progress: onProgress !== undefined }
      this.#send({ id, method, target, args: args.map(compact), listens }, transfer)
      signal?.addEventListener('abort', abort)
      this.#pending.set(id, { resolve, reject, onProgress, settle })
    })
  }

  /**
   * Ties an object of the worker to its handle here.
   *
   * @param {object} owner
   * @param {number} handle
   */
  own(owner, handle) {
    this.#forgotten.register(owner, handle, owner)
  }

  /**
   * @param {object} owner
   * @param {number} handle
   */
  release(owner, handle) {
    this.#forgotten.unregister(owner)
    this.#post({ release: handle })
  }

  /** Stops the worker. Idempotent. */
  close() {
    if (this.#lost !== undefined) return
    this.#fail(mdnError('disposed', 'The connection to the worker was disposed of', { fix: AGAIN }))
  }

  /** @param {ToPage} message */
  #receive(message) {
    if ('held' in message) {
      if (message.held !== this.#lock) return
      watch(this.#lock, () => this.#lose('The worker was terminated'), this.#watching.signal)
      return
    }
    const pending = this.#pending.get(message.id)
    if (pending === undefined) {
      // The call was aborted in the meantime; what it made is not wanted any more.
      if ('value' in message && message.value?.handle !== undefined) this.#post({ release: message.value.handle })
      return
    }
    if ('progress' in message) {
      pending.onProgress?.(message.progress)
      return
    }
    pending.settle()
    if ('error' in message) pending.reject(unpackError(message.error))
    else pending.resolve(message.value)
  }

  /** @param {string} summary */
  #lose(summary) {
    if (this.#lost === undefined) this.#fail(mdnError('worker', summary, { fix: AGAIN }))
  }

  /** @param {MdnError} error */
  #fail(error) {
    this.#lost = error
    this.#watching.abort()
    this.#worker.terminate?.()
    for (const { reject, settle } of [...this.#pending.values()]) {
      settle()
      reject(error)
    }
  }

  /**
   * @param {import('./protocol.js').Request} request
   * @param {ArrayBuffer[]} transfer
   */
  #send(request, transfer) {
    try {
      this.#worker.postMessage(request, transfer)
    } catch (cause) {
      throw mdnError('bad-argument', 'An argument cannot be sent to a worker', {
        argument: request.method,
        expected: 'plain data: numbers, texts, arrays, typed arrays, Blobs',
        cause,
      })
    }
  }

  /** @param {import('./protocol.js').Abort | import('./protocol.js').Release | import('./protocol.js').Hold} notice */
  #post(notice) {
    if (this.#lost === undefined) this.#worker.postMessage(notice, [])
  }
}

/**
 * A view of a larger buffer would take the whole buffer along.
 *
 * @param {unknown} value
 */
function compact(value) {
  if (!ArrayBuffer.isView(value) || value instanceof DataView || value.byteLength === value.buffer.byteLength)
    return value
  return /** @type {Uint8Array} */ (value).slice()
}
