/**
 * The parts of a network to train, as plain descriptions: `build` puts them together, the core judges names and sizes.
 *
 * @module
 */

import { mdnError, requireNumber, requireOneOf, requireOptions } from '../errors.js'

/** As `kMaxUnits` of cpp/model/spec.h. */
const MAX_UNITS = 16384

/** Activations whose derivative training knows. */
export const ACTIVATIONS = Object.freeze(
  /** @type {const} */ ([
    'linear',
    'relu',
    'relu6',
    'leaky_relu',
    'elu',
    'celu',
    'selu',
    'softplus',
    'sigmoid',
    'hard_sigmoid',
    'tanh',
    'hard_tanh',
    'exponential',
  ]),
)

/**
 * @typedef {{ type: 'dense', units: number, activation: string }} DenseLayer
 * @typedef {{ type: 'lstm', units: number, recurrentActivation: string }} LstmLayer
 * @typedef {DenseLayer | LstmLayer} Layer
 * @typedef {{ type: 'diagonal', dims: number, components: number, activation: string, epsilon: number }} DiagonalHead
 * @typedef {{ type: 'sketch-rnn', components: number }} SketchRnnHead
 * @typedef {DiagonalHead | SketchRnnHead} HeadDescription
 */

/**
 * A fully connected layer.
 *
 * @param {number} units
 * @param {(typeof ACTIVATIONS)[number]} [activation] Default 'linear'.
 * @returns {DenseLayer}
 */
export function dense(units, activation = 'linear') {
  return {
    type: 'dense',
    units: requireNumber(units, 'units', { min: 1, max: MAX_UNITS, integer: true }),
    activation: requireOneOf(activation, 'activation', ACTIVATIONS),
  }
}

/**
 * A layer of long short-term memory. Its forget gates start open (bias 1).
 *
 * @param {number} units
 * @param {{ recurrentActivation?: 'sigmoid' | 'hard_sigmoid' }} [options]
 * @returns {LstmLayer}
 */
export function lstm(units, options = {}) {
  requireOptions(options, 'options', ['recurrentActivation'])
  return {
    type: 'lstm',
    units: requireNumber(units, 'units', { min: 1, max: MAX_UNITS, integer: true }),
    recurrentActivation: requireOneOf(options.recurrentActivation ?? 'sigmoid', 'recurrentActivation', [
      'sigmoid',
      'hard_sigmoid',
    ]),
  }
}

/**
 * Predicts a mixture of Gaussians with one standard deviation a dimension (Bishop 1994; keras-mdn-layer's `MDN`).
 *
 * @param {object} options
 * @param {number} options.dims Values in a point.
 * @param {number} options.components
 * @param {'elu' | 'exp' | 'softplus'} [options.activation] How a standard deviation comes of a raw number; default 'elu',
 *   keras-mdn-layer's elu(s) + 1 + ε.
 * @param {number} [options.epsilon] Added to it; default 1e-7. A larger one, such as 0.01, keeps a mixture from collapsing
 *   on single points.
 * @returns {DiagonalHead}
 */
export function diagonalGaussian(options) {
  requireGiven(options, 'diagonalGaussian({ dims, components })')
  requireOptions(options, 'options', ['dims', 'components', 'activation', 'epsilon'])
  return {
    type: 'diagonal',
    dims: requireNumber(options.dims, 'dims', { min: 1, max: MAX_UNITS, integer: true }),
    components: requireNumber(options.components, 'components', { min: 1, max: MAX_UNITS, integer: true }),
    activation: requireOneOf(options.activation ?? 'elu', 'activation', ['elu', 'exp', 'softplus']),
    epsilon: requireNumber(options.epsilon ?? 1e-7, 'epsilon', { min: 0, max: 1 }),
  }
}

/**
 * Predicts the next point of a drawing: a mixture of correlated pairs for the offset, and three pen states (Ha and Eck
 * 2017). Points are Δx, Δy and the one-hot state.
 *
 * @param {{ components: number }} options
 * @returns {SketchRnnHead}
 */
export function sketchRnn(options) {
  requireGiven(options, 'sketchRnn({ components })')
  requireOptions(options, 'options', ['components'])
  return {
    type: 'sketch-rnn',
    components: requireNumber(options.components, 'components', { min: 1, max: MAX_UNITS, integer: true }),
  }
}

/**
 * Raw outputs that a head reads.
 *
 * @param {HeadDescription} head
 */
export function headOutputs(head) {
  return head.type === 'diagonal' ? head.components * (2 * head.dims + 1) : 3 + 6 * head.components
}

/**
 * @param {unknown} options
 * @param {string} usage
 */
function requireGiven(options, usage) {
  if (options !== undefined) return
  throw mdnError('bad-argument', 'The options are missing', { argument: 'options', expected: usage })
}
