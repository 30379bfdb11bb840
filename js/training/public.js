/** What every training entry exports besides `build`, `load` and `ready`. */

export * from '../public.js'
export { dense, diagonalGaussian, lstm, sketchRnn } from './layers.js'
export { Network, save } from './network.js'
export { fit, Training } from './training.js'

/** @typedef {import('./data.js').TrainingData} TrainingData */
/** @typedef {import('./network.js').BuildOptions} BuildOptions */
/** @typedef {import('./training.js').Epoch} Epoch */
/** @typedef {import('./training.js').FitOptions} FitOptions */
/** @typedef {import('./training.js').History} History */
