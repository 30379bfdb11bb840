// The main entry on a page, under the content security policy that the README asks for: it starts, and its numbers are
// those of the closed form.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeBrowsers, resultOf } from './harness.js'

/** ln of the density of 0.25 N(−1, 0.5²) + 0.75 N(2, 1.5²). */
function logProb(x) {
  const normal = (mean, deviation) =>
    Math.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * Math.sqrt(2 * Math.PI))
  return Math.log(0.25 * normal(-1, 0.5) + 0.75 * normal(2, 1.5))
}

describeBrowsers('the main entry on a page', (open) => {
  test('starts without unsafe-eval and computes', async () => {
    const { page, problems } = await open('/tests/browser/pages/smoke.html')
    const result = await resultOf(page)
    assert.equal(result.isolated, true)
    assert.equal(result.evalBlocked, true)
    for (const [i, x] of [0, 1, 2].entries()) assert.ok(Math.abs(result.logProb[i] - logProb(x)) < 1e-6)
    assert.ok(Math.abs(result.mean[0] - 1.25) < 1e-6)
    // The attempt above is the only thing the browser may have complained about.
    assert.deepEqual(
      problems.filter((problem) => !/unsafe-eval|Content.Security.Policy/i.test(problem)),
      [],
    )
  })
})
