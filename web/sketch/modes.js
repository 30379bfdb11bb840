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
 * @property {readonly number[] | undefined} centre Where the middle of the continuation is to be: shown only when it is whole.
 */

/**
 * @param {import('./settings.js').Settings} settings
 * @param {import('./drawing.js').State} state
 * @param {number} round Counts the dreams of the same state.
 * @returns {Plan}
 */
export function planOf({ mode, count, temperature, length, seed }, state, round) {
  const isMany = mode === 'ghosts' && state.strokes.length > 0
  return {
    count: isMany ? count : 1,
    maxSteps: isMany ? length : WHOLE,
    temperature,
    // The same state is continued in the same ways, another one in others.
    seed: seed + state.strokes.length + 1000 * round,
    oneStroke: mode === 'turns' && state.strokes.length > 0,
    centre: state.strokes.length === 0 ? CENTRE : undefined,
  }
}

/** On empty paper the model dreams in every mode. @param {string} mode @param {import('./drawing.js').State} state */
export const isDream = (mode, state) => mode === 'dream' || state.strokes.length === 0

/** In these the model's answer becomes ink by itself. @param {string} mode @param {import('./drawing.js').State} state */
export const isAnswer = (mode, state) => (mode === 'finish' || mode === 'turns') && state.strokes.length > 0
