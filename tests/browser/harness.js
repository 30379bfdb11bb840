// Starts Debian's Chromium and Firefox and serves them pages: the site at /, the library at /js/, these tests at /tests/.
//
//   describeBrowsers('what is tested', (open) => {
//     test('…', async (t) => {
//       const { page, url, problems } = await open('/tests/browser/pages/x.html')
//       …
//       assert.deepEqual(problems, [])
//     })
//   })
import { after, before, describe } from 'node:test'
import puppeteer from 'puppeteer-core'
import { listen, SITE, staticServer } from '../../cpp/toolchain/static-server.mjs'
import { findBrowser, inRoot } from '../../cpp/toolchain/tools.mjs'

export const BROWSERS = /** @type {const} */ (['chromium', 'firefox'])

/**
 * Serves the site and the tests.
 * @param {{ folders?: Record<string, string>, answer?: (path: string) => object | undefined }} [more]
 *   further folders by the beginning of their address; answers made up for some addresses
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serve({ folders = {}, answer } = {}) {
  const server = staticServer({ ...folders, '/tests/': inRoot('tests'), ...SITE }, answer)
  const port = await listen(server, 0, '127.0.0.1')
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

/** @param {'chromium' | 'firefox'} name */
export async function launch(name) {
  const executablePath = findBrowser(name)
  if (!executablePath) throw new Error(`${name} was not found; ${name.toUpperCase()}=<path> says where it is.`)
  if (name === 'firefox') return puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
  // Chromium's sandbox refuses to run as root; containers often have a small /dev/shm.
  const args = ['--disable-dev-shm-usage']
  if (process.getuid?.() === 0) args.push('--no-sandbox')
  return puppeteer.launch({ browser: 'chrome', executablePath, headless: true, args })
}

/**
 * A page at a path of the server, and everything that went wrong on it: exceptions, console errors, failed requests.
 * @param {import('puppeteer-core').Browser} browser
 * @param {string} address
 */
export async function openPage(browser, address) {
  const page = await browser.newPage()
  /** @type {string[]} */
  const problems = []
  page.on('pageerror', (error) => problems.push(`exception: ${error.message}`))
  page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`))
  page.on(
    'response',
    (response) => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`),
  )
  await page.goto(address)
  return { page, problems }
}

/**
 * The browsers of the slower page tests: Firefox joins in `npm run test:long`, so that `npm test` stays within its time.
 * What must work at all (page, worker, training, bits, README) is tested in both, always.
 */
export const PAGE_BROWSERS = process.env.MDN_LONG === '1' ? BROWSERS : BROWSERS.slice(0, 1)

/** As {@link describeBrowsers}, for the further features of a page. */
export const describePage = (title, body, serving) => describeBrowsers(title, body, serving, PAGE_BROWSERS)

/**
 * The same tests in every browser: a describe block each, with one server and one browser, closed at the end.
 * @param {string} title
 * @param {(open: (path: string) => ReturnType<typeof openPage>, context: { name: string, url: () => string }) => void} body
 * @param {Parameters<typeof serve>[0]} [serving]
 * @param {readonly ('chromium' | 'firefox')[]} [browsers]
 */
export function describeBrowsers(title, body, serving, browsers = BROWSERS) {
  for (const name of browsers) {
    describe(`${title} (${name})`, () => {
      /** @type {Awaited<ReturnType<typeof serve>>} */
      let server
      /** @type {import('puppeteer-core').Browser} */
      let browser
      before(async () => {
        server = await serve(serving)
        browser = await launch(name)
      })
      after(async () => {
        await browser?.close()
        await server?.close()
      })
      body((path) => openPage(browser, server.url + path), { name, url: () => server.url })
    })
  }
}

/**
 * Waits for `globalThis.result` of a page; an `error` in it is thrown here.
 * @param {import('puppeteer-core').Page} page
 */
export async function resultOf(page) {
  await page.waitForFunction(() => 'result' in globalThis, { timeout: 60_000 })
  const result = /** @type {any} */ (await page.evaluate(() => globalThis.result))
  if (result.error) throw new Error(`On the page: ${result.error}`)
  return result
}
