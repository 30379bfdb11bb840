/**
 * Canonical rows of mixtures: their layout, and the core's operations on them (cpp/mixtures/mixture.h).
 *
 *   [ log w: K | μ: K·D | L: K·(D or D(D + 1)/2) | log q: C | logit r: B ]
 *
 * @module
 */

import { mdnError } from './errors.js'
import { requireReady } from './resource.js'

/** @typedef {import('./runtime.js').Runtime} Runtime */
/** @typedef {import('./runtime.js').CoreMixture} CoreMixture */
/** @typedef {readonly number[] | Float32Array | Float64Array | readonly unknown[]} Numbers Flat or nested numbers. */

/**
 * @typedef {object} Shape
 * @property {number} dims D
 * @property {number} components K
 * @property {boolean} triangular A lower triangle a component, or its diagonal only.
 * @property {number} categories C
 * @property {number} bernoullis B
 */

/**
 * Numbers in a lower triangle.
 *
 * @param {number} dims
 */
export const triangle = (dims) => (dims * (dims + 1)) / 2

/**
 * Where the parts of a canonical row begin.
 *
 * @param {Shape} shape
 */
export function layout({ dims, components, triangular, categories, bernoullis }) {
  const scales = components + components * dims
  const categoriesAt = scales + components * (triangular ? triangle(dims) : dims)
  const bernoullisAt = categoriesAt + categories
  return {
    means: components,
    scales,
    categories: categoriesAt,
    bernoullis: bernoullisAt,
    rowSize: bernoullisAt + bernoullis,
  }
}

/** @type {WeakMap<Runtime, Map<string, CoreMixture>>} */
const cores = new WeakMap()

/**
 * The core's operations for a shape, made once per shape: a few bytes each, kept as long as the runtime.
 *
 * @param {Runtime} runtime
 * @param {Shape} shape
 * @returns {CoreMixture}
 */
export function operations(runtime, shape) {
  const known = cores.get(runtime) ?? new Map()
  cores.set(runtime, known)
  const { dims, components, triangular, categories, bernoullis } = shape
  const key = `${dims} ${components} ${triangular} ${categories} ${bernoullis}`
  const found = known.get(key)
  if (found !== undefined) return found
  const core = new runtime.core.MixtureOperations(dims, components, triangular, categories, bernoullis)
  requireReady({ dispose: () => core.delete() }, runtime, core)
  known.set(key, core)
  return core
}

/**
 * Values through a function of the core that works in place.
 *
 * @param {Runtime} runtime
 * @param {Float32Array} values
 * @param {(core: import('./runtime.js').CoreModule, address: number, count: number) => void} operation
 */
export function mapped(runtime, values, operation) {
  return runtime.scratch((scratch) => {
    const address = scratch.place(values)
    operation(runtime.core, address, values.length)
    return runtime.floats(address, values.length)
  })
}

/**
 * Flat or nested numbers as a flat Float32Array.
 *
 * @param {unknown} values
 * @param {string} argument
 * @returns {Float32Array}
 */
export function numbers(values, argument) {
  if (values instanceof Float32Array) return values
  if (values instanceof Float64Array) return Float32Array.from(values)
  const flat = Array.isArray(values) ? values.flat(4) : undefined
  if (flat === undefined || !flat.every((value) => typeof value === 'number')) {
    throw mdnError('bad-argument', `${argument} is not an array of numbers`, {
      argument,
      expected: 'a flat or nested array of numbers',
      received: values,
    })
  }
  return Float32Array.from(flat)
}
