/**
 * What the verbs that score have in common.
 *
 * @module
 */

import { choice, number, text } from './command.js'
import { SPLITS } from './drawings.js'

export const dataOptions = {
  class: text('NAME', 'only drawings of this class; its name is looked up in DATA.classes.txt beside DATA.npz'),
  split: choice(SPLITS, 'only drawings of this split; default test, where the data has splits'),
  limit: number('N', 'only the first N of these drawings', { min: 1, max: 1e9, integer: true }),
  seed: number('N', 'of the dequantising noise; default 1', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
}

/**
 * What a model is told of a drawing's class: nothing, if it does not know that class.
 *
 * @param {import('../model.js').Model} model
 * @param {string | undefined} className
 */
export function toldClass(model, className) {
  return className !== undefined && model.classes.includes(className) ? className : undefined
}

/**
 * @param {import('../score.js').Estimate} estimate
 * @param {{ digits?: number, sign?: boolean }} [options]
 */
export function estimateText({ mean, standardError }, { digits = 3, sign = false } = {}) {
  const plus = sign && mean >= 0 ? '+' : ''
  return `${plus}${mean.toFixed(digits)}${standardError === null ? '' : ` ± ${standardError.toFixed(digits)}`}`
}
