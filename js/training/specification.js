/**
 * The options of `fit` → the specification that the core reads (cpp/train/train_spec.h). Types are judged here, values
 * there.
 *
 * @module
 */

import { mdnError, requireNumber, requireOneOf, requireOptions } from '../errors.js'

/**
 * @typedef {object} Optimiser
 * @property {'adam' | 'adamw'} type
 * @property {number} [beta1] Default 0.9.
 * @property {number} [beta2] Default 0.999.
 * @property {number} [epsilon] Default 1e-7.
 * @property {number} [weightDecay] Of adamw; default 0.01.
 */

/**
 * @typedef {object} Schedule
 * @property {'constant' | 'cosine' | 'exponential'} type
 * @property {number} [last] What the learning rate falls to; default a hundredth of it.
 * @property {number} [warmUp] Steps of a linear rise; default 0.
 * @property {number} [decay] Of 'exponential', a step; default 0.9999.
 */

/**
 * @typedef {object} Augmentation Of drawings.
 * @property {number} [axisScaling] Each axis × 1 ± so much; default 0.
 * @property {boolean} [mirror] Left to right, half of the time; default false.
 * @property {readonly string[]} [neverMirror] Classes to leave as they are.
 * @property {number} [drop] Probability that a point is left out; default 0.
 * @property {number} [dequantise] Uniform noise of ± so many data units on the targets, for data of whole numbers;
 *   default 0.
 */

/**
 * @typedef {object} LearnOptions
 * @property {number} [batchSize] Rows or sequences a step; default 128.
 * @property {number} [learningRate] Default 0.001.
 * @property {'adam' | 'adamw' | Optimiser} [optimiser] Default 'adam'.
 * @property {'constant' | 'cosine' | 'exponential' | Schedule} [schedule] Default 'constant'.
 * @property {number | { norm?: number, value?: number }} [clip] Longest gradient (a number), or also its largest entry;
 *   default none.
 * @property {number} [average] Decay of a moving average of the weights, which then is what is kept; default 0, none.
 * @property {number} [recurrentKeep] Share of recurrent updates that recurrent dropout keeps; default 1.
 * @property {number} [window] Gradients run back through so many rows of a sequence at most; default all.
 * @property {boolean} [stateful] Each step learns one window, and the next goes on from its states; default false.
 * @property {boolean} [shuffle] A new order each epoch; default true.
 * @property {number} [anyShare] Share of the sequences that is told no class, where the network has `anyClass`;
 *   default 0.1.
 * @property {Augmentation} [augment] Of drawings.
 */

export const LEARN_OPTIONS = Object.freeze(
  /** @type {const} */ ([
    ...['batchSize', 'learningRate', 'optimiser', 'schedule', 'clip', 'average', 'recurrentKeep', 'window', 'stateful'],
    ...['shuffle', 'anyShare', 'augment'],
  ]),
)

/**
 * @param {LearnOptions} options
 * @param {import('./network.js').Network} network
 * @param {number} seed
 * @param {boolean} drawings
 * @returns {string} JSON
 */
export function specification(options, network, seed, drawings) {
  const rate = requireNumber(options.learningRate ?? 1e-3, 'learningRate', { min: 0, max: 10 })
  const any = network.description.anyClass ? requireNumber(options.anyShare ?? 0.1, 'anyShare', { min: 0, max: 1 }) : 0
  /** @type {(keyof LearnOptions)[]} */
  const foreign = drawings ? ['stateful', 'shuffle'] : ['augment']
  for (const name of foreign) {
    if (options[name] === undefined) continue
    throw mdnError('bad-argument', `${name} is not an option for ${drawings ? 'drawings' : 'arrays'}`, {
      argument: name,
      expected: 'nothing',
      received: options[name],
    })
  }
  const batch = requireNumber(options.batchSize ?? 128, 'batchSize', { min: 1, max: 2 ** 20, integer: true })
  return JSON.stringify({
    model: network.description,
    seed,
    steps: 1, // set once the length of an epoch is known
    batch,
    shards: 1,
    optimiser: optimiser(options.optimiser ?? 'adam'),
    schedule: schedule(options.schedule ?? 'constant', rate),
    clip: clip(options.clip),
    average: requireNumber(options.average ?? 0, 'average', { min: 0, max: 0.9999999 }),
    recurrentKeep: requireNumber(options.recurrentKeep ?? 1, 'recurrentKeep', { min: 0.01, max: 1 }),
    window: requireNumber(options.window ?? 0, 'window', { min: 0, max: 100_000, integer: true }),
    ...(drawings
      ? { augment: { ...augmentation(options.augment), any } }
      : { stateful: options.stateful === true, shuffle: options.shuffle !== false, any }),
  })
}

/** @param {unknown} given */
function optimiser(given) {
  const names = /** @type {const} */ (['adam', 'adamw'])
  if (typeof given === 'string') return { type: requireOneOf(given, 'optimiser', names) }
  requireOptions(given, 'optimiser', ['type', 'beta1', 'beta2', 'epsilon', 'weightDecay'])
  const { type, ...rest } = /** @type {Optimiser} */ (given)
  return { type: requireOneOf(type, 'optimiser.type', names), ...numbers(rest, 'optimiser') }
}

/**
 * @param {unknown} given
 * @param {number} rate
 */
function schedule(given, rate) {
  const names = /** @type {const} */ (['constant', 'cosine', 'exponential'])
  const fallen = { rate, last: rate / 100 }
  if (typeof given === 'string') return { type: requireOneOf(given, 'schedule', names), ...fallen }
  requireOptions(given, 'schedule', ['type', 'last', 'warmUp', 'decay'])
  const { type, ...rest } = /** @type {Schedule} */ (given)
  return { type: requireOneOf(type, 'schedule.type', names), ...fallen, ...numbers(rest, 'schedule') }
}

/** @param {unknown} given */
function clip(given) {
  if (given === undefined) return { norm: 0, value: 0 }
  if (typeof given === 'number') return { norm: requireNumber(given, 'clip', { min: 0 }), value: 0 }
  requireOptions(given, 'clip', ['norm', 'value'])
  return { norm: 0, value: 0, ...numbers(/** @type {object} */ (given), 'clip') }
}

/** @param {unknown} given */
function augmentation(given) {
  requireOptions(given, 'augment', ['axisScaling', 'mirror', 'neverMirror', 'drop', 'dequantise'])
  const { mirror = false, neverMirror = [], ...rest } = /** @type {Augmentation} */ (given ?? {})
  return { mirror: mirror === true, neverMirror: neverMirror.map(String), ...numbers(rest, 'augment') }
}

/**
 * @param {object} values
 * @param {string} argument
 * @returns {Record<string, number>}
 */
function numbers(values, argument) {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, requireNumber(value, `${argument}.${name}`, { min: 0 })]),
  )
}
