// Keeps the site for when there is no network.

/** Where the browser can; nobody waits for it. */
export function keepOffline() {
  // No secure origin, or the person forbids it: the page works all the same.
  navigator.serviceWorker?.register?.(new URL('../sw.js', import.meta.url)).catch(() => {})
}
