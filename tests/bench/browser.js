// The same measurement on a page in headless Chromium.

import { launch, openPage, serve } from '../browser/harness.js'

/**
 * @param {string[]} groups
 * @param {object} options
 * @param {(contest: import('./groups.js').Contest) => void} options.onContest
 * @param {(engine: string) => void} options.onEngine
 * @returns {Promise<string>} The browser.
 */
export async function benchInBrowser(groups, { onContest, onEngine }) {
  const server = await serve()
  const browser = await launch('chromium')
  try {
    const engine = await browser.version()
    onEngine(engine)
    const { page, problems } = await openPage(browser, `${server.url}/tests/bench/bench.html`)
    await page.exposeFunction('onContest', onContest)
    await page.evaluate(async (names) => globalThis.bench(names), groups)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return engine
  } finally {
    await browser.close()
    await server.close()
  }
}
