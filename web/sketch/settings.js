// What the person can set, and what each setting may be.

/**
 * @typedef {object} Settings
 * @property {string} mode One of MODES.
 * @property {string | undefined} name The class to draw; undefined is none in particular.
 * @property {number} count Ghosts.
 * @property {number} temperature Times the model's own.
 * @property {number} length The longest ghost, in points.
 * @property {number} seed The same drawing with the same seed is continued in the same ways, everywhere.
 * @property {boolean} isLocked Whether the seed outlives the drawing.
 */

export const MODES = Object.freeze({
  ghosts: 'many ways',
  finish: 'finish mine',
  turns: 'take turns',
  dream: 'dream',
})

/** @type {Readonly<Record<string, { min: number, max: number, whole: boolean }>>} */
export const LIMITS = Object.freeze({
  count: { min: 1, max: 64, whole: true },
  temperature: { min: 0, max: 2, whole: false },
  length: { min: 5, max: 250, whole: true },
  seed: { min: 0, max: 2 ** 32 - 1, whole: true },
})

/** Short enough to be told to a friend. */
export const newSeed = () => crypto.getRandomValues(new Uint32Array(1))[0] % 100_000

/**
 * Cooler than the model's own temperature, which is as varied as people are: of a few drawings each should be a good one.
 *
 * @returns {Settings}
 */
export function firstSettings() {
  return { mode: 'ghosts', name: undefined, count: 8, temperature: 0.4, length: 60, seed: newSeed(), isLocked: false }
}

/**
 * A number that may be set; undefined if it may not.
 *
 * @param {string} name A key of LIMITS.
 * @param {unknown} value
 */
export function allowed(name, value) {
  const { min, max, whole } = LIMITS[name]
  if (typeof value !== 'number' || !(value >= min && value <= max)) return undefined
  return whole && !Number.isInteger(value) ? undefined : value
}
