// What is seen on the paper, a frame at a time: ink, the stroke being made, ghosts, and what the model expects.

import { framesOf } from '../shared/frames.js'
import { Paper } from '../shared/paper.js'
import { colours, onThemeChange } from '../shared/theme.js'
import { Ghosts } from './ghosts.js'
import { drawHeat } from './heat.js'
import { InkLayer } from './ink-layer.js'
import { Replay } from './replay.js'
import { drawExpectation, drawNote, drawSurprises, greatest, surpriseAt } from './seeing.js'

const [SEEN, INK, GHOSTS] = [0, 1, 2] // layers of the paper
const LATENCY = 'pen up to first ghost point' // a measure in the browser's own timeline

/** @typedef {{ expectation: import('./seeing.js').Expectation, surprises: import('./seeing.js').Surprise[] }} Seen */

/**
 * What the stage tells.
 *
 * @typedef {object} Cues
 * @property {(points: number[][]) => void} making The stroke that is being made has grown, and its mixture is wanted.
 * @property {(milliseconds: number) => void} answered From pen up to the first point of a ghost.
 * @property {() => void} grown All ghosts have come to their ends.
 * @property {() => void} replayed
 */

export class Stage {
  ghosts = new Ghosts()
  /** The stroke being made. @type {(import('./ink-layer.js').Wet & { isDrawn: boolean }) | undefined} */
  wet
  theme = colours()
  /** What the person wants to see of the model. @type {import('./hood.js').Views} */
  #views = { mixture: false, heat: false, surprise: false }
  /** @type {Seen | undefined} */
  #seen
  /** The point under the mouse, of those that surprised. @type {import('./seeing.js').Surprise | undefined} */
  #pointed
  /** @type {Replay | undefined} */
  #replay
  #isWaiting = false // for the ghosts to have grown
  #lifted = 0 // when the pen left the paper; 0 once the first point of a ghost is on it
  #drawing
  #cues
  #paper
  #ink

  /**
   * @param {HTMLElement} element With three canvases.
   * @param {import('./drawing.js').Drawing} drawing
   * @param {Cues} cues
   */
  constructor(element, drawing, cues) {
    this.#drawing = drawing
    this.#cues = cues
    this.#paper = new Paper(element, [...element.querySelectorAll('canvas')], {
      resized: () => this.drawInk(),
      isEmpty: () => drawing.isEmpty && this.wet === undefined,
    })
    this.#ink = new InkLayer(this.#paper, INK)
    onThemeChange(() => {
      this.theme = colours()
      this.drawInk()
    })
  }

  /** Asks for a frame. */
  ask = framesOf((now) => this.#frame(now))

  /** The size of a pixel in paper units. */
  get pixel() {
    return 1 / this.#paper.scale
  }

  get isReplaying() {
    return this.#replay !== undefined
  }

  /** @param {{ x: number, y: number }} point Pixels of the page. */
  toUnits({ x, y }) {
    return this.#paper.toUnits(x, y)
  }

  /** The drawing as it is now. */
  show() {
    this.#replay = undefined
    this.#isWaiting = false
    this.ghosts.drop()
    this.forget()
    if (this.#drawing.isEmpty) this.#paper.fit()
    this.drawInk()
  }

  drawInk() {
    if (this.#replay !== undefined) return
    this.#ink.draw(this.#drawing.state.strokes, this.theme)
    if (this.wet !== undefined) this.wet.drawn = 0
    this.ask()
  }

  /** The pen has left the paper: from here the time to the first ghost is taken. */
  lift() {
    this.wet = undefined
    this.#lifted = performance.now()
  }

  /** @param {readonly import('./ghosts.js').Continuation[]} continuations @param {{ atOnce: boolean, isDream: boolean }} options */
  update(continuations, options) {
    this.ghosts.update(continuations, options)
    this.#isWaiting = true
    this.ask()
  }

  /** No ghosts, no film, and nobody waits for them. */
  stop() {
    this.#isWaiting = false
    if (this.#replay === undefined) return
    this.#replay = undefined
    this.drawInk()
  }

  /** Makes the drawing again. @param {number} times How fast. */
  play(times) {
    this.ghosts.drop()
    this.#paper.cleared(GHOSTS)
    this.forget()
    this.#replay = new Replay(this.#drawing.state.strokes, times)
    this.ask()
  }

  /** @param {import('./hood.js').Views} views */
  see(views) {
    this.#views = views
    this.forget()
    this.ask()
  }

  /** What the model expects and was surprised by now. @param {Seen} seen */
  tell(seen) {
    this.#seen = seen
    this.ask()
  }

  /** What it expected is of the past. */
  forget() {
    this.#seen = undefined
    this.#pointed = undefined
    this.#paper.cleared(SEEN)
  }

  /** The mouse is at a place, or nowhere. @param {readonly number[] | undefined} place Paper units. */
  point(place) {
    const before = this.#pointed
    const isWanted = place !== undefined && this.#views.surprise && this.#seen !== undefined
    this.#pointed = isWanted ? surpriseAt(this.#seen?.surprises ?? [], place, this.pixel) : undefined
    if (this.#pointed !== before) this.ask()
  }

  /** @param {number} now */
  #frame(now) {
    if (this.#replay !== undefined) return this.#film(this.#replay, now)
    const { ghosts, wet } = this
    if (wet?.isDrawn) {
      this.#ink.add(wet, this.theme)
      if (this.#views.mixture || this.#views.heat) this.#cues.making(wet.points)
    }
    this.#drawSeen()
    const moving = ghosts.draw(this.#paper, GHOSTS, now, this.theme.accent)
    if (wet?.isDrawn) this.#ink.addTip(wet, this.theme, GHOSTS)
    if (this.#lifted > 0 && ghosts.count > 0) {
      performance.clearMeasures(LATENCY)
      this.#cues.answered(performance.measure(LATENCY, { start: this.#lifted }).duration)
      this.#lifted = 0
    }
    if (this.#isWaiting && ghosts.grown) {
      this.#isWaiting = false
      this.#cues.grown()
    }
    return moving
  }

  /** @param {Replay} replay @param {number} now */
  #film(replay, now) {
    const { strokes, done } = replay.at(now)
    this.#ink.draw(strokes, this.theme)
    if (done) {
      this.#replay = undefined
      this.#cues.replayed()
    }
    return !done
  }

  #drawSeen() {
    const { mixture, heat, surprise } = this.#views
    if (this.#seen === undefined || !(mixture || heat || surprise)) return
    const { surprises, expectation } = this.#seen
    const { accent } = this.theme
    const context = this.#paper.cleared(SEEN)
    if (heat) drawHeat(context, expectation, accent, this.#paper)
    const isMarked = surprise && surprises.length > 0
    if (isMarked) drawSurprises(context, surprises, accent, this.pixel)
    if (mixture) drawExpectation(context, expectation, accent, this.pixel)
    if (!isMarked) return
    const at = this.#pointed ?? greatest(surprises)
    const words = `${at.nats.toFixed(1)} nats`
    drawNote(this.#paper, context, at, this.#pointed ? words : `Most surprising: ${words}`, this.theme)
  }
}
