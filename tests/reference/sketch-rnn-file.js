// Part of the slow reference: see model.js in this folder.
//
// A sketch-rnn `.gen.json` as float64 layers, decoded on its own, without the importer: base64 of little-endian int16,
// value = 10 v / 32767; output kernel and bias, then the LSTM's kernel, recurrent kernel and bias.

import { Buffer } from 'node:buffer'

export function readSketchRnn(json) {
  const [info, dims, blobs] = JSON.parse(json)
  const [outputKernel, outputBias, kernel, recurrentKernel, bias] = blobs.map((blob) => {
    const bytes = Buffer.from(blob, 'base64')
    const values = []
    for (let at = 0; at < bytes.length; at += 2) values.push((10 * bytes.readInt16LE(at)) / 32767)
    return Float64Array.from(values)
  })
  const lstm = {
    name: 'lstm',
    type: 'lstm',
    inputs: ['input'],
    units: dims[0][0],
    gates: 'igfo',
    forgetBias: 1,
    recurrentActivation: 'sigmoid',
    activation: 'tanh',
    kernel,
    recurrentKernel,
    bias,
  }
  const output = { name: 'output', type: 'dense', inputs: ['lstm'], kernel: outputKernel, bias: outputBias }
  return { info, layers: [lstm, output] }
}
