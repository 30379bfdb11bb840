/**
 * Hands a model file's description and tensors to the core, which builds the network.
 *
 * @module
 */

/** @typedef {import('./runtime.js').Runtime} Runtime */
/** @typedef {import('./runtime.js').CoreModel} CoreModel */

/** As `mdn::Dtype`. */
const DTYPES = Object.freeze({ F32: 0, F16: 1, I8: 2 })

/**
 * Throws what the core finds wrong: 'bad-file', 'bad-shape', 'bad-value' (weights that are not finite), 'unsupported',
 * 'too-large'.
 *
 * @param {Runtime} runtime
 * @param {import('./description.js').ModelDescription} description
 * @param {import('./safetensors.js').SafetensorsFile['tensors']} tensors
 * @param {boolean} forceFloat32 Expand int8 kernels rather than run them as integers.
 * @returns {CoreModel}
 */
export function buildModel(runtime, description, tensors, forceFloat32) {
  const { Model, ModelBuilder } = runtime.core
  const details = { argument: 'source' }
  const builder = new ModelBuilder()
  const model = new Model()
  try {
    builder.input(description.inputs)
    builder.integers(description.info.compute === 'int8')
    for (const node of description.nodes) {
      const { name, type, units } = node
      if (type === 'embedding') {
        builder.embedding(name, units, node.classes - (description.anyClass ? 1 : 0), description.anyClass)
        continue
      }
      runtime.check(
        type === 'lstm'
          ? builder.lstm(name, units, node.gates, node.forgetBias, node.recurrentActivation, node.condition !== '')
          : builder.dense(name, units, node.activation),
        details,
      )
      for (const input of node.inputs) builder.from(input)
    }
    const { head } = description
    builder.head(head.type, head.dims, head.components, head.epsilon, head.activation)
    runtime.scratch((scratch) => {
      for (const [name, { dtype, shape, bytes }] of tensors) {
        // A vector is asked for by 0 columns. What is neither a vector nor a matrix of some size fits no layer, and −1
        // rows let the core say so.
        const fits = shape.length === 1 || (shape.length === 2 && shape[1] > 0)
        const [rows, columns] = fits ? [shape[0], shape[1] ?? 0] : [-1, 0]
        builder.tensor(name, DTYPES[dtype], rows, columns, scratch.place(bytes), bytes.length)
      }
      runtime.check(model.build(builder, forceFloat32), details)
    })
    return model
  } catch (error) {
    model.delete()
    throw error
  } finally {
    builder.delete()
  }
}
