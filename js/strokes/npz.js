/**
 * NumPy .npz archives: all arrays of any (`readNpz`), and sets of drawings in flat form (`readFlatNpz`).
 *
 * @module
 */

import { mdnError, requireNumber, requireOneOf, requireOptions } from '../errors.js'
import { readNpy } from './npy.js'
import { isNumericArray } from './validate.js'
import { listZip, unzip } from './zip.js'

/** @typedef {import('./validate.js').NumericArray} NumericArray */
/** @typedef {import('./npy.js').NpyArray} NpyArray */

/**
 * Many sequences in one array.
 *
 * @typedef {object} FlatSet
 * @property {NumericArray} pts [rows, width], all sequences one after the other.
 * @property {number} width Numbers a row: 3 for stroke-3.
 * @property {Int32Array} off [count + 1]; sequence i has the rows from off[i] up to, not including, off[i + 1].
 * @property {number} count Number of sequences.
 * @property {Int32Array} [split] [count] 0 train, 1 validation, 2 test.
 * @property {Int32Array} [label] [count] Index of the class.
 * @property {Map<string, NpyArray>} others All other arrays of the file, by name.
 */

const SPLITS = /** @type {const} */ (['train', 'valid', 'test'])

/** Greatest size of a number in `pts`: beyond it something is broken, as in a drawing. */
const GREATEST = 1e6

/**
 * Reads a set of drawings or other sequences from an .npz file: `pts` [rows, width], `off` [count + 1], and, if they are
 * there, `split` and `label` [count]. In a set of drawings a row is (Δx, Δy, lift), y growing downwards, and the first
 * row is the offset of the *second* point: the first point is the origin and has no row, as `toStroke3` has it.
 *
 * Written in Python by `np.savez_compressed(path, pts=…, off=…, split=…, label=…)`.
 *
 * Errors: 'bad-file' for what is no such archive, is cut short or damaged; 'mismatch' where the arrays do not fit
 * together; 'bad-value' for NaN, infinite or absurd numbers; 'unsupported' for types other than numbers; 'too-large'
 * beyond the limit.
 *
 * @param {Uint8Array | ArrayBuffer} bytes The whole file.
 * @param {{ maxBytes?: number }} [options] Limit for the unpacked size; default 1 GiB.
 * @returns {Promise<FlatSet>}
 */
export async function readFlatNpz(bytes, options) {
  const arrays = await readNpz(bytes, options)
  const pts = take(arrays, 'pts')
  const off = take(arrays, 'off')
  if (pts === undefined || off === undefined) {
    const names = [...arrays.keys()].slice(0, 8).join(', ')
    throw mdnError('bad-file', 'The .npz file is not a flat set of sequences', {
      expected: 'the arrays pts and off',
      received: `the arrays ${[pts ? 'pts' : '', off ? 'off' : '', names].filter(Boolean).join(', ')}`,
    })
  }
  if (pts.shape.length !== 2 || pts.shape[1] < 1) {
    throw mdnError('bad-shape', 'pts has the wrong shape', {
      expected: '[rows, width]',
      received: `(${pts.shape.join(', ')})`,
    })
  }
  const offsets = toInt32(off, 'off')
  const count = offsets.length - 1
  if (
    count < 0 ||
    offsets[0] !== 0 ||
    offsets[count] !== pts.shape[0] ||
    offsets.some((o, i) => i > 0 && o < offsets[i - 1])
  ) {
    throw mdnError('mismatch', 'off does not divide pts into sequences', {
      argument: 'off',
      expected: `numbers that rise from 0 to ${pts.shape[0]}`,
    })
  }
  /** @type {FlatSet} */
  const set = { pts: toNumbers(pts, 'pts'), width: pts.shape[1], off: offsets, count, others: arrays }
  for (const name of /** @type {const} */ (['split', 'label'])) {
    const array = take(arrays, name)
    if (array === undefined) continue
    const values = toInt32(array, name)
    if (values.length !== count) {
      throw mdnError('mismatch', `${name} has the wrong length`, {
        expected: `${count} numbers`,
        received: values.length,
      })
    }
    set[name] = values
  }
  return set
}

/**
 * The sequences of a set one by one, each as a fresh Float32Array of `set.width` numbers a row.
 *
 * ```js
 * for (const rows of sequences(set, { split: 'test', label: classes.indexOf('monkey') })) …
 * ```
 *
 * @param {FlatSet} set
 * @param {{ split?: 'train' | 'valid' | 'test', label?: number }} [options] Which ones; all of them by default.
 * @returns {Generator<Float32Array, void, void>}
 */
export function sequences(set, options) {
  requireOptions(options, 'options', ['split', 'label'])
  const split = options?.split === undefined ? undefined : SPLITS.indexOf(requireOneOf(options.split, 'split', SPLITS))
  const label =
    options?.label === undefined ? undefined : requireNumber(options.label, 'label', { min: 0, integer: true })
  if ((split !== undefined && set.split === undefined) || (label !== undefined && set.label === undefined)) {
    const name = split !== undefined && set.split === undefined ? 'split' : 'label'
    throw mdnError('mismatch', `The set has no ${name}`, { argument: name, fix: `Leave the option ${name} out.` })
  }
  return select(set, split, label)
}

/**
 * @param {FlatSet} set
 * @param {number | undefined} split
 * @param {number | undefined} label
 * @returns {Generator<Float32Array, void, void>}
 */
function* select(set, split, label) {
  const { pts, off, width } = set
  for (let i = 0; i < set.count; i++) {
    if (split !== undefined && set.split?.[i] !== split) continue
    if (label !== undefined && set.label?.[i] !== label) continue
    yield Float32Array.from(pts.subarray(off[i] * width, off[i + 1] * width))
  }
}

/**
 * All arrays of an .npz file, by name.
 *
 * @param {Uint8Array | ArrayBuffer} bytes The whole file.
 * @param {{ maxBytes?: number }} [options] Limit for the unpacked size; default 1 GiB.
 * @returns {Promise<Map<string, NpyArray>>}
 */
export async function readNpz(bytes, options) {
  requireOptions(options, 'options', ['maxBytes'])
  const maxBytes = requireNumber(options?.maxBytes ?? 2 ** 30, 'maxBytes', { min: 1 })
  const archive = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes
  if (!(archive instanceof Uint8Array)) {
    throw mdnError('bad-argument', 'bytes is not the content of a file', {
      argument: 'bytes',
      expected: 'a Uint8Array or ArrayBuffer',
      received: bytes,
      fix: 'For a Blob or Response: new Uint8Array(await it.arrayBuffer()).',
    })
  }
  /** @type {Map<string, NpyArray>} */
  const arrays = new Map()
  for (const entry of listZip(archive, { maxBytes })) {
    if (!entry.name.endsWith('.npy')) continue
    const name = entry.name.slice(0, -'.npy'.length)
    if (arrays.has(name))
      throw mdnError('bad-file', `The .npz file has two arrays named ${JSON.stringify(name.slice(0, 60))}`)
    arrays.set(name, readNpy(await unzip(archive, entry), entry.name.slice(0, 60)))
  }
  return arrays
}

/**
 * @param {Map<string, NpyArray>} arrays
 * @param {string} name
 */
function take(arrays, name) {
  const array = arrays.get(name)
  arrays.delete(name)
  return array
}

/**
 * @param {NpyArray} array
 * @param {string} name
 * @returns {NumericArray}
 */
function toNumbers({ data }, name) {
  const numbers = isNumericArray(data) ? data : Float64Array.from(/** @type {BigInt64Array} */ (data), Number)
  for (let i = 0; i < numbers.length; i++) {
    if (!(Math.abs(numbers[i]) <= GREATEST)) {
      throw mdnError('bad-value', `${name} has a number that makes no sense, at position ${i}`, {
        argument: name,
        expected: `numbers from ${-GREATEST} to ${GREATEST}`,
        received: numbers[i],
      })
    }
  }
  return numbers
}

/**
 * @param {NpyArray} array
 * @param {string} name
 */
function toInt32({ data, shape }, name) {
  if (shape.length !== 1) {
    throw mdnError('bad-shape', `${name} has the wrong shape`, {
      expected: 'one dimension',
      received: `(${shape.join(', ')})`,
    })
  }
  const integers = Int32Array.from(/** @type {Float64Array} */ (data), Number)
  if (integers.some((integer, i) => integer !== Number(data[i]))) {
    throw mdnError('bad-value', `${name} has numbers that are not 32-bit integers`, { argument: name })
  }
  return integers
}
