/**
 * Which point of a range of a polyline is farthest from a segment, without looking at every point.
 *
 * The distance to a segment is a convex function of the point, so over any set of points it is greatest at a vertex of
 * their convex hull. The points are cut into blocks; a binary tree over the blocks holds the hull of each subtree. Any
 * range is a few whole subtrees and at most two partial blocks, and hulls are small: a scribble of 100,000 points has
 * hulls of a few dozen vertices. (Path hulls for the same purpose: J. Hershberger and J. Snoeyink, "Speeding up the
 * Douglas–Peucker line-simplification algorithm", 1992.) Hulls by the monotone chain: A. M. Andrew, "Another efficient
 * algorithm for convex hulls in two dimensions", Information Processing Letters 9 (1979).
 *
 * @module
 */

/** Squared distances within this relative distance of each other count as equal. */
export const TIE = 1e-12

const BLOCK = 32

/**
 * Squared distance of (px, py) from the segment a–b, which may be a single point.
 *
 * @param {number} px
 * @param {number} py
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 */
export function distance2(px, py, ax, ay, bx, by) {
  const dx = bx - ax
  const dy = by - ay
  const x = px - ax
  const y = py - ay
  const along = x * dx + y * dy
  if (along <= 0) return x * x + y * y
  const length2 = dx * dx + dy * dy
  if (along >= length2) return (px - bx) * (px - bx) + (py - by) * (py - by)
  const across = x * dy - y * dx
  return (across * across) / length2
}

export class HullTree {
  /** @param {Float64Array} xy A polyline, flat. */
  constructor(xy) {
    this.xy = xy
    const count = xy.length / 2
    const blocks = Math.ceil(count / BLOCK)
    /** Number of leaves, a power of two; node 1 is the root, node i has the children 2i and 2i + 1. */
    this.leaves = 1
    while (this.leaves < blocks) this.leaves *= 2
    /** @type {Int32Array[]} Vertices of each node's hull, as indices of points ordered by x, then y. */
    this.hulls = new Array(2 * this.leaves).fill(new Int32Array(0))
    const compare = (/** @type {number} */ i, /** @type {number} */ j) => this.order(i, j)
    for (let block = 0; block < blocks; block++) {
      const start = block * BLOCK
      const indices = Int32Array.from({ length: Math.min(BLOCK, count - start) }, (_, i) => start + i)
      this.hulls[this.leaves + block] = this.hull(indices.sort(compare))
    }
    for (let node = this.leaves - 1; node > 0; node--) {
      this.hulls[node] = this.hull(this.merge(this.hulls[2 * node], this.hulls[2 * node + 1]))
    }
  }

  /**
   * The first of the farthest points strictly between points `first` and `last` from the segment that joins these two,
   * or −1 if none has a squared distance beyond `limit`.
   *
   * @param {number} first
   * @param {number} last
   * @param {number} limit
   */
  farthest(first, last, limit) {
    const { xy } = this
    /** @type {Segment} */
    const segment = [xy[2 * first], xy[2 * first + 1], xy[2 * last], xy[2 * last + 1]]
    const firstBlock = Math.ceil((first + 1) / BLOCK)
    const lastBlock = Math.max(firstBlock, Math.floor(last / BLOCK)) // exclusive
    const headEnd = Math.min(last, firstBlock * BLOCK)
    const tailStart = Math.max(headEnd, lastBlock * BLOCK)
    const nodes = this.cover(firstBlock, lastBlock)

    const head = this.greatestBetween(first + 1, headEnd, segment)
    const tail = this.greatestBetween(tailStart, last, segment)
    const inNodes = nodes.map((node) => this.greatest(this.hulls[node], segment))
    const greatest = Math.max(head, tail, ...inNodes)
    if (!(greatest > limit)) return -1

    const enough = Math.max(greatest * (1 - TIE), limit)
    if (head >= enough) return this.firstReaching(first + 1, segment, enough)
    const at = inNodes.findIndex((value) => value >= enough)
    if (at < 0) return this.firstReaching(tailStart, segment, enough)
    let node = nodes[at]
    while (node < this.leaves) {
      node *= 2
      if (this.greatest(this.hulls[node], segment) < enough) node++
    }
    return this.firstReaching((node - this.leaves) * BLOCK, segment, enough)
  }

  /**
   * Greatest squared distance of the points listed; −1 if there are none.
   *
   * @param {Int32Array} indices
   * @param {Segment} segment
   */
  greatest(indices, [ax, ay, bx, by]) {
    const { xy } = this
    let greatest = -1
    for (let at = 0; at < indices.length; at++) {
      const i = indices[at]
      const d = distance2(xy[2 * i], xy[2 * i + 1], ax, ay, bx, by)
      if (d > greatest) greatest = d
    }
    return greatest
  }

  /**
   * The same for the points from `from` up to, not including, `to`.
   *
   * @param {number} from
   * @param {number} to
   * @param {Segment} segment
   */
  greatestBetween(from, to, [ax, ay, bx, by]) {
    const { xy } = this
    let greatest = -1
    for (let i = from; i < to; i++) {
      const d = distance2(xy[2 * i], xy[2 * i + 1], ax, ay, bx, by)
      if (d > greatest) greatest = d
    }
    return greatest
  }

  /**
   * @param {number} from
   * @param {Segment} segment
   * @param {number} enough A distance that some point at or after `from` reaches.
   */
  firstReaching(from, [ax, ay, bx, by], enough) {
    const { xy } = this
    let i = from
    while (!(distance2(xy[2 * i], xy[2 * i + 1], ax, ay, bx, by) >= enough)) i++
    return i
  }

  /**
   * The fewest nodes whose blocks are exactly those from `firstBlock` up to, not including, `lastBlock`; left to right.
   *
   * @param {number} firstBlock
   * @param {number} lastBlock
   */
  cover(firstBlock, lastBlock) {
    const left = []
    const right = []
    let from = firstBlock + this.leaves
    let to = lastBlock + this.leaves
    while (from < to) {
      if (from % 2 === 1) left.push(from++)
      if (to % 2 === 1) right.push(--to)
      from >>= 1
      to >>= 1
    }
    return left.concat(right.reverse())
  }

  /**
   * @param {number} i
   * @param {number} j
   */
  order(i, j) {
    const { xy } = this
    return xy[2 * i] - xy[2 * j] || xy[2 * i + 1] - xy[2 * j + 1]
  }

  /**
   * @param {Int32Array} a
   * @param {Int32Array} b
   * @returns {Int32Array} Both ordered lists as one.
   */
  merge(a, b) {
    const merged = new Int32Array(a.length + b.length)
    let i = 0
    let j = 0
    for (let at = 0; at < merged.length; at++) {
      const fromA = j === b.length || (i < a.length && this.order(a[i], b[j]) <= 0)
      merged[at] = fromA ? a[i++] : b[j++]
    }
    return merged
  }

  /**
   * Andrew's monotone chain: the vertices of the hull of ordered points, still ordered.
   *
   * @param {Int32Array} ordered
   */
  hull(ordered) {
    if (ordered.length < 3) return ordered
    const lower = this.chain(ordered, 1)
    const upper = this.chain(ordered, -1)
    const both = this.merge(lower, upper.subarray(1, upper.length - 1)) // the two ends are the same in both
    return both.length < ordered.length ? both : ordered
  }

  /**
   * @param {Int32Array} ordered
   * @param {1 | -1} side
   */
  chain(ordered, side) {
    const { xy } = this
    const chain = new Int32Array(ordered.length)
    let size = 0
    for (const p of ordered) {
      while (size >= 2) {
        const [a, b] = [chain[size - 2], chain[size - 1]]
        const [ax, ay] = [xy[2 * a], xy[2 * a + 1]]
        const turn = (xy[2 * b] - ax) * (xy[2 * p + 1] - ay) - (xy[2 * b + 1] - ay) * (xy[2 * p] - ax)
        if (side * turn > 0) break
        size--
      }
      chain[size++] = p
    }
    return chain.slice(0, size)
  }
}

/** @typedef {[number, number, number, number]} Segment ax, ay, bx, by */
