// Slow and plain: Ramer–Douglas–Peucker by recursion with exact rational arithmetic, for polylines of whole numbers; and
// the distance of a point from a polyline by looking at every segment.

/**
 * Kept indices, ascending. The farthest point is the first of the exactly farthest ones.
 *
 * @param {number[][]} points Whole numbers.
 * @param {number} epsilon A whole number.
 * @returns {number[]}
 */
export function simplifyIndices(points, epsilon) {
  const exact = points.map(([x, y]) => [BigInt(x), BigInt(y)])
  const limit = { top: BigInt(epsilon) ** 2n, bottom: 1n }
  const between = (/** @type {number} */ first, /** @type {number} */ last) => {
    let greatest = limit
    let split = -1
    for (let i = first + 1; i < last; ++i) {
      const square = squaredDistance(exact[i], exact[first], exact[last])
      if (square.top * greatest.bottom > greatest.top * square.bottom) {
        greatest = square
        split = i
      }
    }
    return split < 0 ? [] : [...between(first, split), split, ...between(split, last)]
  }
  if (points.length < 2) return points.map((_, i) => i)
  return [0, ...between(0, points.length - 1), points.length - 1]
}

/** Squared distance from a segment as a fraction: that of the nearest point a + t(b − a), t cut to [0, 1]. */
function squaredDistance(p, a, b) {
  const d = [b[0] - a[0], b[1] - a[1]]
  const q = [p[0] - a[0], p[1] - a[1]]
  const bottom = d[0] * d[0] + d[1] * d[1]
  let t = q[0] * d[0] + q[1] * d[1] // times `bottom`
  if (bottom === 0n || t < 0n) return { top: q[0] * q[0] + q[1] * q[1], bottom: 1n }
  if (t > bottom) t = bottom
  const x = q[0] * bottom - t * d[0]
  const y = q[1] * bottom - t * d[1]
  return { top: x * x + y * y, bottom: bottom * bottom }
}

/**
 * @param {number[]} point
 * @param {number[][]} polyline
 */
export function distanceToPolyline([px, py], polyline) {
  let nearest = Math.hypot(px - polyline[0][0], py - polyline[0][1])
  for (let i = 1; i < polyline.length; ++i) {
    const [ax, ay] = polyline[i - 1]
    const [bx, by] = polyline[i]
    const square = (bx - ax) ** 2 + (by - ay) ** 2
    const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / square))
    nearest = Math.min(nearest, Math.hypot(px - ax - t * (bx - ax), py - ay - t * (by - ay)))
  }
  return nearest
}
