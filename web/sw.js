// The site offline, after the first visit: everything that the pages need is kept as it is installed, what changes is kept
// as it comes, and the network goes first, so that a new version is seen as soon as it is there.

const KEPT = 'mixture-density'
const PAGES = ['./', './sketch/']
/** How files name the files they need: in markup, imports, and addresses beside a module. */
const NEEDS = [
  /(?:href|src)="(\.{0,2}\/?[\w./-]+)"/g,
  /^(?:import|export)\b[^'"]*?\bfrom '(\.[^']+)'/gm,
  /\bimport\('(\.[^']+)'\)/g,
  /new URL\('(\.[^']+)', import\.meta\.url\)/g,
]

self.addEventListener('install', (event) => event.waitUntil(keepAll()))
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method === 'GET' && new URL(request.url).origin === self.location.origin)
    event.respondWith(answer(request))
})

/** @param {Request} request */
async function answer(request) {
  const kept = await caches.open(KEPT)
  try {
    const response = await fetch(request)
    if (response.status === 200) await kept.put(request.url, response.clone())
    return response
  } catch (error) {
    const old = await kept.match(request.url, { ignoreSearch: true })
    if (old === undefined) throw error
    return old
  }
}

/** Follows what the pages need from file to file. */
async function keepAll() {
  const kept = await caches.open(KEPT)
  const known = new Set(PAGES.map((page) => new URL(page, self.location.href).href))
  for (const url of known) {
    const response = await fetch(url)
    if (response.status !== 200) continue
    await kept.put(url, response.clone())
    if (!/html|javascript/.test(response.headers.get('content-type') ?? '')) continue
    const text = withoutComments(await response.text())
    for (const need of NEEDS) {
      for (const [, path] of text.matchAll(need)) {
        const { href, origin } = new URL(path, url)
        if (origin === self.location.origin) known.add(href) // the loop gets there too
      }
    }
  }
}

/** Types in comments name files that nobody loads. @param {string} text */
const withoutComments = (text) => text.replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
