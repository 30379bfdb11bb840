// Training on a page: as good as in Node, the page stays alive meanwhile, and a worker learns the same bits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, dense, diagonalGaussian, fit, Random, save } from '../../js/train.js'
import { describeBrowsers, resultOf } from './harness.js'

/** The short run of pages/train.js. */
async function inNode() {
  const net = await build({
    inputs: 1,
    layers: [dense(32, 'relu'), dense(32, 'relu')],
    head: diagonalGaussian({ dims: 1, components: 15 }),
    seed: 1,
  })
  const random = new Random(1)
  const y = random.fillUniform(new Float32Array(512)).map((u) => 21 * u - 10.5)
  const noise = random.fillNormal(new Float32Array(512))
  const x = y.map((value, i) => 7 * Math.sin(0.75 * value) + 0.5 * value + noise[i])
  await fit(net, { x, y }, { epochs: 3, batchSize: 64, learningRate: 0.01 }).done
  return { bytes: save(net).length, weights: [...net.weights.get('output/bias').values] }
}

describeBrowsers('training on a page', (open) => {
  test('inverse sine: within 0.05 nats of the entropy 1.28801, with frames drawn meanwhile', async (t) => {
    const { page, problems } = await open('/tests/browser/pages/train.html')
    const { nats, seconds, framesPerSecond, page: onPage, worker } = await resultOf(page)
    t.diagnostic(`${nats.toFixed(4)} nats after ${seconds.toFixed(1)} s, ${framesPerSecond.toFixed(0)} frames/s`)
    assert.ok(Math.abs(nats - 1.28801) < 0.05, String(nats))
    assert.ok(framesPerSecond > 5, `${framesPerSecond} frames a second`)
    assert.deepEqual(worker, onPage)
    assert.deepEqual(onPage.weights, (await inNode()).weights)
    assert.deepEqual(problems, [])
  })
})
