// A static file server with the headers of a careful host: what runs here runs under a strict content security policy,
// with cross-origin isolation, and with correct content types.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, sep } from 'node:path'
import { inRoot } from './tools.mjs'

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.ndjson': 'application/x-ndjson; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob: data:; worker-src 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

// Browsers ask for it on every page; a 404 would count as an error of the page.
const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6"/></svg>'

/** The site as it is developed: web/ at the top, the library beside it. */
export const SITE = { '/js/': inRoot('js'), '/': inRoot('web') }

/**
 * @param {Record<string, string>} folders  by the beginning of the address, the longest first
 * @param {(path: string) => {status?: number, type?: string, body?: string | Uint8Array} | undefined} [answer]
 *   called before any file is looked for
 */
export function staticServer(folders, answer = () => undefined) {
  return createServer(async (request, response) => {
    const send = (status, type, body, headers = {}) => {
      response.writeHead(status, { ...HEADERS, 'content-type': type, ...headers })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    const text = (status, body, headers) => send(status, TYPES['.txt'], body, headers)

    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text(405, 'Only GET and HEAD.\n', { allow: 'GET, HEAD' })
    let path
    try {
      path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    } catch {
      return text(400, 'Not an address.\n')
    }
    const own = answer(path)
    if (own) return send(own.status ?? 200, own.type ?? TYPES['.txt'], own.body ?? '')

    const mount = Object.keys(folders).find((start) => path.startsWith(start))
    const folder = mount && folders[mount]
    let file = folder && join(folder, path.slice(mount.length))
    if (!file || path.includes('\0') || (file !== folder && !file.startsWith(folder + sep)))
      return text(404, 'Not found.\n')
    try {
      let info = await stat(file)
      if (info.isDirectory()) {
        if (!path.endsWith('/')) return text(301, '', { location: `${encodeURI(path)}/` })
        file = join(file, 'index.html')
        info = await stat(file)
      }
      response.writeHead(200, {
        ...HEADERS,
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-length': info.size,
      })
      if (request.method === 'HEAD') return response.end()
      createReadStream(file)
        .on('error', () => response.destroy())
        .pipe(response)
    } catch {
      if (path === '/favicon.ico') return send(200, TYPES['.svg'], ICON)
      text(404, 'Not found.\n')
    }
  })
}

/**
 * Listens, and resolves to the port; rejects with the server's error.
 * @param {import('node:http').Server} server
 */
export function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(server.address().port)
    })
  })
}
