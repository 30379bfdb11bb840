/**
 * The data files of sketch-rnn (D. Ha and D. Eck, "A Neural Representation of Sketch Drawings", 2017): .npz archives with
 * three arrays of objects, `train`, `valid` and `test`, each object a drawing as an int16 or float array [rows, 3] of
 * stroke-3 rows (Δx, Δy, lift). Objects are pickles; see pickle.js for what is read of them.
 *
 * @module
 */

import { mdnError, requireNumber, requireOptions } from '../errors.js'
import { readNpyHeader } from './npy.js'
import { readArrayPickle } from './pickle.js'
import { listZip, unzip } from './zip.js'

/** @typedef {import('./pickle.js').NumberArray} NumberArray */
/** @typedef {{ train: Float32Array[], valid: Float32Array[], test: Float32Array[] }} SketchRnnSet stroke-3 rows, [rows, 3] each. */

export const SPLITS = /** @type {const} */ (['train', 'valid', 'test'])

/**
 * @param {Uint8Array} bytes The whole file.
 * @returns {boolean} Whether it is a zip archive with an array of drawings.
 */
export function isSketchRnnNpz(bytes) {
  return listZip(bytes).some(({ name }) => SPLITS.some((split) => name === `${split}.npy`))
}

/**
 * Errors: 'bad-file' for what is no such archive or damaged, 'unsupported' for objects other than arrays of numbers,
 * 'bad-shape' for an array that is not [rows, 3], 'too-large' beyond the limits. Splits that are not there are empty.
 *
 * @param {Uint8Array} bytes The whole file.
 * @param {{ maxBytes?: number }} [options] Limit for the unpacked size; default 1 GiB.
 * @returns {Promise<SketchRnnSet>}
 */
export async function readSketchRnnNpz(bytes, options) {
  requireOptions(options, 'options', ['maxBytes'])
  const maxBytes = requireNumber(options?.maxBytes ?? 2 ** 30, 'maxBytes', { min: 1 })
  const entries = listZip(bytes, { maxBytes })
  /** @type {SketchRnnSet} */
  const set = { train: [], valid: [], test: [] }
  let found = false
  for (const split of SPLITS) {
    const entry = entries.find(({ name }) => name === `${split}.npy`)
    if (entry === undefined) continue
    found = true
    set[split] = readObjects(await unzip(bytes, entry), split)
  }
  if (!found) {
    throw mdnError('bad-file', 'The .npz file is not one of sketch-rnn', {
      expected: `the arrays ${SPLITS.join(', ')}`,
      received: `the arrays ${entries
        .map(({ name }) => name.replace(/\.npy$/, ''))
        .slice(0, 8)
        .join(', ')}`,
    })
  }
  return set
}

/**
 * @param {Uint8Array} bytes An .npy file.
 * @param {string} name
 */
function readObjects(bytes, name) {
  const { descr, shape, start } = readNpyHeader(bytes, name)
  if (!/^[|<=]O8?$/.test(descr) || shape.length !== 1) {
    throw mdnError('unsupported', `${name} is not a list of drawings`, {
      expected: 'a one-dimensional array of objects',
      received: `${descr}, shape (${shape.join(', ')})`,
    })
  }
  const drawings = readArrayPickle(bytes.subarray(start), name)
  if (drawings.length !== shape[0]) {
    throw mdnError('bad-file', `${name} does not have as many drawings as it says`, {
      expected: String(shape[0]),
      received: drawings.length,
    })
  }
  return drawings.map((drawing, i) => toRows(drawing, `${name}, drawing ${i}`))
}

/**
 * @param {NumberArray} drawing
 * @param {string} name
 */
function toRows({ shape, data }, name) {
  if (shape.length !== 2 || shape[1] !== 3) {
    throw mdnError('bad-shape', `${name} has the wrong shape`, {
      expected: '[rows, 3]',
      received: `(${shape.join(', ')})`,
    })
  }
  return Float32Array.from(data)
}
