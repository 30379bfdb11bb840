/**
 * Reading the caller's polylines and rows into flat arrays, with every number checked once, at the border.
 *
 * A **polyline** is what the pen did between touching and leaving the paper: an array of `[x, y]` points, or a flat
 * typed array x₀, y₀, x₁, y₁ … A **drawing** (`polylines`) is an array of them. y grows downwards. A flat *plain* array
 * is refused on purpose: `[[1, 2], [3, 4]]` would be one polyline of two points and a drawing of two dots at once.
 *
 * @module
 */

import { describe, mdnError, requireNumber } from '../errors.js'

/**
 * @typedef {Float32Array | Float64Array | Int8Array | Uint8Array | Uint8ClampedArray | Int16Array | Uint16Array
 *   | Int32Array | Uint32Array} NumericArray
 */
/** @typedef {[number, number]} Point */
/** @typedef {readonly (readonly number[] | NumericArray)[] | NumericArray} Polyline What is accepted as a polyline. */
/** @typedef {readonly Polyline[]} Polylines What is accepted as a drawing. */
/** @typedef {NumericArray | readonly number[] | readonly (readonly number[] | NumericArray)[]} Rows */

/** Coordinates beyond this, in the caller's units, are refused as absurd: no canvas and no data set comes near. */
export const MAX_COORDINATE = 1e6

/** A polyline of more points than this is refused before anything is allocated for it. */
export const MAX_POINTS = 1e7

/** (2 − 2⁻²³)·2¹²⁷ */
const MAX_FLOAT32 = 3.4028234663852886e38

/**
 * @param {unknown} value
 * @returns {value is NumericArray} A typed array of numbers: not a DataView, not BigInts.
 */
export function isNumericArray(value) {
  return (
    ArrayBuffer.isView(value) &&
    !(value instanceof DataView) &&
    !(value instanceof BigInt64Array) &&
    !(value instanceof BigUint64Array)
  )
}

/**
 * @param {unknown} polyline
 * @param {string} argument How the caller would write it: `polylines[3]`.
 * @returns {Float64Array} A fresh flat copy x₀, y₀, x₁, y₁ …, all finite and within ±{@link MAX_COORDINATE}.
 */
export function readPolyline(polyline, argument) {
  if (isNumericArray(polyline)) {
    if (polyline.length % 2 !== 0) {
      throw mdnError('bad-shape', `${argument} is a flat array of odd length`, {
        argument,
        expected: 'x and y of each point in turn',
        received: polyline,
      })
    }
    requireFewPoints(polyline.length / 2, argument)
    const flat = Float64Array.from(polyline)
    for (let i = 0; i < flat.length; i++) {
      if (!inRange(flat[i])) throw badCoordinate(flat[i], `${argument}[${i}]`)
    }
    return flat
  }
  if (!Array.isArray(polyline)) throw notAPolyline(polyline, argument)
  requireFewPoints(polyline.length, argument)
  const flat = new Float64Array(polyline.length * 2)
  for (let i = 0; i < polyline.length; i++) {
    const point = polyline[i]
    if (!(Array.isArray(point) || isNumericArray(point)) || point.length !== 2) {
      throw notAPoint(point, `${argument}[${i}]`)
    }
    const [x, y] = point
    if (!inRange(x) || !inRange(y)) throw badCoordinate(inRange(x) ? y : x, `${argument}[${i}][${inRange(x) ? 1 : 0}]`)
    flat[2 * i] = x
    flat[2 * i + 1] = y
  }
  return flat
}

/**
 * @param {unknown} polylines
 * @returns {Float64Array[]} Flat copies of the strokes that have points: an empty stroke leaves no ink and is dropped.
 */
export function readPolylines(polylines) {
  return readStrokes(polylines).filter((stroke) => stroke.length > 0)
}

/**
 * @param {unknown} polylines
 * @param {string} [argument]
 * @returns {Float64Array[]} Flat copies of all strokes, empty ones too.
 */
export function readStrokes(polylines, argument = 'polylines') {
  if (!Array.isArray(polylines)) {
    const fix = isNumericArray(polylines) ? 'Put it into an array: one entry a stroke.' : undefined
    throw mdnError('bad-argument', `${argument} is not a drawing`, {
      argument,
      expected: 'an array of polylines, each an array of [x, y] points or a flat typed array',
      received: polylines,
      fix,
    })
  }
  return Array.from(polylines, (polyline, i) => readPolyline(polyline, `${argument}[${i}]`))
}

/**
 * Rows of `width` numbers, flat or nested, as one flat array; every number is one that a float32 can hold.
 *
 * @param {unknown} rows
 * @param {number} width
 * @param {string} argument
 * @returns {NumericArray | readonly number[]} The caller's own array where it was flat already.
 */
export function readRows(rows, width, argument) {
  const expected = `a flat array of ${width} numbers a row, or an array of such rows`
  const flat = rows
  if (Array.isArray(rows) && rows.length > 0 && typeof rows[0] === 'object') {
    requireFewPoints(rows.length, argument)
    const copy = new Float64Array(rows.length * width)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]
      if (!(Array.isArray(row) || isNumericArray(row)) || row.length !== width) {
        const place = `${argument}[${i}]`
        throw mdnError('bad-shape', `${place} is not a row of ${width} numbers`, {
          argument: place,
          expected,
          received: row,
        })
      }
      for (let j = 0; j < width; j++) copy[i * width + j] = inFloat32(row[j], `${argument}[${i}][${j}]`)
    }
    return copy
  }
  if (!(Array.isArray(flat) || isNumericArray(flat))) {
    throw mdnError('bad-argument', `${argument} is not an array of rows`, { argument, expected, received: rows })
  }
  if (flat.length % width !== 0) {
    throw mdnError('bad-shape', `${argument} does not divide into rows of ${width}`, {
      argument,
      expected,
      received: rows,
    })
  }
  requireFewPoints(flat.length / width, argument)
  for (let i = 0; i < flat.length; i++) inFloat32(flat[i], `${argument}[${i}]`)
  return flat
}

/**
 * @param {unknown} point
 * @param {string} argument
 * @returns {Point}
 */
export function readPoint(point, argument) {
  if (!(Array.isArray(point) || isNumericArray(point)) || point.length !== 2) throw notAPoint(point, argument)
  const [x, y] = point
  if (!inRange(x) || !inRange(y)) throw badCoordinate(inRange(x) ? y : x, `${argument}[${inRange(x) ? 1 : 0}]`)
  return [x, y]
}

/**
 * @param {Float64Array} flat
 * @returns {Point[]}
 */
export function toPoints(flat) {
  /** @type {Point[]} */
  const points = new Array(flat.length / 2)
  for (let i = 0; i < points.length; i++) points[i] = [flat[2 * i], flat[2 * i + 1]]
  return points
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function inRange(value) {
  return typeof value === 'number' && Math.abs(value) <= MAX_COORDINATE // false for NaN
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function inFloat32(value, argument) {
  if (typeof value === 'number' && Math.abs(value) <= MAX_FLOAT32) return value
  return requireNumber(value, argument, { min: -MAX_FLOAT32, max: MAX_FLOAT32 })
}

/**
 * @param {number} count
 * @param {string} argument
 */
function requireFewPoints(count, argument) {
  if (count > MAX_POINTS) {
    throw mdnError('too-large', `${argument} has too many points`, {
      argument,
      expected: `at most ${MAX_POINTS}`,
      received: count,
    })
  }
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function badCoordinate(value, argument) {
  const isNumber = typeof value === 'number'
  return mdnError(isNumber ? 'bad-value' : 'bad-argument', `${argument} is not a usable coordinate`, {
    argument,
    expected: `a number from ${-MAX_COORDINATE} to ${MAX_COORDINATE}`,
    received: value,
  })
}

/**
 * @param {unknown} value
 * @param {string} argument
 */
function notAPolyline(value, argument) {
  return mdnError('bad-argument', `${argument} is not a polyline`, {
    argument,
    expected: 'an array of [x, y] points or a flat typed array',
    received: value,
  })
}

/**
 * @param {unknown} point
 * @param {string} argument
 */
function notAPoint(point, argument) {
  let fix
  if (typeof point === 'number') {
    fix =
      'If this is a single polyline, put it into an array; if it is a flat list x₀, y₀, x₁ …, make it a Float64Array.'
  } else if (Array.isArray(point) && Array.isArray(point[0])) {
    fix = 'The arrays are nested one level too deep here: a drawing is [[[x, y], …], …].'
  } else if (Array.isArray(point) && point.length > 2) {
    fix = 'Keep x and y only; rows of offsets are turned into points by fromStroke3 and fromStroke5.'
  } else if (typeof point === 'object' && point !== null && 'x' in point) {
    fix = 'Map the points first: points.map(({ x, y }) => [x, y]).'
  }
  return mdnError('bad-shape', `${argument} is not a point`, {
    argument,
    expected: 'two numbers [x, y]',
    received: Array.isArray(point) && point.length < 8 ? `[${point.map(describe).join(', ')}]` : point,
    fix,
  })
}
