/** What every entry exports besides `load` and `ready`. */

export { complete } from './complete.js'
export { ERROR_CODES, MdnError } from './errors.js'
export { Futures } from './futures.js'
export { Mixture } from './mixture.js'
export { Model } from './model.js'
export { Random } from './random.js'
export { Session } from './session.js'
export * as strokes from './strokes/index.js'

/** @typedef {import('./complete.js').CompleteOptions} CompleteOptions */
/** @typedef {import('./complete.js').Ending} Ending */
/** @typedef {import('./load.js').LoadOptions} LoadOptions */
/** @typedef {import('./load.js').LoadProgress} LoadProgress */
/** @typedef {import('./load.js').ModelSource} ModelSource */
/** @typedef {import('./model.js').ModelInfo} ModelInfo */
/** @typedef {import('./model.js').StartOptions} StartOptions */
/** @typedef {import('./session.js').ObserveOptions} ObserveOptions */
/** @typedef {import('./session.js').Snapshot} Snapshot */
/** @typedef {import('./temperature.js').Temperature} Temperature */
/** @typedef {import('./temperature.js').TemperatureRule} TemperatureRule */
