/**
 * The entry's functions behind a worker: `connect` for one of your own choice, `load` and its siblings for one that
 * starts when it is first needed.
 *
 * @module
 */

import { mdnError, requireOptions } from '../errors.js'
import { requireSignal } from '../options.js'
import { DISPOSE } from '../resource.js'
import { Connection } from './connection.js'
import { RemoteModel } from './handles.js'

/** @typedef {import('../load.js').ModelSource} ModelSource */
/** @typedef {import('../load.js').LoadOptions} LoadOptions */
/** @typedef {import('../complete.js').CompleteOptions} CompleteOptions */
/** @typedef {import('../complete.js').Ending} Ending */
/** @typedef {import('./connection.js').WorkerLike} WorkerLike */

/** A worker with the package in it. */
export class Client {
  /** @type {Connection} */
  #connection

  /**
   * @internal
   * @param {WorkerLike} worker
   */
  constructor(worker) {
    this.#connection = new Connection(worker)
  }

  /** Whether the worker is gone; every call then rejects. */
  get lost() {
    return this.#connection.lost
  }

  /**
   * Resolves when the worker has started its WebAssembly.
   *
   * @returns {Promise<void>}
   */
  ready() {
    return this.#connection.call('ready', undefined, [])
  }

  /**
   * Loads a model into the worker. Relative addresses are those of the page, not of the worker's script; given bytes are
   * copied; of a Response, progress is told once it has arrived.
   *
   * @param {ModelSource} source
   * @param {LoadOptions} [options]
   * @returns {Promise<RemoteModel>}
   */
  async load(source, options = {}) {
    const { signal, onProgress, ...plain } = options ?? {}
    requireSignal(signal)?.throwIfAborted()
    const { packed, transfer = [] } = await packSource(source)
    const facts = await this.#connection.call('load', undefined, [packed, plain], { signal, onProgress, transfer })
    return new RemoteModel(this.#connection, facts)
  }

  /**
   * Finishes a drawing in the worker that holds the model.
   *
   * @param {RemoteModel} model
   * @param {readonly import('../complete.js').Polyline[]} polylines
   * @param {CompleteOptions} [options]
   * @returns {Promise<Ending[]>}
   */
  complete(model, polylines, options) {
    return complete(model, polylines, options)
  }

  /** Stops the worker and frees all that is in it. */
  dispose() {
    this.#connection.close()
  }

  [DISPOSE]() {
    this.dispose()
  }
}

/**
 * Talks to a worker: to a new one, or to one of the caller's, which runs `worker.js` of this package. (Browsers refuse
 * workers from another origin; a page that takes the package from a CDN makes its own, of one line: `import '…/worker.js'`.)
 * The worker then belongs to the connection, which stops it when it is disposed of.
 *
 * @param {{ worker?: WorkerLike }} [options]
 * @returns {Client}
 */
export function connect(options = {}) {
  requireOptions(options, 'options', ['worker'])
  const { worker } = options
  if (worker !== undefined && typeof worker?.postMessage !== 'function') {
    throw mdnError('bad-argument', 'worker is not a Worker', {
      argument: 'worker',
      expected: 'a Worker',
      received: worker,
    })
  }
  return new Client(worker ?? startWorker())
}

/**
 * @param {RemoteModel} model
 * @param {readonly import('../complete.js').Polyline[]} polylines
 * @param {CompleteOptions} [options]
 * @returns {Promise<Ending[]>}
 */
export async function complete(model, polylines, options = {}) {
  if (!(model instanceof RemoteModel)) {
    throw mdnError('bad-argument', 'complete needs a model of a worker', {
      argument: 'model',
      expected: "what load() of 'mixture-density/worker' resolved to",
      received: model,
    })
  }
  const { signal, ...plain } = options ?? {}
  return model.call('complete', [polylines, plain], { signal })
}

/** @type {Client | undefined} */
let shared

/** The worker of those who do not choose: started when first needed, and anew after it was lost. */
export function sharedClient() {
  if (shared === undefined || shared.lost) shared = connect()
  return shared
}

function startWorker() {
  const fix = "Use the main entry, 'mixture-density': it has the same names and needs no worker."
  if (typeof Worker === 'undefined') throw mdnError('worker', 'There are no web workers here', { fix })
  try {
    // Written in one piece, because bundlers look for this very form.
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
  } catch (cause) {
    throw mdnError('worker', 'The worker was refused', {
      fix: `From another origin (a CDN), make the Worker yourself and pass it to connect(). ${fix}`,
      cause,
    })
  }
}

/**
 * A source as it can be sent.
 *
 * @param {any} source
 * @returns {Promise<{ packed: unknown, transfer?: ArrayBuffer[] }>}
 */
async function packSource(source) {
  if (source instanceof URL) return { packed: source.href }
  if (typeof source === 'string') return { packed: absolute(source) }
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) {
    const bytes =
      source instanceof ArrayBuffer
        ? new Uint8Array(source)
        : new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    const copy = bytes.slice()
    return { packed: copy, transfer: [copy.buffer] }
  }
  if (typeof Response !== 'undefined' && source instanceof Response) {
    const { status, statusText, url } = source
    return { packed: { response: { status, statusText, url, body: await bodyOf(source) } } }
  }
  return { packed: source }
}

/** @param {Response} response */
async function bodyOf(response) {
  try {
    return await response.blob()
  } catch (cause) {
    throw mdnError('network', 'The download broke off', {
      argument: 'source',
      received: response.url,
      fix: 'Try again.',
      cause,
    })
  }
}

/**
 * The address that a text means on this page. In Node texts are paths, the same in every thread.
 *
 * @param {string} text
 */
function absolute(text) {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  try {
    return base === undefined ? text : new URL(text, base).href
  } catch {
    return text
  }
}
