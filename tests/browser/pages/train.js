// Learns the inverse sine on a page and in a worker: globalThis.result. As a worker, the same file only learns.
import { build, dense, diagonalGaussian, fit, Random, save } from '/js/train.js'

/** x = 7 sin 0.75 y + 0.5 y + N(0, 1): predict y from x. */
function inverseSine(count, seed) {
  const random = new Random(seed)
  const y = random.fillUniform(new Float32Array(count)).map((u) => 21 * u - 10.5)
  const noise = random.fillNormal(new Float32Array(count))
  return { x: y.map((value, i) => 7 * Math.sin(0.75 * value) + 0.5 * value + noise[i]), y }
}

const network = () =>
  build({
    inputs: 1,
    layers: [dense(32, 'relu'), dense(32, 'relu')],
    head: diagonalGaussian({ dims: 1, components: 15 }),
    seed: 1,
  })

/** A short run: nats, and the bits of its model file. */
async function short() {
  const net = await network()
  const { loss } = await fit(net, inverseSine(512, 1), { epochs: 3, batchSize: 64, learningRate: 0.01 }).done
  return { loss, bytes: save(net).length, weights: [...net.weights.get('output/bias').values] }
}

async function whole() {
  const net = await network()
  let frames = 0
  let counting = true
  const count = () => {
    frames += 1
    if (counting) requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  const options = { steps: 4000, batchSize: 256, learningRate: 0.01, schedule: 'cosine', average: 0.99 }
  const { seconds } = await fit(net, inverseSine(20_000, 1), options).done
  counting = false
  const fresh = inverseSine(100_000, 2)
  const nats =
    -net
      .predict(fresh.x)
      .logProb(fresh.y)
      .reduce((sum, value) => sum + value, 0) / 100_000
  return { nats, seconds, framesPerSecond: frames / seconds }
}

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(import.meta.url, { type: 'module' })
    worker.onmessage = ({ data }) => {
      worker.terminate()
      resolve(data)
    }
    worker.onerror = (event) => reject(new Error(event.message))
  })
}

if (typeof document === 'undefined') {
  postMessage(await short())
} else {
  const { report } = await import('./report.js')
  await report(async () => ({ ...(await whole()), page: await short(), worker: await inWorker() }))
}
