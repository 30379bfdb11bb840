/**
 * Progress as one line that is written over: only where a person watches, silence in a pipe or a log.
 *
 * @module
 */

import { plain } from './text.js'

const MILLISECONDS_BETWEEN = 100

export class Progress {
  #last = Number.NEGATIVE_INFINITY
  #shown = false

  /** @param {NodeJS.WriteStream} [stream] */
  constructor(stream = process.stderr) {
    this.stream = stream
  }

  /**
   * Shows the text in place of the one before, at most ten times a second.
   *
   * @param {string} text
   */
  show(text) {
    const now = performance.now()
    if (!this.stream.isTTY || now - this.#last < MILLISECONDS_BETWEEN) return
    this.#last = now
    this.#shown = true
    const columns = this.stream.columns > 0 ? this.stream.columns : 80 // 0 where the terminal does not say
    this.stream.write(`\r${plain(text).slice(0, columns - 1)}\x1b[K`)
  }

  /** Takes the line away; to be called before anything else is printed, errors included. */
  clear() {
    if (this.#shown) this.stream.write('\r\x1b[K')
    this.#shown = false
    this.#last = Number.NEGATIVE_INFINITY
  }
}

/**
 * Runs `work` with a progress line that is gone when it ends, well or not.
 *
 * @template Result
 * @param {(progress: Progress) => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withProgress(work) {
  const progress = new Progress()
  try {
    return await work(progress)
  } finally {
    progress.clear()
  }
}
