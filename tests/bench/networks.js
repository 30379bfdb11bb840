// The networks that are measured, with random weights: what a step costs does not depend on their values.

import { storeWeights } from '../../js/convert.js'
import { tinySketchModel } from '../models.js'
import { randomModel } from '../reference/random-model.js'

const LSTM = {
  type: 'lstm',
  units: 64,
  gates: 'ifgo',
  forgetBias: 1,
  recurrentActivation: 'sigmoid',
  activation: 'tanh',
}

/**
 * As sketch-rnn's decoder: one LSTM, 20 bivariate components, three pen states. It never ends a drawing, so that every
 * future takes all its steps.
 *
 * @param {number} units
 */
export const sketchNetwork = (units) => tinySketchModel({ units, components: 20, maxSteps: 250, endless: true })

/** The same with its recurrent weights in int8. */
export const int8Network = (/** @type {number} */ units) => storeWeights(sketchNetwork(units), 'int8')

/** As RoboJam's: rows of three numbers, two LSTMs of 64, five diagonal components. */
export const stackedNetwork = () =>
  randomModel({
    inputs: 3,
    nodes: [
      { ...LSTM, name: 'lstm_0', inputs: ['input'] },
      { ...LSTM, name: 'lstm_1', inputs: ['lstm_0'] },
      { name: 'output', type: 'dense', inputs: ['lstm_1'], units: 35, activation: 'linear' },
    ],
    head: { type: 'diagonal', dims: 3, components: 5, activation: 'elu', epsilon: 1e-7 },
    startToken: [0, 0, 0],
    temperature: { rule: 'sketch-rnn-js', temperature: 0.4 },
  })

/** Three strokes, as a person would begin: 60 points before simplification. */
export const drawing = [0, 1, 2].map((stroke) =>
  Array.from({ length: 20 }, (_, i) => {
    const turn = (i / 19) * 2 * Math.PI
    return [70 + 60 * stroke + 40 * Math.cos(turn + stroke), 90 + 25 * stroke + 40 * Math.sin(turn)]
  }),
)
