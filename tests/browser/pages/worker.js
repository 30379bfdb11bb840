// mixture-density/worker on a page: what the calls answer, as plain data in globalThis.result.
import { complete, connect, load, ready, strokes } from '/js/worker/index.js'
import { tinySketchModel } from '/tests/models.js'
import { report } from './report.js'

const codeOf = (promise) =>
  promise.then(
    () => 'none',
    (error) => error.code ?? error.name,
  )

await report(async () => {
  await ready()
  const phases = new Set()
  const model = await load('tiny.safetensors', { onProgress: ({ phase }) => phases.add(phase) })
  const session = await model.start({ seed: 11 })
  const drawing = [
    [
      [0, 0],
      [30, 5],
      [60, 60],
    ],
  ]
  const nats = await session.observe(strokes.toStroke5(drawing, { scale: model.scale }), { logProb: true })
  const futures = await session.futures({ count: 5, maxSteps: 30 })
  const running = []
  do running.push(await futures.advance(7))
  while (running.at(-1))
  const endings = await complete(model, drawing, { count: 2, seed: 1, maxSteps: 20 })

  const own = connect({ worker: new Worker('/js/worker/worker.js', { type: 'module' }) })
  const theirs = await own.load(tinySketchModel())
  const controller = new AbortController()
  const aborted = codeOf(theirs.call('complete', [[], { count: 4000, maxSteps: 2000 }], { signal: controller.signal }))
  controller.abort()

  return {
    isolated: globalThis.crossOriginIsolated,
    phases: [...phases],
    nats: [...nats],
    steps: running.length,
    points: [...futures.points],
    lengths: [...futures.lengths],
    endings,
    aborted: await aborted,
    terminated: await terminated(),
    missing: await codeOf(connect({ worker: new Worker('/js/worker/no-such-file.js', { type: 'module' }) }).ready()),
    network: await codeOf(load('no-such-model.json')),
  }
})

/** What a call hears whose worker is terminated behind its back. */
async function terminated() {
  const worker = new Worker('/js/worker/worker.js', { type: 'module' })
  const client = connect({ worker })
  const model = await client.load(tinySketchModel())
  const waiting = codeOf(complete(model, [], { count: 4000, maxSteps: 2000 }))
  worker.terminate()
  return { waiting: await waiting, later: await codeOf(model.start()), lost: client.lost }
}
