// Model files with random weights for the tests: any list of nodes, any storage.

import { quantiseInt8PerColumn, tensorOf, toFloat16, writeSafetensors } from '../../js/safetensors.js'
import { seededRandom } from '../mutants.js'

/**
 * Weights are uniform with the usual spread of one over the square root of the inputs. Kernels are stored as `storage`
 * says, biases and embeddings always as float32.
 *
 * @param {{ nodes: any[], head: object, inputs: number, [field: string]: unknown }} description Of the model file;
 *   `inputs` is the size of a row.
 * @param {{ seed?: number, storage?: 'float32' | 'float16' | 'int8' }} [options]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function randomModel({ inputs, ...description }, { seed = 1, storage = 'float32' } = {}) {
  const random = seededRandom(seed)
  const tensors = new Map()
  const put = (name, shape, spread) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const values = Float32Array.from({ length: count }, () => (2 * random() - 1) * spread)
    const isKernel = /\/(?:recurrent_)?kernel$/.test(name)
    if (isKernel && storage === 'float16') {
      tensors.set(name, tensorOf(toFloat16(values), shape))
    } else if (isKernel && storage === 'int8') {
      const quantised = quantiseInt8PerColumn(values, shape[1])
      tensors.set(name, tensorOf(quantised.values, shape))
      tensors.set(`${name}_scale`, tensorOf(quantised.scales, [shape[1]]))
    } else {
      tensors.set(name, tensorOf(values, shape))
    }
  }
  const units = new Map([['input', inputs]])
  for (const node of description.nodes) {
    const { name, type } = node
    units.set(name, node.units)
    if (type === 'embedding') {
      put(`${name}/embedding`, [node.classes, node.units], 1)
      continue
    }
    const fed = node.inputs.reduce((sum, input) => sum + units.get(input), 0)
    const width = type === 'lstm' ? 4 * node.units : node.units
    put(`${name}/kernel`, [fed, width], 2 / Math.sqrt(fed))
    put(`${name}/bias`, [width], 0.5)
    if (type === 'lstm') put(`${name}/recurrent_kernel`, [node.units, width], 2 / Math.sqrt(node.units))
    if (node.condition === undefined) continue
    const embedded = units.get(node.condition)
    put(`${name}/class_kernel`, [embedded, width], 1 / Math.sqrt(embedded))
    put(`${name}/class_state_kernel`, [embedded, 2 * node.units], 1 / Math.sqrt(embedded))
    put(`${name}/class_state_bias`, [2 * node.units], 0.5)
  }
  const text = JSON.stringify({ version: 1, name: 'random', input: { size: inputs }, ...description })
  return writeSafetensors({ metadata: { 'mixture-density': text }, tensors })
}
