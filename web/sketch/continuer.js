// All talk with the model, one thing after the other: open a file, follow the drawing, continue it until the pen is back.

import { download } from '../shared/download.js'
import { startEngine, startEngineHere, workerIsLost } from '../shared/engine.js'
import { nextFrame } from '../shared/frames.js'
import { Voice } from './voice.js'

const STEPS_A_FRAME = 4 // several times faster than the ghosts are drawn, and a few milliseconds of work

/** @typedef {import('./drawing.js').State} State */
/** @typedef {import('./ghosts.js').Continuation} Continuation */
/** @typedef {import('./modes.js').Plan} Plan */
/** @typedef {import('./seeing.js').Expectation} Expectation */
/** @typedef {import('./seeing.js').Surprise} Surprise */

/**
 * @typedef {object} Opened
 * @property {string} name
 * @property {string} hash Of the file.
 * @property {readonly string[]} classes
 * @property {readonly string[]} listed Those to offer first.
 * @property {boolean} anyClass Whether it can do without.
 * @property {string | undefined} chosen
 */

/**
 * What the page hears.
 *
 * @typedef {object} Reports
 * @property {(model: Opened) => void} opened
 * @property {(share: number | undefined) => void} progress While a model loads; undefined when it is over.
 * @property {(continuations: Continuation[], plan: Plan) => void} continued
 * @property {(seen: { expectation: Expectation, surprises: Surprise[] }) => void} seen While it is watched.
 * @property {(pointsPerSecond: number) => void} measured
 * @property {(message: string) => void} failed
 */

export class Continuer {
  /** @type {Reports} */
  #reports
  /** @type {Promise<import('../shared/engine.js').Engine> | undefined} */
  #engine
  /** @type {Voice | undefined} */
  #voice
  #opening = new AbortController()
  #turn = new AbortController()
  /** @type {Promise<void>} */
  #queue = Promise.resolve()
  #isLooking = false
  /** Whether the page wants to know what the model expects. */
  isWatched = false

  /** @param {Reports} reports */
  constructor(reports) {
    this.#reports = reports
  }

  /**
   * Reads a model, of this site or of the person's. If that fails, the model before it stays.
   *
   * @param {URL | Blob} source
   * @param {string} [name] The class to draw, if the model knows it.
   */
  open(source, name) {
    this.stop()
    this.#opening.abort()
    this.#opening = new AbortController()
    const { signal } = this.#opening
    this.#enqueue(async () => {
      this.#reports.progress(0)
      try {
        await this.#load(source, { name, signal })
      } finally {
        if (!signal.aborted) this.#reports.progress(undefined)
      }
    })
  }

  /** Starts anew as one of the model's classes; undefined is none in particular. @param {string | undefined} name */
  choose(name) {
    this.stop()
    this.#enqueue(async () => {
      const old = this.#voice
      this.#voice = await old?.as(name)
      old?.dispose()
    })
  }

  /** Drops whatever is being continued. */
  stop() {
    this.#turn.abort()
  }

  /**
   * Follows the drawing to a state, and continues it.
   *
   * @param {State} state
   * @param {Plan} [plan] None: it is only followed.
   */
  follow(state, plan) {
    this.stop()
    this.#turn = new AbortController()
    const { signal } = this.#turn
    this.#enqueue(async () => {
      if (this.#voice === undefined || signal.aborted) return
      await this.#voice.follow(state)
      if (this.isWatched) await this.#look(this.#voice, state)
      if (plan !== undefined && !signal.aborted) await this.#continue(this.#voice, state, plan, signal)
    })
  }

  /**
   * What the model expects while a stroke is being made; asked too often, it answers as often as it can.
   *
   * @param {State} state
   * @param {number[][]} wet
   */
  look(state, wet) {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#enqueue(async () => {
      try {
        if (this.#voice !== undefined) await this.#look(this.#voice, state, wet)
      } finally {
        this.#isLooking = false
      }
    })
  }

  /** @param {Voice} voice @param {State} state @param {number[][]} [wet] */
  async #look(voice, state, wet) {
    const expectation = await voice.expectation(state, wet)
    this.#reports.seen({ expectation, surprises: voice.surprises(state) })
  }

  /** @param {() => Promise<void>} work */
  #enqueue(work) {
    this.#queue = this.#queue
      .then(work)
      .catch((error) => (workerIsLost(error) ? this.#recover(work) : Promise.reject(error)))
      .catch((error) => {
        if (error.name !== 'AbortError') this.#reports.failed(error.message)
      })
  }

  /** The worker is gone, and the model with it: both go on here. @param {() => Promise<void>} work What was lost. */
  async #recover(work) {
    this.#reports.failed('The worker was lost. The model now runs on the page’s own thread.')
    this.#engine = startEngineHere()
    const { file, name } = this.#voice ?? {}
    if (file !== undefined) this.#voice = await Voice.load(await this.#engine, file, { name })
    await work()
  }

  /**
   * @param {URL | Blob} source
   * @param {{ name: string | undefined, signal: AbortSignal }} options
   */
  async #load(source, { name, signal }) {
    /** @param {{ loaded: number, total?: number }} progress */
    const onProgress = ({ loaded, total }) => this.#reports.progress(total === undefined ? 0 : loaded / total)
    this.#engine ??= startEngine() // while the model comes
    this.#engine.catch(() => {
      this.#engine = undefined // to be tried again; what was wrong is told below
    })
    const engine = this.#engine
    const file = source instanceof Blob ? source : await fetched(source, { signal, onProgress })
    const old = this.#voice
    this.#voice = await Voice.load(await engine, file, { name, signal })
    old?.model.dispose()
    const { info, classes, anyClass } = this.#voice.model
    const { hash, name: chosen } = this.#voice
    this.#reports.opened({ name: info.name, hash, classes, listed: info.listedClasses, anyClass, chosen })
  }

  /**
   * @param {Voice} voice
   * @param {State} state
   * @param {Plan} plan
   * @param {AbortSignal} signal
   */
  async #continue(voice, state, plan, signal) {
    const speaker = plan.as === undefined ? voice : await voice.as(plan.as)
    await speaker.follow(state)
    const futures = await speaker.futures(plan)
    try {
      let worked = 0
      /** @param {number} steps */
      const advance = async (steps) => {
        const since = performance.now()
        await futures.advance(steps)
        worked += performance.now() - since
      }
      await advance(1) // the first points at once
      while (!signal.aborted) {
        if (plan.centre === undefined || futures.done) this.#reports.continued(speaker.read(futures, state, plan), plan)
        if (futures.done) {
          const points = futures.lengths.reduce((sum, length) => sum + length, 0)
          this.#reports.measured((1000 * points) / worked)
          return
        }
        await nextFrame()
        if (!signal.aborted) await advance(STEPS_A_FRAME)
      }
    } finally {
      futures.dispose()
      if (speaker !== voice) speaker.dispose()
    }
  }
}

/** @type {typeof download} */
async function fetched(url, options) {
  try {
    return await download(url, options)
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error
    throw new Error('The model could not be loaded. Draw on; reload the page to try again.', { cause: error })
  }
}
