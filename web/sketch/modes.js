// How each mode continues a drawing.

const WHOLE = 250 // points: more than whole drawings have
const CENTRE = [0, 12] // of what is dreamt, paper units: a little below the words

/**
 * @typedef {object} Plan
 * @property {number} count
 * @property {number} maxSteps
 * @property {number} temperature Times the model's own.
 * @property {number} seed
 * @property {boolean} oneStroke Stop where the pen is lifted first.
 * @property {string | undefined} as The class to dream of, where it is not said what to draw.
 * @property {readonly number[] | undefined} centre Where the middle of the continuation is to be: shown only when it is whole.
 */

/**
 * @param {import('./settings.js').Settings} settings
 * @param {import('./drawing.js').State} state
 * @param {number} round Counts the dreams of the same state.
 * @param {readonly string[]} [classes] Those that the model draws well.
 * @returns {Plan}
 */
export function planOf({ mode, name, count, temperature, length, seed }, state, round, classes = []) {
  const isBlank = state.strokes.length === 0
  const isMany = mode === 'ghosts' && !isBlank
  return {
    count: isMany ? count : 1,
    maxSteps: isMany ? length : WHOLE,
    temperature,
    // The same state is continued in the same ways, another one in others.
    seed: seed + state.strokes.length + 1000 * round,
    oneStroke: mode === 'turns' && !isBlank,
    as: isBlank && name === undefined ? classes[(seed + round) % classes.length] : undefined,
    centre: isBlank ? CENTRE : undefined,
  }
}

/** On empty paper the model dreams in every mode. @param {string} mode @param {import('./drawing.js').State} state */
export const isDream = (mode, state) => mode === 'dream' || state.strokes.length === 0

/** In these the model's answer becomes ink by itself. @param {string} mode @param {import('./drawing.js').State} state */
export const isAnswer = (mode, state) => (mode === 'finish' || mode === 'turns') && state.strokes.length > 0
