// The slow reference: a second implementation of everything that the tests need to judge the first one.
//
// Plain loops in float64, written from the papers and the published formulas, to be read rather than to be fast. It is
// independent on purpose: it shares no code with js/ or cpp/ except the reader of the safetensors container
// (js/safetensors.js, tested by itself against the Python package), so an error in a formula cannot hide by being made
// twice. Keep it so: do not import from js/ here.
//
// This file runs a whole network as its model file describes it.

import { readFloats, readSafetensors } from '../../js/safetensors.js'
import { dense } from './dense.js'
import { lstmStep, zeroState } from './lstm.js'

// Reads a model file: { description, layers }, layers by name with their weights as float64.
export function readReferenceModel(bytes) {
  const { metadata, tensors } = readSafetensors(bytes)
  const description = JSON.parse(metadata['mixture-density'])
  const weights = (name) => (tensors.has(name) ? Float64Array.from(readFloats(tensors, name)) : undefined)
  const layers = description.nodes.map((node) => ({
    ...node,
    kernel: weights(`${node.name}/kernel`),
    recurrentKernel: weights(`${node.name}/recurrent_kernel`),
    bias: weights(`${node.name}/bias`),
    embedding: weights(`${node.name}/embedding`),
    classKernel: weights(`${node.name}/class_kernel`),
    classStateKernel: weights(`${node.name}/class_state_kernel`),
    classStateBias: weights(`${node.name}/class_state_bias`),
  }))
  return { description, layers }
}

// A sequence from its start: `step(row)` feeds one row and returns the raw outputs that describe the next one.
// `classIndex` is the row of the class embedding, for a model that has one.
export class ReferenceSequence {
  constructor(model, classIndex) {
    this.layers = model.layers
    this.states = new Map() // of each LSTM by name: { h, c }
    this.extras = new Map() // of each conditioned LSTM: what the class adds to its gates
    for (const layer of this.layers.filter(({ type }) => type === 'lstm')) {
      this.states.set(layer.name, zeroState(layer.units))
      if (layer.condition === undefined) continue
      const { embedding, units } = this.layers.find(({ name }) => name === layer.condition)
      const e = embedding.slice(classIndex * units, (classIndex + 1) * units)
      const zeros = new Float64Array(4 * layer.units)
      this.extras.set(layer.name, dense({ kernel: layer.classKernel, bias: zeros }, e))
      const start = dense({ kernel: layer.classStateKernel, bias: layer.classStateBias, activation: 'tanh' }, e)
      this.states.set(layer.name, { h: start.slice(0, layer.units), c: start.slice(layer.units) })
    }
  }

  step(row) {
    const values = new Map([['input', Array.from(row)]])
    let last
    for (const layer of this.layers) {
      if (layer.type === 'embedding') continue
      const x = layer.inputs.flatMap((name) => values.get(name))
      if (layer.type === 'lstm') {
        const state = lstmStep(layer, x, this.states.get(layer.name), this.extras.get(layer.name))
        this.states.set(layer.name, state)
        last = state.h
      } else {
        last = dense(layer, x)
      }
      values.set(layer.name, last)
    }
    return last
  }
}
