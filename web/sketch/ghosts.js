// The continuations on the paper: hairlines that grow at the speed of a hand, the likely ones stronger than the unlikely.

import { drawnLine, drawPolylines } from '../shared/ink.js'

const SPEED = 36 // points a second
const DREAM_SPEED = 20
const EASE = 8 // the last points: the fewer are left, the slower
const WIDTH = 1.3 // px
const FRONT_WIDTH = 2 // px
const STRONGEST = 0.9
const FAINTEST = 0.28
const BEHIND = 0.14 // opacity of the others while one is in front
const SETTLING = 150 // ms
const NUMBERED = 9 // those with a key of their own

/** @typedef {import('../shared/ink.js').Points} Points */

/**
 * @typedef {object} Continuation
 * @property {Points[]} polylines Paper units.
 * @property {number} nats Log-probability per point.
 * @property {boolean} ended Nothing more will come.
 */

/**
 * @typedef {object} Ghost
 * @property {Continuation} continuation
 * @property {number} points In all its polylines.
 * @property {number} shown Points on the paper; a fraction is part of a segment.
 * @property {number} opacity
 * @property {readonly number[]} [label] The middle of its number, paper units, once it is there.
 */

export class Ghosts {
  /** @type {Ghost[]} */
  #ghosts = []
  /** @type {{ polylines: Points[], since: number } | undefined} */
  #settling
  #last = 0
  #speed = SPEED
  /** @type {number | undefined} The one brought forward. */
  front

  get count() {
    return this.#ghosts.filter(({ points }) => points > 0).length
  }

  /** Whether they have grown to their ends. */
  get grown() {
    return this.#ghosts.every(({ continuation, points, shown }) => continuation.ended && shown >= points)
  }

  /**
   * What is known of all continuations now; they keep growing from where they are.
   *
   * @param {readonly Continuation[]} continuations
   * @param {{ atOnce?: boolean, isDream?: boolean }} [options] `atOnce`: show each only when it has ended, and then whole.
   */
  update(continuations, { atOnce = false, isDream = false } = {}) {
    this.#speed = isDream ? DREAM_SPEED : SPEED
    this.#ghosts = continuations.map((continuation, i) => {
      const points = continuation.polylines.reduce((sum, polyline) => sum + polyline.length, 0)
      const { shown = 0, opacity = STRONGEST } = this.#ghosts[i] ?? {}
      return { continuation, points, shown: atOnce ? (continuation.ended ? points : 0) : shown, opacity }
    })
  }

  /** The next in the order of their ranks, seen from the one in front. @param {number} step 1 or −1. */
  neighbour(step) {
    const order = this.#order().filter((i) => this.#ghosts[i].points > 0)
    if (order.length === 0) return undefined
    const at = this.front === undefined ? -1 : order.indexOf(this.front)
    return order[at < 0 ? (step > 0 ? 0 : order.length - 1) : (at + step + order.length) % order.length]
  }

  /** Takes all of them off the paper, or all but one. @param {number} [except] */
  drop(except) {
    if (except === undefined) this.#ghosts = []
    this.#ghosts = this.#ghosts.map((ghost, i) =>
      i === except ? ghost : { ...ghost, points: 0, shown: 0, label: undefined },
    )
    this.front = except
  }

  /**
   * The ghost nearest to a place.
   *
   * @param {readonly number[]} place Paper units.
   * @param {number} radius
   */
  at([x, y], radius) {
    let nearest = radius
    /** @type {number | undefined} */
    let found
    this.#ghosts.forEach((ghost, i) => {
      if (ghost.label !== undefined && Math.hypot(x - ghost.label[0], y - ghost.label[1]) < nearest) found = i
      for (const polyline of shownPart(ghost)) {
        const line = drawnLine(polyline)
        for (let j = 0; j < line.length; j += 1) {
          const distance = distanceToSegment(x, y, line[Math.max(j - 1, 0)], line[j])
          if (distance < nearest) {
            nearest = distance
            found = i
          }
        }
      }
    })
    return found
  }

  /**
   * Takes what is shown of one off, to become ink: nothing if nothing is shown yet.
   *
   * @param {number} index
   * @param {{ now: number, settle: boolean }} options
   * @returns {Points[]}
   */
  take(index, { now, settle }) {
    const ghost = this.#ghosts[index]
    const polylines = ghost === undefined ? [] : shownPart(ghost)
    if (polylines.length > 0) {
      this.drop()
      if (settle) this.#settling = { polylines, since: now }
    }
    return polylines
  }

  /**
   * Moves everything on to `now` and draws it.
   *
   * @param {import('../shared/paper.js').Paper} paper
   * @param {number} layer
   * @param {number} now
   * @param {string} colour
   * @returns {boolean} Whether anything is still moving.
   */
  draw(paper, layer, now, colour) {
    const seconds = Math.min((now - this.#last) / 1000, 0.1)
    this.#last = now
    const context = paper.cleared(layer)
    context.strokeStyle = colour
    const pixel = 1 / paper.scale
    const moving = this.#move(seconds)
    // The one in front is drawn last, over the others.
    const order = [...this.#ghosts.keys()].sort((a, b) => Number(a === this.front) - Number(b === this.front))
    for (const i of order) {
      const { continuation, shown, opacity } = this.#ghosts[i]
      context.globalAlpha = opacity
      drawPolylines(context, continuation.polylines, (i === this.front ? FRONT_WIDTH : WIDTH) * pixel, shown)
    }
    const settling = this.#drawSettling(context, now, pixel)
    context.globalAlpha = 1
    this.#drawNumbers(context, paper, colour)
    return moving || settling
  }

  /** @param {number} seconds */
  #move(seconds) {
    let moving = false
    const ranks = this.#ranks()
    this.#ghosts.forEach((ghost, i) => {
      const left = ghost.points - ghost.shown
      if (left > 0) {
        const speed = ghost.continuation.ended ? Math.min(this.#speed, EASE * (1 + left)) : this.#speed
        ghost.shown = Math.min(ghost.points, ghost.shown + speed * seconds)
        moving = true
      }
      const opacity = this.front === undefined ? ranks[i] : i === this.front ? 1 : BEHIND
      const difference = opacity - ghost.opacity
      if (Math.abs(difference) > 0.01) {
        ghost.opacity += difference * Math.min(1, 10 * seconds)
        moving = true
      }
    })
    return moving
  }

  /** The opacity that each has by its rank. */
  #ranks() {
    const order = this.#order()
    const step = (STRONGEST - FAINTEST) / Math.max(1, order.length - 1)
    const opacities = new Array(order.length)
    order.forEach((index, rank) => {
      opacities[index] = STRONGEST - step * rank
    })
    return opacities
  }

  /** Their indices, the likeliest first. */
  #order() {
    const nats = this.#ghosts.map(({ continuation }) => continuation.nats)
    return [...nats.keys()].sort((a, b) => nats[b] - nats[a])
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} now
   * @param {number} pixel
   */
  #drawSettling(context, now, pixel) {
    if (this.#settling === undefined) return false
    const left = 1 - (now - this.#settling.since) / SETTLING
    if (left <= 0) {
      this.#settling = undefined
      return false
    }
    context.globalAlpha = Math.min(1, left)
    drawPolylines(context, this.#settling.polylines, FRONT_WIDTH * pixel)
    return true
  }

  /**
   * Their keys, at the ends of those that have grown.
   *
   * @param {CanvasRenderingContext2D} context
   * @param {import('../shared/paper.js').Paper} paper
   * @param {string} colour
   */
  #drawNumbers(context, paper, colour) {
    if (this.#ghosts.length === 1) return
    context.setTransform(paper.ratio, 0, 0, paper.ratio, 0, 0)
    context.font = '600 12px system-ui, sans-serif'
    context.textAlign = 'left'
    context.textBaseline = 'middle'
    context.fillStyle = colour
    this.#ghosts.slice(0, NUMBERED).forEach((ghost, i) => {
      const { continuation, points, shown, opacity } = ghost
      if (!continuation.ended || shown < points) return
      // Where one ends off the paper, its key stands where it was last seen.
      const places = continuation.polylines.flat().map(([x, y]) => paper.toPixels(x, y))
      const end = places.findLast(([x, y]) => x > 0 && y > 8 && x < paper.width - 16 && y < paper.height - 8)
      if (end === undefined) return
      context.globalAlpha = Math.min(1, opacity + 0.2)
      context.fillText(String(i + 1), end[0] + 6, end[1])
      ghost.label = paper.toUnits(end[0] + 10, end[1])
    })
  }
}

/**
 * The polylines of a ghost as far as they are shown, with the whole of the segment that is under way.
 *
 * @param {Ghost} ghost
 * @returns {Points[]}
 */
function shownPart({ continuation, points, shown }) {
  /** @type {Points[]} */
  const parts = []
  let left = Math.ceil(shown)
  for (const polyline of continuation.polylines) {
    if (left <= 0) break
    parts.push(polyline.slice(0, left))
    left -= polyline.length
  }
  // A stroke of which only the beginning is there is no dot.
  const isCut = shown < points || !continuation.ended
  if (isCut && parts.at(-1)?.length === 1) parts.pop()
  return parts
}

/** @param {number} x @param {number} y @param {readonly number[]} a @param {readonly number[]} b */
function distanceToSegment(x, y, [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay]
  const length2 = dx * dx + dy * dy
  const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length2))
  return Math.hypot(x - ax - t * dx, y - ay - t * dy)
}
