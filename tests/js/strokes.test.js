// Polylines ↔ stroke-3 ↔ stroke-5, boxes and changes of units, and what is refused. Numbers written out here follow from
// the definitions in js/strokes/polylines.js by subtraction.

import assert from 'node:assert/strict'
import test from 'node:test'

import fc from 'fast-check'

import { ERROR_CODES, MdnError, requireNumber, requireOneOf, requireOptions } from '../../js/errors.js'
import * as strokes from '../../js/strokes/index.js'
import { drawing, line } from '../polylines.js'

const { applyTransform, boundingBox, fitTransform, fromStroke3, fromStroke5, invertTransform, toStroke3, toStroke5 } =
  strokes

/** Asserts that `run` throws an MdnError of this code whose message matches all patterns. */
function refused(run, code, ...patterns) {
  assert.throws(run, (error) => {
    assert.ok(error instanceof MdnError, `${error}`)
    assert.equal(error.code, code, error.message)
    for (const pattern of patterns) assert.match(error.message, pattern)
    return true
  })
}

const whole = fc.integer({ min: -1_000_000, max: 1_000_000 })
const stroke = fc.array(fc.tuple(whole, whole), { minLength: 1, maxLength: 12 })
const anyDrawing = fc.array(stroke, { minLength: 0, maxLength: 6 })

/** A first stroke of equal points says no more than a dot, and comes back as one. */
const isTwiceTheSamePoint = ([first]) => first?.length === 2 && String(first[0]) === String(first[1])

test('stroke-3: offsets, lift after the last point, no row for the first point', () => {
  const square = drawing('10,10 15,10 15,18 | 0,0 | 1,2 3,4')
  assert.deepEqual([...toStroke3(square)], [5, 0, 0, 0, 8, 1, -15, -18, 1, 1, 2, 0, 2, 2, 1])
  assert.deepEqual(fromStroke3(toStroke3(square), { origin: [10, 10] }), square)
  assert.deepEqual(fromStroke3(toStroke3(square)), applyTransform(square, { scale: 1, x: -10, y: -10 }))
})

test('a drawing that begins with a dot has the row (0, 0, 1) for it', () => {
  const dots = drawing('7,8 | 9,10')
  assert.deepEqual([...toStroke3(dots)], [0, 0, 1, 2, 2, 1])
  assert.deepEqual(fromStroke3(toStroke3(dots), { origin: [7, 8] }), dots)
  assert.deepEqual([...toStroke3([[[7, 8]]])], [0, 0, 1])
})

test('nothing drawn, and strokes without points', () => {
  assert.equal(toStroke3([]).length, 0)
  assert.equal(toStroke5([[], []]).length, 0)
  assert.deepEqual([...toStroke5([], { end: true })], [0, 0, 0, 0, 1])
  assert.deepEqual(fromStroke3([]), [])
  assert.deepEqual(fromStroke5(new Float32Array(0)), [])
  assert.deepEqual(toStroke3([[], line('1,1 2,3'), []]), toStroke3(drawing('1,1 2,3')))
  assert.equal(boundingBox([[]]), null)
})

test('stroke-5: one-hot pen states, scale, end row, an unfinished stroke', () => {
  const corner = drawing('0,0 10,0 10,20')
  assert.deepEqual([...toStroke5(corner, { scale: 10 })], [1, 0, 1, 0, 0, 0, 2, 0, 1, 0])
  assert.deepEqual([...toStroke5(corner, { scale: 10, continueStroke: true })], [1, 0, 1, 0, 0, 0, 2, 1, 0, 0])
  assert.deepEqual([...toStroke5(corner, { end: true }).subarray(10)], [0, 0, 0, 0, 1])
  assert.equal(toStroke5([[[3, 4]]], { continueStroke: true }).length, 0, 'the pen rests at the origin')
})

test('an end row and all after it are not drawn', () => {
  const rows = line('1,1,1,0,0 2,0,0,1,0 5,5,0,0,1 9,9,1,0,0')
  assert.deepEqual(fromStroke5(rows), drawing('0,0 1,1 3,1'))
  assert.deepEqual(fromStroke5(rows, { scale: 2, origin: [100, 0] }), drawing('100,0 102,2 106,2'))
})

test('a continuation starts in the air (penUp) or at the origin', () => {
  const rows = line('1,1,0 2,0,1 1,0,0')
  assert.deepEqual(fromStroke3(rows, { origin: [5, 5] }), drawing('5,5 6,6 8,6 | 9,6'))
  assert.deepEqual(fromStroke3(rows, { origin: [5, 5], penUp: true }), drawing('6,6 8,6 | 9,6'))
})

test('property: whole numbers survive polyline → stroke-3 → polyline and stroke-5 exactly', () => {
  fc.assert(
    fc.property(anyDrawing, (polylines) => {
      fc.pre(!isTwiceTheSamePoint(polylines))
      const origin = polylines[0]?.[0] ?? [0, 0]
      assert.deepEqual(fromStroke3(toStroke3(polylines), { origin }), polylines)
      assert.deepEqual(fromStroke5(toStroke5(polylines, { end: true }), { origin }), polylines)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('property: rows survive stroke-3 → polyline → stroke-3', () => {
  const row = fc.tuple(
    fc.integer({ min: -500, max: 500 }),
    fc.integer({ min: -500, max: 500 }),
    fc.integer({ min: 0, max: 1 }),
  )
  fc.assert(
    fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
      const continueStroke = rows.length > 0 && rows[rows.length - 1][2] === 0
      assert.deepEqual([...toStroke3(fromStroke3(rows), { continueStroke })], rows.flat())
    }),
    { seed: 2, numRuns: 300 },
  )
})

test('property: turned into rows piece by piece or at once, a drawing gives the same rows', () => {
  const real = fc.double({ min: -300, max: 300, noNaN: true })
  const strokeOfReals = fc.array(fc.tuple(real, real), { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(fc.array(strokeOfReals, { minLength: 2, maxLength: 5 }), (polylines) => {
      const options = { scale: 66.1884 }
      const pieces = polylines.map((polyline, i) => {
        const origin = polylines[i - 1]?.at(-1)
        return [...toStroke5([polyline], { ...options, origin })]
      })
      assert.deepEqual(pieces.flat(), [...toStroke5(polylines, options)])
    }),
    { seed: 3, numRuns: 100 },
  )
})

test('property: real coordinates come back within the rounding of float32 offsets', () => {
  const real = fc.double({ min: -1000, max: 1000, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(real, real), { minLength: 3, maxLength: 60 }), (polyline) => {
      const back = fromStroke5(toStroke5([polyline], { scale: 60 }), { origin: polyline[0], scale: 60 })[0]
      // Each offset is at most 2000 and is rounded by at most 2⁻²⁴ of itself.
      const bound = polyline.length * 2000 * 2 ** -24 + 1e-9
      for (const [i, [x, y]] of polyline.entries()) {
        assert.ok(Math.abs(back[i][0] - x) <= bound && Math.abs(back[i][1] - y) <= bound)
      }
    }),
    { seed: 4, numRuns: 100 },
  )
})

test('flat typed arrays, nested typed points and flat plain rows are read like nested arrays', () => {
  const nested = drawing('1,2 3,5 | 4,4')
  const flat = [Int16Array.of(1, 2, 3, 5), Float32Array.of(4, 4)]
  assert.deepEqual(toStroke3(flat), toStroke3(nested))
  assert.deepEqual(toStroke3([[Float64Array.of(1, 2), [3, 5]], [[4, 4]]]), toStroke3(nested))
  assert.deepEqual(fromStroke3([2, 3, 1, 1, -1, 1]), fromStroke3([Int8Array.of(2, 3, 1), [1, -1, 1]]))
})

test('100,000 points', () => {
  const long = Float64Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 1000)
  const rows = toStroke3([long])
  assert.equal(rows.length, 99_999 * 3)
  const [back] = fromStroke3(rows, { origin: [long[0], long[1]] })
  assert.deepEqual(back.at(-1), [long[199_998], long[199_999]])
})

test('bounding box and fitting: longer side 255, upper left corner at the origin, and back', () => {
  const polylines = drawing('10,20 110,70 | 60,20')
  assert.deepEqual(boundingBox(polylines), { minX: 10, minY: 20, maxX: 110, maxY: 70, width: 100, height: 50 })
  const fit = fitTransform(polylines)
  assert.deepEqual(fit, { scale: 2.55, x: -25.5, y: -51 })
  const fitted = boundingBox(applyTransform(polylines, fit))
  assert.ok(Math.abs(fitted.maxX - 255) < 1e-12 && Math.abs(fitted.maxY - 127.5) < 1e-12)
  assert.ok(Math.abs(fitted.minX) < 1e-12 && Math.abs(fitted.minY) < 1e-12)
  const back = applyTransform(applyTransform(polylines, fit), invertTransform(fit))
  for (const [i, value] of back.flat(2).entries()) assert.ok(Math.abs(value - polylines.flat(2)[i]) < 1e-12)
  assert.deepEqual(fitTransform([]), { scale: 1, x: 0, y: 0 })
  assert.deepEqual(fitTransform([[[5, 6]]]), { scale: 1, x: -5, y: -6 })
  assert.equal(fitTransform(polylines, { size: 50 }).scale, 0.5)
})

test('what is no drawing is refused with the place and a way out', () => {
  refused(() => toStroke3(undefined), 'bad-argument', /polylines/, /array of polylines/)
  refused(() => toStroke3('M0 0L1 1'), 'bad-argument')
  refused(() => toStroke3(Float32Array.of(1, 2, 3, 4)), 'bad-argument', /Put it into an array/)
  refused(() => toStroke3(line('1,2 3,4')), 'bad-shape', /polylines\[0\]\[0\]/, /single polyline/)
  refused(() => toStroke3([5]), 'bad-argument', /polylines\[0\]/)
  refused(() => toStroke3([null]), 'bad-argument', /received null/)
  refused(() => toStroke3([Float32Array.of(1, 2, 3)]), 'bad-shape', /odd length/)
  refused(() => toStroke3([[[[1, 2]]]]), 'bad-shape', /one level too deep/)
  refused(() => toStroke3([[[1, 2, 0]]]), 'bad-shape', /polylines\[0\]\[0\]/, /fromStroke3/)
  refused(() => toStroke3([[{ x: 1, y: 2 }]]), 'bad-shape', /\(\{ x, y \}\) => \[x, y\]/)
  refused(() => toStroke3([[[1, 2]], [[1, 2], [3]]]), 'bad-shape', /polylines\[1\]\[1\]/)
  refused(() => toStroke3([[['1', 2]]]), 'bad-argument', /polylines\[0\]\[0\]\[0\]/)
  refused(() => toStroke3([new Array(3)]), 'bad-shape')
  refused(() => toStroke3([new Array(4e9)]), 'too-large')
  refused(() => toStroke3([BigInt64Array.of(1n, 2n)]), 'bad-argument')
})

test('NaN, infinite and absurd coordinates are refused', () => {
  for (const value of [NaN, Infinity, -Infinity, 1_000_001, -1e300]) {
    refused(
      () =>
        toStroke3([
          [
            [0, 0],
            [1, value],
          ],
        ]),
      'bad-value',
      /polylines\[0\]\[1\]\[1\]/,
      /1000000/,
    )
    refused(() => toStroke5([Float64Array.of(0, 0, value, 1)]), 'bad-value', /polylines\[0\]\[2\]/)
    refused(() => toStroke5([], { origin: [value, 0] }), 'bad-value', /origin\[0\]/)
    refused(() => boundingBox([[[value, 0]]]), 'bad-value')
  }
  assert.equal(
    toStroke3([
      [
        [0, 0],
        [1e6, -1e6],
      ],
    ])[0],
    1e6,
  )
})

test('rows of the wrong form are refused; wild offsets of a network are not', () => {
  refused(() => fromStroke3([1, 2]), 'bad-shape', /rows of 3/)
  refused(() => fromStroke3([[1, 2]]), 'bad-shape', /rows\[0\]/)
  refused(() => fromStroke3('abc'), 'bad-argument')
  refused(() => fromStroke3([1, 2, 0.5]), 'bad-value', /row 0/, /0 or 1/)
  refused(() => fromStroke3([1, NaN, 0]), 'bad-value', /rows\[1\]/)
  refused(() => fromStroke5([1, 2, 1, 1, 0]), 'bad-value', /row 0/)
  refused(() => fromStroke5([0, 0, 1, 0, 0, 1, 2, 0, 0, 0]), 'bad-value', /row 1/)
  refused(() => fromStroke5([0, 0, 0.6, 0.8, 0]), 'bad-value')
  assert.deepEqual(fromStroke3([2e5, -3e7, 1], { scale: 100 }), [
    [
      [0, 0],
      [2e7, -3e9],
    ],
  ])
})

test('options: wrong values and misspelt names are refused', () => {
  refused(() => toStroke5([], { scale: 0 }), 'bad-value', /scale/)
  refused(() => toStroke5([], { scale: NaN }), 'bad-value')
  refused(() => toStroke5([], { scale: '2' }), 'bad-argument')
  refused(() => toStroke5([], { sclae: 2 }), 'bad-argument', /"sclae"/, /scale/)
  refused(() => toStroke3([], { end: true }), 'bad-argument', /end/)
  refused(() => toStroke3([], 5), 'bad-argument')
  refused(() => fromStroke5([], { origin: [1] }), 'bad-shape', /origin/)
  refused(() => fitTransform([], { size: -1 }), 'bad-value', /size/)
  refused(() => applyTransform([], null), 'bad-argument', /fitTransform/)
  refused(() => invertTransform({ scale: 0, x: 0, y: 0 }), 'bad-value')
  refused(() => toStroke3([], JSON.parse('{"__proto__": 1}')), 'bad-argument', /__proto__/)
})

test('errors carry code, argument, expected and received', () => {
  const caught = (run) => {
    try {
      run()
    } catch (error) {
      return error
    }
  }
  const error = caught(() => requireNumber(-1, 'temperature', { min: 0, fix: 'Use 0 for the most likely one.' }))
  assert.ok(error instanceof Error && error instanceof MdnError)
  const { name, code, argument, expected, received, message } = error
  assert.deepEqual(
    { name, code, argument, expected, received },
    { name: 'MdnError', code: 'bad-value', argument: 'temperature', expected: 'a finite number ≥ 0', received: '-1' },
  )
  assert.equal(
    message,
    'temperature is out of range: expected a finite number ≥ 0, received -1. Use 0 for the most likely one.',
  )
  assert.ok(ERROR_CODES.includes(code))
  assert.equal(requireNumber(3, 'n', { min: 3, max: 3, integer: true }), 3)
  refused(() => requireNumber(3.5, 'n', { integer: true }), 'bad-value', /whole/)
  assert.equal(requireOneOf('a', 'x', ['a', 'b']), 'a')
  for (const name of ['__proto__', 'constructor', 'A', 1, undefined]) {
    refused(() => requireOneOf(name, 'rule', ['a', 'b']), 'bad-argument', /one of 'a', 'b'/)
  }
  refused(() => requireOptions([], 'options', ['a']), 'bad-argument')
  refused(() => requireOptions(null, 'options', []), 'bad-argument')
  const long = caught(() => requireOneOf('x'.repeat(1e6), 'rule', ['a']))
  assert.ok(long.message.length < 300)
})
