/**
 * Ownership of objects of the core: who frees what, and when.
 *
 * A public handle (Model, Session, Futures) owns one Resource. A Resource frees its children with itself, so a model frees
 * the memory of its sessions. If a handle is forgotten, the garbage collector's finaliser disposes of its Resource: a
 * safety net, not a plan, because collectors take their time.
 *
 * @module
 */

import { mdnError } from './errors.js'

/** @typedef {import('./runtime.js').Core} Core */

/** Node 20 has the symbol, older browsers do not; no global is patched. */
export const DISPOSE = /** @type {typeof Symbol.dispose} */ (Symbol.dispose ?? Symbol.for('Symbol.dispose'))

/**
 * @template {Core} T
 */
export class Resource {
  /** @type {T | undefined} */
  #core
  /** @type {string} */
  #name
  /** @type {Resource<Core> | undefined} */
  #parent
  /** @type {Set<Resource<Core>>} */
  #children = new Set()

  /**
   * @param {T} core
   * @param {string} name In error messages: 'model', 'session' …
   * @param {Resource<any>} [parent] Disposing of it disposes of this.
   */
  constructor(core, name, parent) {
    this.#core = core
    this.#name = name
    this.#parent = parent
    if (parent !== undefined) parent.#children.add(this)
  }

  /** The object of the core; throws 'disposed' after dispose(). */
  get core() {
    if (this.#core === undefined) {
      throw mdnError('disposed', `This ${this.#name} was used after its dispose()`, {
        fix: `Keep the ${this.#name} until it is no longer needed, or make a new one. A model disposes of its sessions.`,
      })
    }
    return this.#core
  }

  get disposed() {
    return this.#core === undefined
  }

  dispose() {
    if (this.#core === undefined) return
    for (const child of this.#children) child.dispose()
    if (this.#parent !== undefined) this.#parent.#children.delete(this)
    this.#core.delete()
    this.#core = undefined
  }
}

/** @type {FinalizationRegistry<Resource<Core>>} */
const forgotten = new FinalizationRegistry((resource) => resource.dispose())

/**
 * Ties a resource to the life of its handle.
 *
 * @param {object} handle
 * @param {Resource<any>} resource
 */
export function own(handle, resource) {
  forgotten.register(handle, resource, resource)
}

/**
 * Throws the error with which an object of the core began its life, if any; its memory is then freed.
 *
 * @param {{ dispose(): void }} handle
 * @param {import('./runtime.js').Runtime} runtime
 * @param {{ status(): number }} core
 */
export function requireReady(handle, runtime, core) {
  try {
    runtime.check(core.status())
  } catch (error) {
    handle.dispose()
    throw error
  }
}

/** @param {Resource<any>} resource */
export function release(resource) {
  forgotten.unregister(resource)
  resource.dispose()
}
