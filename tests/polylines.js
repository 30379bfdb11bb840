// Short ways to write drawings in tests.

/**
 * `line('0,0 3,4')` is `[[0, 0], [3, 4]]`; rows of more numbers likewise.
 *
 * @param {string} text
 * @returns {number[][]}
 */
export function line(text) {
  const points = text.split(' ').filter((point) => point !== '')
  return points.map((point) => point.split(',').map(Number))
}

/**
 * `drawing('0,0 3,4 | 5,5')` is `[[[0, 0], [3, 4]], [[5, 5]]]`.
 *
 * @param {string} text
 * @returns {number[][][]}
 */
export function drawing(text) {
  return text.split('|').map(line)
}
