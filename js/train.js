/**
 * mixture-density/train: everything of the main entry, and training. Import one or the other: this one has the larger
 * module inlined.
 *
 * ```js
 * import { build, fit, save, dense, diagonalGaussian } from 'mixture-density/train'
 * const net = await build({ inputs: 1, layers: [dense(15, 'relu')], head: diagonalGaussian({ dims: 1, components: 10 }) })
 * const run = fit(net, { x, y }, { epochs: 200, validation: 0.15 })
 * for await (const epoch of run) console.log(epoch.epoch, epoch.loss, epoch.validationLoss)
 * const means = net.predict(x).mean()
 * const bytes = save(net)                     // load(bytes) of either entry reads it
 * ```
 *
 * @module
 */

import { compileInlined } from './inlined.js'
import { trainingEntry } from './training/entry.js'
import bytes from './wasm/train-bytes.js'
import createModule from './wasm/train-glue.js'

export const { build, load, ready } = trainingEntry(createModule, () => compileInlined(bytes))

export * from './training/public.js'
