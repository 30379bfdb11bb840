import assert from 'node:assert/strict'

/**
 * Every number within `tolerance` of the one expected, absolutely up to 1 and relatively above. Lists of different
 * lengths differ; the first `expected.length` numbers are compared where `prefix` is set.
 *
 * @param {number | ArrayLike<number>} actual
 * @param {number | ArrayLike<number>} expected
 * @param {number} tolerance
 * @param {{ prefix?: boolean, what?: string }} [options]
 */
export function assertNear(actual, expected, tolerance, { prefix = false, what = '' } = {}) {
  const actuals = typeof actual === 'number' ? [actual] : Array.from(actual)
  const expecteds = typeof expected === 'number' ? [expected] : Array.from(expected)
  if (!prefix) assert.equal(actuals.length, expecteds.length, `${what} length`)
  for (const [i, value] of expecteds.entries()) {
    const error = Math.abs(actuals[i] - value)
    assert.ok(error <= tolerance * Math.max(1, Math.abs(value)), `${what}[${i}]: ${actuals[i]}, expected ${value}`)
  }
}
