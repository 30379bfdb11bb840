// A file from this site, with progress.

/**
 * @param {URL} url
 * @param {{ signal?: AbortSignal, onProgress?: (progress: { loaded: number, total?: number }) => void }} [options]
 * @returns {Promise<Blob>}
 */
export async function download(url, { signal, onProgress } = {}) {
  const response = await fetch(url, { signal })
  if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`)
  // A compressed answer tells its compressed length: then it only looks like a little less or more.
  const total = Number(response.headers.get('content-length')) || undefined
  const reader = response.body.getReader()
  const parts = []
  let loaded = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Blob(parts)
    parts.push(value)
    loaded += value.length
    onProgress?.({ loaded, total })
  }
}
