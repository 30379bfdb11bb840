// Part of the slow reference: see model.js in this folder.

import { ACTIVATIONS } from './math.js'

// One step of an LSTM (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000):
//
//   a = bias + x · kernel + h · recurrentKernel          four blocks of H numbers, in the order of `gates`
//   i, f, o = recurrentActivation(a_i), recurrentActivation(a_f + forgetBias), recurrentActivation(a_o)
//   g = activation(a_g)                                  the candidate, called j or c elsewhere
//   c' = f · c + i · g
//   h' = o · activation(c')
//
// kernel [inputs, 4H], recurrentKernel [H, 4H], bias [4H], all flat and row-major. `extra` [4H], where given, is added to
// a (that is how a class embedding feeds the gates). Returns the new state { h, c }.
export function lstmStep(layer, x, state, extra) {
  const { kernel, recurrentKernel, bias, gates, forgetBias, recurrentActivation, activation } = layer
  const units = state.h.length
  const width = 4 * units
  const a = Float64Array.from(bias)
  if (extra) for (let j = 0; j < width; ++j) a[j] += extra[j]
  for (let i = 0; i < x.length; ++i) for (let j = 0; j < width; ++j) a[j] += x[i] * kernel[i * width + j]
  for (let i = 0; i < units; ++i) for (let j = 0; j < width; ++j) a[j] += state.h[i] * recurrentKernel[i * width + j]
  const gate = (letter, u) => a[gates.indexOf(letter) * units + u]
  const squash = ACTIVATIONS[recurrentActivation]
  const shape = ACTIVATIONS[activation]
  const h = []
  const c = []
  for (let u = 0; u < units; ++u) {
    const i = squash(gate('i', u))
    const f = squash(gate('f', u) + forgetBias)
    const o = squash(gate('o', u))
    const g = shape(gate('g', u))
    c.push(f * state.c[u] + i * g)
    h.push(o * shape(c[u]))
  }
  return { h, c }
}

export function zeroState(units) {
  return { h: Array(units).fill(0), c: Array(units).fill(0) }
}
