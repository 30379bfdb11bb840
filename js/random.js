/**
 * Random numbers that are the same on every machine: Philox4x32-10 (Salmon et al. 2011) and the core's own normal
 * transform. What is drawn is a pure function of (seed, stream, position).
 *
 * @module
 */

import { requireNumber, requireOptions } from './errors.js'
import { requireSeed } from './options.js'
import { sharedRuntime } from './runtime.js'

const MAX_POSITION = 2 ** 32

/** Needs `await ready()` before the first draw. A plain value: nothing to dispose of. */
export class Random {
  /** The seed; two generators of equal seed, stream and position draw equal numbers. */
  seed
  /** Streams of one seed are independent. */
  stream
  /** Draws so far. May be set, to go back or forward. */
  position

  /**
   * @param {number} [seed] A whole number in [0, 2^53); random if not given.
   * @param {{ stream?: number, position?: number }} [options]
   */
  constructor(seed, options = {}) {
    requireOptions(options, 'options', ['stream', 'position'])
    this.seed = requireSeed(seed, 'seed')
    this.stream = requireSeed(options.stream ?? 0, 'stream')
    this.position = requireNumber(options.position ?? 0, 'position', { min: 0, max: MAX_POSITION, integer: true })
  }

  /** A uniform number in (0, 1). */
  uniform() {
    return this.fillUniform(new Float32Array(1))[0]
  }

  /** A standard normal number. */
  normal() {
    return this.fillNormal(new Float32Array(1))[0]
  }

  /**
   * Fills an array with uniform numbers in (0, 1). One call is one position, whatever the length.
   *
   * @param {Float32Array} out
   */
  fillUniform(out) {
    return this.#fill(out, 'randomUniform')
  }

  /**
   * Fills an array with standard normal numbers. One call is one position, whatever the length.
   *
   * @param {Float32Array} out
   */
  fillNormal(out) {
    return this.#fill(out, 'randomNormal')
  }

  /**
   * Takes `count` positions; for operations that draw one row of numbers at each.
   *
   * @param {number} count
   * @returns {number} The first of them.
   */
  take(count) {
    const first = this.position
    this.position = (first + count) % MAX_POSITION
    return first
  }

  /**
   * @param {Float32Array} out
   * @param {'randomUniform' | 'randomNormal'} kind
   */
  #fill(out, kind) {
    const runtime = sharedRuntime('Random')
    const position = this.take(1)
    runtime.scratch((scratch) => {
      const address = scratch.floats(out.length)
      runtime.core[kind](address, out.length, this.seed, this.stream, position)
      out.set(runtime.floats(address, out.length))
    })
    return out
  }
}
