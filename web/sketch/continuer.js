// All talk with the model: it follows the drawing state by state, and continues the one it is asked for.

import { strokes as convert } from '../../js/worker/index.js'
import { startEngine, startEngineHere, workerIsLost } from '../shared/engine.js'
import { nextFrame } from '../shared/frames.js'
import { BOX } from '../shared/paper.js'
import { penOf, rowsOf } from './drawing.js'

const COUNT = 8
const LONGEST = 60 // points: more would be a tangle; keeping one brings the next
const STEPS_A_FRAME = 4 // several times faster than the ghosts are drawn, and a few milliseconds of work
const FARTHEST = 4096 // paper units; a continuation that runs off further is cut there

/** @typedef {import('./drawing.js').State} State */
/** @typedef {import('./ghosts.js').Continuation} Continuation */

/**
 * What the page hears.
 *
 * @typedef {object} Reports
 * @property {(loaded: { name: string, classes: readonly string[], anyClass: boolean }) => void} opened
 * @property {(share: number | undefined) => void} progress While a model loads; undefined when it is over.
 * @property {(continuations: Continuation[]) => void} continued
 * @property {(message: string) => void} failed
 */

export class Continuer {
  /** @type {Reports} */
  #reports
  /** @type {import('../shared/engine.js').Engine | undefined} */
  #engine
  /** @type {Blob | undefined} */
  #file
  #model
  /** Paper units of a model unit. */
  #unit = 1
  /** @type {string | undefined} */
  #class
  #session
  /** The session's state after each drawing state that it has seen. @type {WeakMap<State, object>} */
  #snapshots = new WeakMap()
  /** The session's state on empty paper. */
  #blank
  /** Where the session is. @type {State | undefined} */
  #at
  #loading = new AbortController()
  #turn = new AbortController()
  /** Everything happens one after the other. @type {Promise<void>} */
  #queue = Promise.resolve()
  #seed = crypto.getRandomValues(new Uint32Array(1))[0]

  /** @param {Reports} reports */
  constructor(reports) {
    this.#reports = reports
  }

  /** Reads a model file. If that fails, the model before it stays. @param {Blob} file */
  open(file) {
    this.stop()
    this.#loading.abort()
    this.#loading = new AbortController()
    const { signal } = this.#loading
    this.#enqueue(async () => {
      this.#reports.progress(0)
      try {
        await this.#load(file, undefined, signal)
      } finally {
        if (!signal.aborted) this.#reports.progress(undefined)
      }
      const { info, classes, anyClass } = this.#model
      this.#reports.opened({ name: info.name, classes, anyClass })
    })
  }

  /** Starts anew as one of the model's classes; undefined is none in particular. @param {string | undefined} name */
  choose(name) {
    this.stop()
    this.#enqueue(() => this.#start(name))
  }

  /** Drops whatever is being continued. */
  stop() {
    this.#turn.abort()
  }

  /** Continues a state of the drawing, instead of the one before. @param {State} state */
  follow(state) {
    this.stop()
    this.#turn = new AbortController()
    const { signal } = this.#turn
    this.#enqueue(async () => {
      if (this.#model === undefined || signal.aborted) return
      await this.#goTo(state)
      await this.#continue(state, signal)
    })
  }

  /** @param {() => Promise<void>} work */
  #enqueue(work) {
    this.#queue = this.#queue.then(work).catch(async (error) => {
      if (error?.name === 'AbortError') return
      try {
        if (!workerIsLost(error)) throw error
        this.#reports.failed('The worker was lost. The model now runs on the page’s own thread.')
        this.#engine = await startEngineHere()
        if (this.#file !== undefined) await this.#load(this.#file, this.#class)
        await work()
      } catch (last) {
        this.#reports.failed(last.message)
      }
    })
  }

  /**
   * @param {Blob} file
   * @param {string} [name] Of the class; default: none in particular where the model can do without.
   * @param {AbortSignal} [signal]
   */
  async #load(file, name, signal) {
    this.#engine ??= await startEngine()
    const onProgress = ({ loaded, total }) => this.#reports.progress(total ? loaded / total : 0)
    const model = await this.#engine.load(file, { signal, onProgress })
    if (model.info.head.type !== 'sketch-rnn' || model.inputs !== 5) {
      model.dispose()
      throw new Error(`${model.info.name} is a model, but not one that draws. Choose a sketch model.`)
    }
    const unit = (model.scale * BOX) / (await drawingSize(this.#engine, model, signal))
    this.#model?.dispose()
    this.#model = model
    this.#unit = unit
    this.#file = file
    await this.#start(name ?? (model.anyClass ? undefined : model.classes[0]))
  }

  /** @param {string | undefined} name */
  async #start(name) {
    const session = await this.#model.start({ class: name, seed: this.#seed })
    this.#session?.dispose()
    this.#session = session
    this.#class = name
    this.#snapshots = new WeakMap()
    this.#at = undefined
    this.#blank = await session.snapshot()
  }

  /**
   * Brings the session to a state: back to a snapshot, or on by the strokes that it has not seen.
   *
   * @param {State} state
   */
  async #goTo(state) {
    if (this.#at === state) return
    const at = this.#at
    this.#at = undefined // until it has arrived
    const known = state.strokes.length === 0 ? this.#blank : this.#snapshots.get(state)
    if (known !== undefined) {
      await this.#session.restore(known)
    } else {
      if (state.before !== undefined && state.before !== at) await this.#goTo(state.before)
      await this.#session.observe(rowsOf(state, this.#unit))
      this.#snapshots.set(state, await this.#session.snapshot())
    }
    this.#at = state
  }

  /**
   * @param {State} state
   * @param {AbortSignal} signal
   */
  async #continue(state, signal) {
    if (signal.aborted) return
    const penUp = state.strokes.length > 0
    const origin = penOf(state)
    // The same state is continued in the same ways, another one in others.
    const seed = this.#seed + state.strokes.length
    const futures = await this.#session.futures({ count: COUNT, maxSteps: LONGEST, seed })
    try {
      let running = await futures.advance(1) // the first points at once
      while (!signal.aborted) {
        const { logProb, lengths, finished } = futures
        this.#reports.continued(
          Array.from(lengths, (length, i) => {
            const polylines = convert.fromStroke5(futures.rows(i), { scale: this.#unit, origin, penUp })
            const isFar = cut(polylines)
            return { polylines, nats: logProb[i] / length, ended: !running || finished[i] === 1 || isFar }
          }),
        )
        if (!running) return
        await nextFrame()
        if (!signal.aborted) running = await futures.advance(STEPS_A_FRAME)
      }
    } finally {
      futures.dispose()
    }
  }
}

/**
 * How large a model draws, in units of its own data, which few files say: the median of what it draws from nothing. Its
 * drawings are then shown, and it sees the paper, at the size that fills the paper's box.
 *
 * @param {import('../shared/engine.js').Engine} engine
 * @param {any} model
 * @param {AbortSignal} [signal]
 */
async function drawingSize(engine, model, signal) {
  const name = model.anyClass ? undefined : model.classes[0]
  const drawings = await engine.complete(model, [], { class: name, count: 9, seed: 0, signal })
  const sizes = drawings.map(({ polylines }) => Math.max(...[0, 1].map((axis) => extent(polylines.flat(), axis))))
  const median = sizes.sort((a, b) => a - b)[(sizes.length - 1) / 2]
  return median > 0 ? median : BOX
}

/** @param {readonly (readonly number[])[]} points @param {number} axis */
function extent(points, axis) {
  const places = points.map((point) => point[axis])
  return Math.max(...places) - Math.min(...places)
}

/**
 * Ends a drawing where it leaves the paper for good.
 *
 * @param {number[][][]} polylines Changed in place.
 * @returns {boolean} Whether it did.
 */
function cut(polylines) {
  for (const [i, points] of polylines.entries()) {
    const far = points.findIndex(([x, y]) => Math.hypot(x, y) > FARTHEST)
    if (far < 0) continue
    points.length = far
    polylines.length = far === 0 ? i : i + 1
    return true
  }
  return false
}
