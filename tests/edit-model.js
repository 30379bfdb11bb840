// Model files with something changed, for the tests of what must be refused.

import { readSafetensors, tensorOf, writeSafetensors } from '../js/safetensors.js'

/**
 * A copy of a model file after `change` has had its way with the description and the tensors.
 *
 * @param {Uint8Array} bytes
 * @param {(description: any, tensors: Map<string, import('../js/safetensors.js').Tensor>) => void} change
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function edited(bytes, change) {
  const { metadata, tensors } = readSafetensors(bytes)
  const description = JSON.parse(metadata['mixture-density'])
  change(description, tensors)
  return writeSafetensors({ metadata: { 'mixture-density': JSON.stringify(description) }, tensors })
}

/**
 * A copy with some values of one float32 tensor changed.
 *
 * @param {Uint8Array} bytes
 * @param {string} name
 * @param {(values: Float32Array) => void} change
 */
export function withValues(bytes, name, change) {
  return edited(bytes, (_, tensors) => {
    const { shape, bytes: stored } = /** @type {import('../js/safetensors.js').Tensor} */ (tensors.get(name))
    const values = new Float32Array(new Uint8Array(stored).buffer)
    change(values)
    tensors.set(name, tensorOf(values, shape))
  })
}
