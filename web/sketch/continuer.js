// All talk with the model, one thing after the other: open a file, follow the drawing, continue it until the pen is back.

import { startEngine, startEngineHere, workerIsLost } from '../shared/engine.js'
import { nextFrame } from '../shared/frames.js'
import { Voice } from './voice.js'

const COUNT = 8
const LONGEST = 60 // points: more would be a tangle; keeping one brings the next
const STEPS_A_FRAME = 4 // several times faster than the ghosts are drawn, and a few milliseconds of work

/** @typedef {import('./drawing.js').State} State */
/** @typedef {import('./ghosts.js').Continuation} Continuation */

/**
 * What the page hears.
 *
 * @typedef {object} Reports
 * @property {(model: { name: string, classes: readonly string[], anyClass: boolean }) => void} opened
 * @property {(share: number | undefined) => void} progress While a model loads; undefined when it is over.
 * @property {(continuations: Continuation[]) => void} continued
 * @property {(message: string) => void} failed
 */

export class Continuer {
  /** @type {Reports} */
  #reports
  /** @type {import('../shared/engine.js').Engine | undefined} */
  #engine
  /** @type {Voice | undefined} */
  #voice
  #opening = new AbortController()
  #turn = new AbortController()
  /** @type {Promise<void>} */
  #queue = Promise.resolve()
  #seed = crypto.getRandomValues(new Uint32Array(1))[0]

  /** @param {Reports} reports */
  constructor(reports) {
    this.#reports = reports
  }

  /** Reads a model file. If that fails, the model before it stays. @param {Blob} file */
  open(file) {
    this.stop()
    this.#opening.abort()
    this.#opening = new AbortController()
    const { signal } = this.#opening
    this.#enqueue(async () => {
      this.#reports.progress(0)
      try {
        await this.#load(file, { signal })
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

  /** Continues a state of the drawing, instead of the one before. @param {State} state */
  follow(state) {
    this.stop()
    this.#turn = new AbortController()
    const { signal } = this.#turn
    this.#enqueue(async () => {
      if (this.#voice === undefined || signal.aborted) return
      await this.#voice.follow(state)
      if (!signal.aborted) await this.#continue(this.#voice, state, signal)
    })
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
    this.#engine = await startEngineHere()
    const { file, name } = this.#voice ?? {}
    if (file !== undefined) this.#voice = await Voice.load(this.#engine, file, { name })
    await work()
  }

  /**
   * @param {Blob} file
   * @param {{ signal: AbortSignal }} options
   */
  async #load(file, { signal }) {
    this.#engine ??= await startEngine()
    const old = this.#voice
    this.#voice = await Voice.load(this.#engine, file, {
      signal,
      onProgress: ({ loaded, total }) => this.#reports.progress(total === undefined ? 0 : loaded / total),
    })
    old?.model.dispose()
    const { info, classes, anyClass } = this.#voice.model
    this.#reports.opened({ name: info.name, classes, anyClass })
  }

  /**
   * @param {Voice} voice
   * @param {State} state
   * @param {AbortSignal} signal
   */
  async #continue(voice, state, signal) {
    // The same state is continued in the same ways, another one in others.
    const seed = this.#seed + state.strokes.length
    const futures = await voice.futures({ count: COUNT, maxSteps: LONGEST, seed })
    try {
      await futures.advance(1) // the first points at once
      while (!signal.aborted) {
        this.#reports.continued(voice.read(futures, state))
        if (futures.done) return
        await nextFrame()
        if (!signal.aborted) await futures.advance(STEPS_A_FRAME)
      }
    } finally {
      futures.dispose()
    }
  }
}
