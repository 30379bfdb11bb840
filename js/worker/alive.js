/**
 * How a page learns that its worker is gone. Browsers tell of scripts that fail, but not of a worker that was terminated.
 * A web lock does: the worker takes one that nobody else knows and keeps it, the page queues for the same lock, and gets
 * it at the moment the worker is no more. Where there are no web locks (Node, insecure origins), errors still tell.
 *
 * @module
 */

/** A name that no other page or worker uses. */
export function lockName() {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2))
  return `mixture-density-worker-${a.toString(36)}${b.toString(36)}`
}

/**
 * In the worker: holds the lock for good. Resolves once it is held; false where there are no locks.
 *
 * @param {string} name
 * @returns {Promise<boolean>}
 */
export function hold(name) {
  return new Promise((resolve) => {
    if (typeof navigator === 'undefined' || navigator.locks === undefined) {
      resolve(false)
      return
    }
    const forever = new Promise(() => {})
    navigator.locks
      .request(name, () => {
        resolve(true)
        return forever
      })
      .catch(() => resolve(false))
  })
}

/**
 * On the page, once the worker holds the lock: calls `gone` when the lock is free again.
 *
 * @param {string} name
 * @param {() => void} gone
 * @param {AbortSignal} signal Stops waiting.
 */
export function watch(name, gone, signal) {
  if (typeof navigator === 'undefined' || navigator.locks === undefined) return
  navigator.locks.request(name, { signal }, gone).catch(() => {}) // aborted, or the page itself is going
}
