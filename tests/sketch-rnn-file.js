// A small sketch-rnn browser model, as published ones are: [info, dims, base64 of int16].

import { Buffer } from 'node:buffer'
import { seededRandom } from './mutants.js'

/**
 * @param {{ units?: number, components?: number, info?: object, seed?: number }} [options]
 * @returns {[object, number[][], string[]]}
 */
export function sketchRnnFile({ units = 8, components = 3, info = {}, seed = 7 } = {}) {
  const random = seededRandom(seed)
  const outputs = 3 + 6 * components
  const dims = [[units, outputs], [outputs], [5, 4 * units], [units, 4 * units], [4 * units]]
  const weights = dims.map((shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const values = Int16Array.from({ length: count }, () => Math.round((random() - 0.5) * 6000))
    return Buffer.from(values.buffer).toString('base64')
  })
  return [{ mode: 2, version: 6, max_seq_len: 42, name: 'duck', scale_factor: 50.5, ...info }, dims, weights]
}
