/**
 * The `transform` attribute → one matrix. CSS Transforms Module Level 1, chapter 8.
 *
 * @module
 */

import { IDENTITY, multiply } from './svg-ink.js'
import { Scanner } from './svg-scanner.js'

/** @typedef {import('./svg-ink.js').Matrix} Matrix */

const DEGREE = Math.PI / 180

/** @type {ReadonlyMap<string, { counts: number[], matrix: (n: number[]) => Matrix }>} */
const FUNCTIONS = new Map([
  ['matrix', { counts: [6], matrix: (n) => [n[0], n[1], n[2], n[3], n[4], n[5]] }],
  ['translate', { counts: [1, 2], matrix: ([x, y = 0]) => [1, 0, 0, 1, x, y] }],
  ['scale', { counts: [1, 2], matrix: ([x, y = x]) => [x, 0, 0, y, 0, 0] }],
  ['rotate', { counts: [1, 3], matrix: ([angle, x = 0, y = 0]) => rotation(angle * DEGREE, x, y) }],
  ['skewX', { counts: [1], matrix: ([angle]) => [1, 0, Math.tan(angle * DEGREE), 1, 0, 0] }],
  ['skewY', { counts: [1], matrix: ([angle]) => [1, Math.tan(angle * DEGREE), 0, 1, 0, 0] }],
])

/**
 * Text that breaks the grammar raises a SyntaxError with the position in it.
 *
 * @param {string} text Functions in a row, the last one applied first; '' is the identity.
 * @returns {Matrix}
 */
export function readTransform(text) {
  const scanner = new Scanner(text, 'transform')
  let matrix = IDENTITY
  scanner.skipSpace()
  while (!scanner.done) {
    const name = scanner.word()
    const known = FUNCTIONS.get(name)
    if (known === undefined) throw scanner.error(`not one of ${[...FUNCTIONS.keys()].join(', ')}`)
    scanner.skipSpace()
    if (scanner.letter() !== '(') throw scanner.error('( is missing')
    const numbers = []
    while (scanner.atNumber() && numbers.length < 6) numbers.push(scanner.number())
    if (scanner.letter() !== ')') throw scanner.error(') is missing')
    if (!known.counts.includes(numbers.length))
      throw scanner.error(`${name} takes ${known.counts.join(' or ')} numbers`)
    matrix = multiply(matrix, known.matrix(numbers))
    scanner.skipSeparator()
  }
  return matrix
}

/**
 * @param {number} angle
 * @param {number} x
 * @param {number} y
 * @returns {Matrix} About the point (x, y).
 */
function rotation(angle, x, y) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return [cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y]
}
