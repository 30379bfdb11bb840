/**
 * Training data as the caller has it → the flat arrays of the core, checked row by row.
 *
 * @module
 */

import { mdnError } from '../errors.js'
import { MAX_ROW_VALUE } from '../options.js'

/**
 * Numbers in any of the forms that data comes in: a flat array (or, for rows of one number, simply a list), an array of
 * rows, or an array of sequences, each an array of rows or flat.
 *
 * @typedef {Float32Array | Float64Array | readonly any[]} Numbers
 */

/**
 * @typedef {object} TrainingData
 * @property {Numbers} x Inputs: rows; sequences of rows for a network with memory.
 * @property {Numbers} y What they should predict: a row for each of x, or one for each sequence, that of its last row.
 * @property {readonly number[] | Int32Array} [lengths] Rows of each sequence where x is flat.
 * @property {number} [steps] The same where all are of one length.
 * @property {Numbers} [mask] How much each target counts; 0 leaves it out.
 * @property {readonly (string | number)[] | Int32Array} [classes] Of each sequence: names or indices.
 */

/**
 * @typedef {object} Arrays
 * @property {Float32Array} x [rows, inputs]
 * @property {Float32Array} y [rows, dims], or [sequences, dims] where `lastOnly`.
 * @property {boolean} lastOnly
 * @property {Int32Array} lengths [sequences]
 * @property {Float32Array | undefined} mask One for each row of y.
 * @property {Int32Array | undefined} classes [sequences]
 */

/** Rows of a sequence. */
const MAX_LENGTH = 1_000_000

/**
 * @param {unknown} data
 * @param {string} argument
 * @param {{ inputs: number, dims: number, recurrent: boolean, classNames: readonly string[] }} network
 * @returns {Arrays}
 */
export function requireData(data, argument, { inputs, dims, recurrent, classNames }) {
  if (typeof data !== 'object' || data === null || !('x' in data) || !('y' in data)) {
    throw mdnError('bad-argument', `${argument} is not training data`, {
      argument,
      expected: '{ x, y } with arrays of numbers, or the bytes of a data set',
      received: data,
    })
  }
  for (const key of Object.keys(data)) {
    if (['x', 'y', 'lengths', 'steps', 'mask', 'classes'].includes(key)) continue
    throw mdnError('bad-argument', `${argument} has an unknown part`, {
      argument,
      expected: 'x, y, lengths, steps, mask, classes',
      received: key,
    })
  }
  const given = /** @type {TrainingData} */ (data)
  const parsed = parse(given.x, `${argument}.x`, inputs)
  const rows = parsed.values.length / inputs
  if (rows === 0) {
    throw mdnError('bad-shape', `${argument}.x is empty`, { argument: `${argument}.x`, expected: 'at least one row' })
  }
  const lengths = sequenceLengths(given, parsed.lengths, rows, argument, recurrent)
  const targets = parse(given.y, `${argument}.y`, dims)
  const count = targets.values.length / dims
  if (count !== rows && count !== lengths.length) {
    throw mdnError('bad-shape', `${argument}.x and ${argument}.y do not have the same number of rows`, {
      argument: `${argument}.y`,
      expected:
        rows === lengths.length ? `${rows} rows` : `${rows} rows, or one for each of ${lengths.length} sequences`,
      received: count,
    })
  }
  const mask = given.mask === undefined ? undefined : parse(given.mask, `${argument}.mask`, 1).values
  if (mask !== undefined && mask.length !== count) {
    throw mdnError('bad-shape', `${argument}.mask does not have a number for each target`, {
      argument: `${argument}.mask`,
      expected: `${count} numbers`,
      received: mask.length,
    })
  }
  const negative = mask?.findIndex((weight) => weight < 0) ?? -1
  if (negative !== -1) {
    throw mdnError('bad-value', `${argument}.mask is negative at index ${negative}`, {
      argument: `${argument}.mask`,
      expected: 'numbers ≥ 0',
      received: mask?.[negative],
    })
  }
  if (mask?.every((weight) => weight === 0)) {
    throw mdnError('bad-value', `${argument}.mask leaves nothing to learn from`, {
      argument: `${argument}.mask`,
      expected: 'some numbers above 0',
    })
  }
  return {
    x: parsed.values,
    y: targets.values,
    lastOnly: count !== rows,
    lengths,
    mask,
    classes: classIndices(given.classes, `${argument}.classes`, classNames, lengths.length),
  }
}

/**
 * @param {TrainingData} data
 * @param {number[] | undefined} nested Lengths that the nesting of x tells.
 * @param {number} rows
 * @param {string} argument
 * @param {boolean} recurrent
 * @returns {Int32Array}
 */
function sequenceLengths(data, nested, rows, argument, recurrent) {
  if (!recurrent) {
    if (nested !== undefined || data.lengths !== undefined || data.steps !== undefined) {
      throw mdnError('bad-shape', `${argument} holds sequences, and this network has no memory`, {
        argument,
        expected: 'rows',
        fix: 'Give it rows, or build it with an lstm layer.',
      })
    }
    return new Int32Array(rows).fill(1)
  }
  /** @type {ArrayLike<number>} */
  let lengths = nested ?? [rows]
  if (data.lengths !== undefined) lengths = data.lengths
  else if (data.steps !== undefined)
    lengths = new Int32Array(Math.max(1, Math.ceil(rows / data.steps))).fill(data.steps)
  let sum = 0
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i]
    if (!Number.isInteger(length) || length < 1 || length > MAX_LENGTH) {
      throw mdnError(length > MAX_LENGTH ? 'too-large' : 'bad-value', `Sequence ${i} of ${argument} has a bad length`, {
        argument: data.lengths === undefined ? `${argument}.x` : `${argument}.lengths`,
        expected: `1 to ${MAX_LENGTH} rows`,
        received: length,
        fix: length === 0 ? 'Leave empty sequences out.' : undefined,
      })
    }
    sum += length
  }
  if (sum !== rows) {
    throw mdnError('bad-shape', `The sequences of ${argument} do not add up to the rows of x`, {
      argument,
      expected: `${rows} rows`,
      received: sum,
    })
  }
  return Int32Array.from(lengths)
}

/**
 * @param {unknown} given
 * @param {string} argument
 * @param {readonly string[]} names
 * @param {number} sequences
 */
function classIndices(given, argument, names, sequences) {
  if (given === undefined && names.length === 0) return undefined
  const list = /** @type {ArrayLike<string | number>} */ (given)
  if (!(Array.isArray(given) || given instanceof Int32Array) || list.length !== sequences) {
    throw mdnError('bad-shape', `${argument} does not have a class for each sequence`, {
      argument,
      expected: names.length === 0 ? 'none: this network knows no classes' : `${sequences} names or indices`,
      received: given,
    })
  }
  return Int32Array.from(list, (item, i) => {
    const index = typeof item === 'number' ? item : names.indexOf(item)
    if (Number.isInteger(index) && index >= 0 && index < names.length) return index
    throw mdnError('unknown-class', `${argument} holds an unknown class at index ${i}`, {
      argument,
      expected: `an index below ${names.length}, or its name`,
      received: item,
    })
  })
}

/**
 * @param {unknown} given
 * @param {string} argument
 * @param {number} width
 * @returns {{ values: Float32Array, lengths: number[] | undefined }}
 */
function parse(given, argument, width) {
  if (!isList(given)) {
    throw mdnError('bad-argument', `${argument} is not an array of numbers`, {
      argument,
      expected: `an array of rows of ${width} numbers, flat or nested`,
      received: given,
    })
  }
  /** @type {number[]} */
  const lengths = []
  let sequences = false
  let size = 0
  if (isList(given[0])) {
    for (let i = 0; i < given.length; i += 1) {
      const part = given[i]
      const count = isList(part) ? (isList(part[0]) ? part.length * width : part.length) : -1
      if (count < 0 || count % width !== 0) {
        throw mdnError('bad-shape', `${argument} has a row of the wrong length at index ${i}`, {
          argument,
          expected: `${width} numbers`,
          received: part,
        })
      }
      sequences ||= count !== width || isList(part[0])
      lengths.push(count / width)
      size += count
    }
  } else {
    size = given.length
    if (size % width !== 0) {
      throw mdnError('bad-shape', `${argument} has the wrong length`, {
        argument,
        expected: `a multiple of ${width} numbers`,
        received: size,
      })
    }
  }
  const values = new Float32Array(size)
  let at = 0
  /** @param {ArrayLike<any>} list */
  const copy = (list) => {
    for (let i = 0; i < list.length; i += 1) {
      const item = list[i]
      if (isList(item)) {
        copy(item)
        continue
      }
      // Written so that NaN and what is no number fail too.
      if (typeof item !== 'number' || !(Math.abs(item) <= MAX_ROW_VALUE)) {
        throw mdnError(
          typeof item === 'number' ? 'bad-value' : 'bad-argument',
          `${argument} holds what cannot be learnt in row ${Math.floor(at / width)}, column ${at % width}`,
          {
            argument,
            expected: `finite numbers of at most ±${MAX_ROW_VALUE}`,
            received: item,
            fix: 'Leave the row out, or bring the data to a smaller scale.',
          },
        )
      }
      values[at] = item
      at += 1
    }
  }
  copy(given)
  if (at !== size) {
    throw mdnError('bad-shape', `${argument} is nested unevenly`, {
      argument,
      expected: `${size} numbers`,
      received: at,
    })
  }
  return { values, lengths: sequences ? lengths : undefined }
}

/**
 * @param {unknown} value
 * @returns {value is ArrayLike<any>}
 */
function isList(value) {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))
}

/**
 * What about the data makes training hard, in sentences; for the history of a run.
 *
 * @param {Arrays} arrays
 * @param {number} inputs
 * @param {number} dims
 * @returns {string[]}
 */
export function dataWarnings({ x, y }, inputs, dims) {
  const warnings = []
  for (const [name, values, width] of /** @type {const} */ ([
    ['x', x, inputs],
    ['y', y, dims],
  ])) {
    for (let column = 0; column < width; column += 1) {
      const { mean, deviation } = moments(values, column, width)
      const size = Math.max(Math.abs(mean), deviation)
      const place = `Column ${column} of ${name}`
      if (size > 1000) {
        warnings.push(
          `${place} has mean ${short(mean)} and standard deviation ${short(deviation)}: divide it by about ${short(size)}, or training will be slow or diverge.`,
        )
      } else if (name === 'y' && deviation <= 1e-7 * Math.abs(mean)) {
        warnings.push(`${place} is always ${short(mean)}: its density has no bound, so the loss can fall for ever.`)
      } else if (deviation > 0 && deviation < 1e-3) {
        warnings.push(
          `${place} has standard deviation ${short(deviation)}: multiply it by about ${short(1 / deviation)}, or its changes will not be seen.`,
        )
      }
    }
  }
  return warnings
}

/**
 * @param {Float32Array} values
 * @param {number} column
 * @param {number} width
 */
function moments(values, column, width) {
  const count = values.length / width
  let mean = 0
  for (let i = column; i < values.length; i += width) mean += values[i] / count
  let square = 0
  for (let i = column; i < values.length; i += width) square += (values[i] - mean) ** 2 / count
  return { mean, deviation: Math.sqrt(square) }
}

/** @param {number} value */
function short(value) {
  return String(Number(value.toPrecision(2)))
}
