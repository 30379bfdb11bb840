// Ramer–Douglas–Peucker against the exact recursive form and the brute-force distance of tests/reference/rdp.js.

import assert from 'node:assert/strict'
import test from 'node:test'

import fc from 'fast-check'

import { MdnError } from '../../js/errors.js'
import { distance2, HullTree, TIE } from '../../js/strokes/hulls.js'
import { simplify, simplifyIndices } from '../../js/strokes/rdp.js'
import { seededRandom } from '../mutants.js'
import { line } from '../polylines.js'
import { distanceToPolyline, simplifyIndices as exactIndices } from '../reference/rdp.js'

// Strokes on which each split takes off only a point or two, so that the plain search would need n²/2 distances; `n` is
// the number of points. Rounded to whole numbers, as the exact reference needs.
const TRIANGLE = line('0,0 100,0 50,80')
const WORST = {
  triangle: (i) => TRIANGLE[i % 3],
  shrinking: (i, n) => TRIANGLE[i % 3].map((v) => Math.round((v * 20 * (n - i)) / n)),
  zigzag: (i) => [i, i % 2 === 0 ? 500 : -500],
  growing: (i) => [i, i % 2 === 0 ? i : -i],
  backAndForth: (i) => [i % 2 === 0 ? i : -i, 0],
  spiral: (i, n) => [Math.cos, Math.sin].map((f) => Math.round(f(i / 3) * 1000 * (i / n))),
}

const points = (n, at) => Array.from({ length: n }, (_, i) => at(i, n))

test('a hand-worked case: the peak first, then what is still farther than ε from the two sides', () => {
  // From (0,0)–(8,0): (4,4) is 4 away. From (0,0)–(4,4): (2,1) is |2−1|/√2 = 0.707 away. From (4,4)–(8,0): (6,4) is √2.
  const peak = line('0,0 2,1 4,4 6,4 8,0')
  assert.deepEqual([...simplifyIndices(peak, 0.7)], [0, 1, 2, 3, 4])
  assert.deepEqual([...simplifyIndices(peak, 1)], [0, 2, 3, 4])
  assert.deepEqual([...simplifyIndices(peak, 1.5)], [0, 2, 4])
  assert.deepEqual([...simplifyIndices(peak, 4)], [0, 4], 'exactly ε away is dropped')
  assert.deepEqual(simplify(peak, 1.5), [peak[0], peak[2], peak[4]])
})

test('distance is to the segment, so spikes beyond its ends and closed loops are kept', () => {
  assert.deepEqual([...simplifyIndices(line('0,0 10,0 5,0'), 2)], [0, 1, 2])
  assert.deepEqual([...simplifyIndices(line('0,0 9,0 9,9 0,9 0,0'), 2)], [0, 1, 2, 3, 4])
})

test('short and degenerate strokes', () => {
  assert.deepEqual(simplify([], 2), [])
  assert.deepEqual(simplify([[3, 4]], 2), [[3, 4]])
  assert.deepEqual(simplify(line('3,4 3,4'), 2), line('3,4 3,4'))
  assert.deepEqual(
    simplify(
      points(50, () => [5, 5]),
      0,
    ),
    line('5,5 5,5'),
  )
  assert.deepEqual(
    simplify(
      points(50, (i) => [i, 3 * i]),
      0,
    ),
    line('0,0 49,147'),
  )
})

test('a flat typed array comes back as one of its own type; nothing is shared with the input', () => {
  const flat = simplify(Int16Array.of(0, 0, 1, 0, 2, 5), 1)
  assert.deepEqual(flat, Int16Array.of(0, 0, 2, 5))
  const two = line('0,0 1,5')
  simplify(two, 1)[0][0] = 99
  assert.deepEqual(two[0], [0, 0])
})

test('property: the same points as exact recursion keeps', () => {
  const coordinate = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(coordinate, coordinate), { maxLength: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (polyline, epsilon) => {
        assert.deepEqual([...simplifyIndices(polyline, epsilon)], exactIndices(polyline, epsilon))
      },
    ),
    { seed: 5, numRuns: 400 },
  )
})

test('property: the same where points repeat and many are equally far', () => {
  const coordinate = fc.integer({ min: 0, max: 3 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(coordinate, coordinate), { maxLength: 80 }),
      fc.integer({ min: 0, max: 3 }),
      (polyline, epsilon) => {
        assert.deepEqual([...simplifyIndices(polyline, epsilon)], exactIndices(polyline, epsilon))
      },
    ),
    { seed: 6, numRuns: 400 },
  )
})

test('the same on strokes that bring in the hull tree', () => {
  for (const [name, at] of Object.entries(WORST)) {
    const polyline = points(500, at)
    for (const epsilon of [0, 2, 30]) {
      assert.deepEqual(
        [...simplifyIndices(polyline, epsilon)],
        exactIndices(polyline, epsilon),
        `${name}, ε = ${epsilon}`,
      )
    }
  }
})

test('the hull tree finds the same point as a plain search, in any range', () => {
  const random = seededRandom(7)
  const kinds = {
    noise: () => random() * 255,
    grid: () => Math.floor(random() * 8),
    dots: () => Math.floor(random() * 2) * 100,
  }
  for (const [name, value] of Object.entries(kinds)) {
    const n = 700
    const xy = Float64Array.from({ length: 2 * n }, value)
    const tree = new HullTree(xy)
    for (let run = 0; run < 400; run++) {
      const first = Math.floor(random() * (n - 2))
      const last = first + 2 + Math.floor(random() * (n - first - 2))
      const limit = run % 4 === 0 ? random() * 1e5 : 0
      const distances = Array.from({ length: last - first - 1 }, (_, i) => {
        const at = (point) => [xy[2 * point], xy[2 * point + 1]]
        return distance2(...at(first + 1 + i), ...at(first), ...at(last))
      })
      const greatest = Math.max(...distances)
      const expected = greatest > limit ? first + 1 + distances.findIndex((d) => d >= greatest * (1 - TIE)) : -1
      assert.equal(tree.farthest(first, last, limit), expected, `${name}: ${first} to ${last}`)
    }
  }
})

test('property: every dropped point is within ε of the line, by brute force', () => {
  const coordinate = fc.double({ min: -300, max: 300, noNaN: true })
  const anyLine = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(anyLine, fc.double({ min: 0, max: 200, noNaN: true }), (polyline, epsilon) => {
      const kept = simplify(polyline, epsilon)
      assert.deepEqual(kept[0], polyline[0])
      assert.deepEqual(kept.at(-1), polyline.at(-1))
      for (const point of polyline) assert.ok(distanceToPolyline(point, kept) <= epsilon * (1 + 1e-9) + 1e-9)
    }),
    { seed: 8, numRuns: 300 },
  )
})

test('100,000 points take well under a second, worst cases included', () => {
  for (const [name, at] of Object.entries(WORST)) {
    const flat = Float64Array.from(points(100_000, at).flat())
    const start = process.cpuUsage()
    simplifyIndices(flat, 2)
    const seconds = process.cpuUsage(start).user / 1e6
    // 0.1 to 0.2 s on a processor on which the plain search takes 8 to 18 s.
    assert.ok(seconds < 3, `${name}: ${seconds} s`)
  }
})

test('refused: what is no polyline, and a tolerance that is no number ≥ 0', () => {
  const cases = [
    [() => simplify(null, 2), 'bad-argument'],
    [() => simplify([1, 2, 3], 2), 'bad-shape'],
    [
      () =>
        simplify(
          [
            [0, 0],
            [1, NaN],
          ],
          2,
        ),
      'bad-value',
    ],
    [() => simplify([[0, 0]], -1), 'bad-value'],
    [() => simplify([[0, 0]], NaN), 'bad-value'],
    [() => simplify([[0, 0]]), 'bad-argument'],
    [() => simplify([[0, 0]], '2'), 'bad-argument'],
  ]
  for (const [run, code] of cases) assert.throws(run, (error) => error instanceof MdnError && error.code === code)
})
