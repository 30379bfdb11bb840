// How fast training is: in WebAssembly as `mixture-density/train` does it, natively as the native trainer does it, beside
// the matrix products alone. All are measured in turn, round by round, so that whatever else the machine does meets all
// alike. Runs in Node.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { createInterface } from 'node:readline'
import { buildTrainer, buildWasm } from '../../cpp/toolchain/build.mjs'
import { inRoot } from '../../cpp/toolchain/tools.mjs'
import { TOYS } from '../../js/cli/presets/toys.js'
import { build, fit, lstm, Random, ready, sketchRnn } from '../../js/train.js'

/**
 * @typedef {object} Rate
 * @property {string} name
 * @property {number | undefined} rows Rows of sequences (time steps), or points, a second; of the median round, as all.
 * @property {number} gflops Of the matrix products alone: what else training does costs time and counts nothing.
 * @property {number | undefined} share Of what the products reach by themselves, per thread.
 * @property {number | undefined} bestShare The same of the fastest rounds of both.
 */

/**
 * @typedef {object} RateTable
 * @property {string} title
 * @property {number} rounds
 * @property {Rate[]} rates
 * @property {string[]} notes
 */

const ROUNDS = 7
const UNITS = 512
const COMPONENTS = 20
const BATCH = 128
const ROWS = 48

/** As products.h: three products of [1024, 512] and [512, 2048]. */
const PRODUCT_FLOPS = 3 * 2 * 8 * BATCH * UNITS * 4 * UNITS

/**
 * Of one row, by its matrix products, which are forwards, backwards and the gradient of the weights; the inputs of the
 * network need no backwards.
 *
 * @param {readonly [number, number][]} layers Inputs and outputs of each, of the first the network's.
 * @param {number} [inputs] Columns of the first layer that are the network's own inputs.
 */
function flops(layers, inputs = layers[0][0]) {
  const products = layers.reduce((sum, [from, to]) => sum + 3 * from * to, 0)
  return 2 * (products - inputs * layers[0][1])
}

/** One drawing after another of random offsets: what training costs does not depend on them. */
function drawings() {
  const random = new Random(1)
  const offsets = random.fillNormal(new Float32Array(2 * BATCH * ROWS))
  const pens = random.fillUniform(new Float32Array(BATCH * ROWS))
  const values = new Float32Array(5 * BATCH * ROWS)
  for (let i = 0; i < BATCH * ROWS; i += 1) {
    values.set(offsets.subarray(2 * i, 2 * i + 2), 5 * i)
    values[5 * i + 2 + (i % ROWS === ROWS - 1 ? 2 : pens[i] < 0.2 ? 1 : 0)] = 1
  }
  return { x: values, y: values, steps: ROWS }
}

/** The recipe of the model that ships, but for the class. */
const RECIPE = { batchSize: BATCH, clip: 1, average: 0.999, recurrentKeep: 0.9 }

async function lstmInWasm() {
  const net = await build({ inputs: 5, layers: [lstm(UNITS)], head: sketchRnn({ components: COMPONENTS }), seed: 1 })
  const data = drawings()
  return {
    net,
    /** Seconds of one step; the one before it touches the memory first. */
    async step() {
      const run = fit(net, data, { ...RECIPE, steps: 2 })
      const { epochs } = await run.done
      run.dispose()
      return 1 / epochs[1].stepsPerSecond
    },
  }
}

async function toyInWasm() {
  const { network, fit: options, generate } = TOYS['inverse-sine']
  const net = await build({ ...network, seed: 1 })
  const points = 20 * options.batchSize
  const data = generate(points, new Random(1))
  return {
    /** Seconds of one point. */
    async point() {
      const run = fit(net, data, { ...options, steps: undefined, epochs: 4 })
      const { epochs } = await run.done
      run.dispose()
      const steps = epochs.slice(1)
      return steps.reduce((sum, { stepsPerSecond }) => sum + 20 / stepsPerSecond, 0) / (steps.length * points)
    },
    flops: flops([
      [1, 64],
      [64, 64],
      [64, 3 * 12],
    ]),
  }
}

/** @returns {Promise<() => Promise<number>>} Seconds of the products in WebAssembly. */
async function productsInWasm() {
  const module = await WebAssembly.compile(await readFile(inRoot('build/wasm/bench_products.wasm')))
  /** @type {Record<string, Record<string, () => number>>} */
  const imports = {} // what it would print with and end by; it does neither
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: () => 0 }
  }
  const { exports } = await WebAssembly.instantiate(module, imports)
  const { _initialize, products } = /** @type {Record<string, () => void>} */ (exports)
  _initialize()
  return async () => {
    products() // wakes the caches
    const from = performance.now()
    for (let i = 0; i < 3; i += 1) products()
    return (performance.now() - from) / 3000
  }
}

/**
 * The native program, which is asked line by line.
 *
 * @param {import('../../js/train.js').Network} net What it trains too.
 */
function nativeBench(net) {
  const spec = {
    model: net.description,
    seed: 1,
    steps: 1_000_000,
    batch: BATCH,
    shards: 4,
    clip: { norm: RECIPE.clip },
    average: RECIPE.average,
    recurrentKeep: RECIPE.recurrentKeep,
  }
  const child = spawn(inRoot('build/trainer/bench_train'), [JSON.stringify(spec)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    /** @param {string} work */
    async seconds(work) {
      child.stdin.write(`${work}\n`)
      const { value } = await lines.next()
      if (!(Number(value) > 0)) throw new Error(`bench_train ended at '${work}'`)
      return Number(value)
    },
    async end() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'close')
    },
  }
}

/** @returns {AsyncGenerator<RateTable>} */
export async function* train() {
  const [load] = loadavg() // of the minute before
  await ready()
  const notes = []
  const isBuilt = async (
    /** @type {Promise<{ ok: boolean, output: string }>} */ building,
    /** @type {string} */ what,
  ) => {
    const { ok, output } = await building
    if (!ok) notes.push(`not measured: ${what}, because ${output.trim().split('\n').at(-1)}`)
    return ok
  }
  const hasProducts = await isBuilt(buildWasm({ target: 'bench_products' }), 'the products in WebAssembly')
  const hasNative = await isBuilt(buildTrainer({ target: 'bench_train' }), 'native training')
  const wasm = await lstmInWasm()
  const toy = await toyInWasm()
  const native = hasNative ? nativeBench(wasm.net) : undefined
  const products = hasProducts ? await productsInWasm() : undefined
  const cores = availableParallelism()

  /** @type {[string, () => Promise<number>][]} */
  const contestants = [['lstm wasm', wasm.step]]
  if (products) contestants.push(['gemm wasm', products])
  contestants.push(['toy wasm', toy.point])
  if (native) {
    for (const work of ['train 1', ...(cores > 1 ? [`train ${cores}`] : []), 'gemm', 'eigen']) {
      contestants.push([work, () => native.seconds(work)])
    }
  }
  /** @type {Map<string, number[]>} */
  const times = new Map(contestants.map(([name]) => [name, []]))
  for (let round = -1; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const [name, seconds] = contestants[(round + 1 + turn) % contestants.length]
      const time = await seconds()
      if (round >= 0) times.get(name)?.push(time) // the first round warms up
    }
  }
  await native?.end()

  const sorted = (/** @type {string} */ name) => (times.get(name) ?? []).sort((a, b) => a - b)
  const timeOf = (/** @type {string} */ name) => sorted(name)[ROUNDS >> 1]
  /** @type {(label: string, name: string, rows: number, perRow: number, products: string, threads?: number) => Rate} */
  const rate = (label, name, rows, perRow, products, threads = 1) => {
    const share = (/** @type {number} */ time, /** @type {number | undefined} */ alone) =>
      alone === undefined ? undefined : (rows * perRow * alone) / (time * PRODUCT_FLOPS * threads)
    return {
      name: label,
      rows: rows / timeOf(name),
      gflops: (rows * perRow) / timeOf(name) / 1e9,
      share: share(timeOf(name), timeOf(products)),
      bestShare: share(sorted(name)[0], sorted(products)[0]),
    }
  }
  /** @type {(label: string, name: string) => Rate[]} */
  const alone = (label, name) =>
    times.has(name)
      ? [
          {
            name: label,
            rows: undefined,
            gflops: PRODUCT_FLOPS / timeOf(name) / 1e9,
            share: undefined,
            bestShare: undefined,
          },
        ]
      : []

  // The recurrent kernel takes the state along with the inputs.
  const perRow = flops(
    [
      [5 + UNITS, 4 * UNITS],
      [UNITS, 3 + 6 * COMPONENTS],
    ],
    5,
  )
  const all = `train ${cores}`
  const rates = [rate('WebAssembly, one thread', 'lstm wasm', BATCH * ROWS, perRow, 'gemm wasm')]
  if (native) {
    const one = rate('native, one thread', 'train 1', BATCH * ROWS, perRow, 'gemm')
    rates.push(one)
    const ofEigen = (one.gflops * 1e9 * timeOf('eigen')) / PRODUCT_FLOPS
    notes.push(`native training, one thread, reaches ${ofEigen.toFixed(2)} of the rate of Eigen's products`)
    if (cores > 1) {
      rates.push(rate(`native, ${cores} threads`, all, BATCH * ROWS, perRow, 'gemm', cores))
      const gains = [timeOf('train 1') / timeOf(all), sorted('train 1')[0] / sorted(all)[0]].map((x) => x.toFixed(2))
      notes.push(`${cores} threads are ${gains[0]} × as fast as one; in the fastest rounds ${gains[1]} ×`)
      if (load > 0.5)
        notes.push(`the machine had other work (load ${load.toFixed(1)}): threads got less of it than they can use`)
    }
  }
  yield {
    title: `Training an LSTM ${UNITS} with ${COMPONENTS} components, batches of ${BATCH} × ${ROWS} rows, Adam`,
    rounds: ROUNDS,
    rates: [
      ...rates,
      ...alone('its products alone, WebAssembly', 'gemm wasm'),
      ...alone('its products alone, native, one thread', 'gemm'),
      ...alone('the same by Eigen, one thread', 'eigen'),
    ],
    notes,
  }
  yield {
    title: 'Training the preset inverse-sine: dense 64 + 64, 12 components, batches of 256 points, Adam',
    rounds: ROUNDS,
    rates: [rate('WebAssembly, one thread', 'toy wasm', 1, toy.flops, 'gemm wasm')],
    notes: ['activations, densities and Adam cost time here too, and count as no GFLOP'],
  }
}
