// The drawing made again, stroke after stroke, as a film.

const SPEED = 260 // paper units a second
const LIFTED = 60 // the way that lifting the pen is worth

/** @typedef {import('./drawing.js').Stroke} Stroke */

export class Replay {
  #strokes
  #speed
  /** @type {number | undefined} */
  #since

  /** @param {readonly Stroke[]} strokes @param {number} times How fast. */
  constructor(strokes, times) {
    this.#strokes = strokes
    this.#speed = SPEED * times
  }

  /**
   * What is there by now; the first call starts it.
   *
   * @param {number} now ms
   * @returns {{ strokes: Stroke[], done: boolean }}
   */
  at(now) {
    this.#since ??= now
    let left = ((now - this.#since) / 1000) * this.#speed
    /** @type {Stroke[]} */
    const strokes = []
    for (const { by, points } of this.#strokes) {
      /** @type {(readonly number[])[]} */
      const part = [points[0]]
      for (let i = 1; i < points.length && left > 0; i += 1) {
        const length = Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1])
        const share = length === 0 ? 1 : Math.min(1, left / length)
        part.push(points[i].map((value, axis) => points[i - 1][axis] + share * (value - points[i - 1][axis])))
        left -= length
      }
      strokes.push({ by, points: part })
      left -= LIFTED
      if (left <= 0) return { strokes, done: false }
    }
    return { strokes, done: true }
  }
}
