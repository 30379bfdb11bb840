/**
 * The only file that knows the heap: addresses, copies in and out, growth. Everything above it deals in typed arrays.
 *
 * A view of WebAssembly memory dies when the memory grows, so views are taken per use, never stored and never returned.
 *
 * @module
 */

import { ERROR_CODES, MdnError, mdnError } from './errors.js'

/**
 * What the generated glue offers. The classes are registered in cpp/bindings/bindings.cpp; addresses are plain numbers.
 *
 * @typedef {object} CoreModule
 * @property {Float32Array} HEAPF32
 * @property {Int32Array} HEAP32
 * @property {Uint8Array} HEAPU8
 * @property {(size: number) => number} _malloc
 * @property {(address: number) => void} _free
 * @property {() => string} errorMessage
 * @property {(out: number, rule: string, weights: number, scales: number, pen: number, bias: number) => number} temperRule
 * @property {() => string} temperatureRules
 * @property {(out: number, count: number, seed: number, stream: number, position: number) => void} randomUniform
 * @property {(out: number, count: number, seed: number, stream: number, position: number) => void} randomNormal
 * @property {(address: number, count: number) => void} exponentials In place, as the two below.
 * @property {(address: number, count: number) => void} logarithms
 * @property {(address: number, rows: number, n: number) => void} logSoftmax
 * @property {(address: number, count: number) => void} correlationPairs [count, 2]: ρ̂ → tanh ρ̂ and sech ρ̂.
 * @property {new () => CoreModelBuilder} ModelBuilder
 * @property {new () => CoreModel} Model
 * @property {{ new (model: CoreModel, classIndex: number, seed: number, stream: number): CoreSession, new (session: CoreSession): CoreSession }} Session
 * @property {new (session: CoreSession, count: number, maxSteps: number, seed: number, weights: number, scales: number, pen: number) => CoreFutures} Futures
 * @property {new (dims: number, components: number, triangular: boolean, categories: number, bernoullis: number) => CoreMixture} MixtureOperations
 */

/** @typedef {{ delete(): void }} Core Any object of the core that must be freed. */

/**
 * @typedef {Core & {
 *   input(size: number): void, embedding(name: string, units: number, classes: number, any: boolean): void,
 *   dense(name: string, units: number, activation: string): number,
 *   lstm(name: string, units: number, gates: string, forgetBias: number, recurrentActivation: string, conditioned: boolean): number,
 *   from(source: string): void,
 *   head(type: string, dims: number, components: number, epsilon: number, activation: string): void,
 *   integers(integers: boolean): void,
 *   tensor(name: string, dtype: number, rows: number, columns: number, bytes: number, size: number): void,
 * }} CoreModelBuilder
 */

/**
 * @typedef {Core & {
 *   build(builder: CoreModelBuilder, forceFloat32: boolean): number,
 *   inputs(): number, outputs(): number, recurrent(): boolean, conditioned(): boolean,
 *   dims(): number, components(): number, triangular(): boolean, categories(): number, bernoullis(): number,
 *   predict(out: number, x: number, count: number, steps: number, classIndex: number, each: boolean): number,
 * }} CoreModel
 */

/**
 * @typedef {Core & {
 *   status(): number, observe(rows: number, count: number, parts: number, targets: number, draws: number): number,
 *   step(weights: number, scales: number, pen: number): number, stepped(): number,
 *   mixture(row: number): number, raw(out: number): number,
 *   seed(): number, stream(): number, position(): number,
 *   reseed(seed: number, stream: number, position: number): void, skip(rows: number): void,
 *   snapshotSize(): number, save(out: number): boolean,
 *   restore(from: number, seed: number, stream: number, position: number, observed: boolean): void,
 * }} CoreSession
 */

/**
 * @typedef {Core & {
 *   status(): number, advance(steps: number): number, done(): boolean,
 *   lengths(): number, finished(): number, logProbs(): number, points(): number,
 * }} CoreFutures
 */

/**
 * @typedef {Core & {
 *   status(): number, rowSize(): number, validate(rows: number, count: number): number,
 *   logProb(parts: number, rows: number, points: number, count: number, rowStride: number, pointStride: number): void,
 *   sample(points: number, rows: number, count: number, rowStride: number, temper: number, seed: number, stream: number, position: number): void,
 *   mean(out: number, rows: number, count: number): void,
 *   covariance(out: number, rows: number, count: number): void,
 *   responsibilities(out: number, rows: number, points: number, count: number, rowStride: number, pointStride: number): void,
 *   temper(out: number, rows: number, count: number, temper: number): number,
 * }} CoreMixture
 */

/** @typedef {(options: { instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object }) => Promise<CoreModule>} ModuleFactory */

/** The codes of the core in the order of `mdn::Code`; 0 is success. */
const CORE_CODES = ERROR_CODES.slice(0, 7)

/** Bytes that one call may copy in; the module's memory ends at 1 GB. */
const MAX_BYTES = 2 ** 29

/**
 * Scratch memory of one call, freed when it ends.
 *
 * @typedef {object} Scratch
 * @property {(values: Float32Array | Uint8Array) => number} place Copies values in; their address.
 * @property {(count: number) => number} floats Room for `count` floats; their address.
 */

export class Runtime {
  /** @type {CoreModule} */
  #module

  /** @param {CoreModule} module */
  constructor(module) {
    this.#module = module
  }

  /**
   * Starts the module of an entry.
   *
   * @param {ModuleFactory} factory The generated glue.
   * @param {() => Promise<WebAssembly.Module>} compile
   * @returns {Promise<Runtime>}
   */
  static async create(factory, compile) {
    if (typeof WebAssembly !== 'object') {
      throw mdnError('unsupported', 'This environment has no WebAssembly', {
        expected: 'WebAssembly with SIMD (Chrome 91, Firefox 89, Safari 16.4, Node 20 or later)',
      })
    }
    /** @type {WebAssembly.Module} */
    let compiled
    try {
      compiled = await compile()
    } catch (cause) {
      if (cause instanceof MdnError) throw cause
      throw mdnError(
        'unsupported',
        `The WebAssembly module could not be compiled (${/** @type {Error} */ (cause).message})`,
        {
          expected: 'WebAssembly with SIMD (Chrome 91, Firefox 89, Safari 16.4, Node 20 or later)',
          fix: "Under a Content-Security-Policy, allow script-src 'wasm-unsafe-eval'.",
          cause,
        },
      )
    }
    /** @type {CoreModule} */
    const module = await new Promise((resolve, reject) => {
      factory({
        // Instantiating here keeps the glue from fetching, so that one glue serves both entries and Node.
        instantiateWasm(imports, done) {
          WebAssembly.instantiate(compiled, imports).then(done, reject)
          return {}
        },
      }).then(resolve, reject)
    })
    return new Runtime(module)
  }

  /** The classes and functions of the core. Nothing but addresses and small values passes through them. */
  get core() {
    return this.#module
  }

  /** Bytes of WebAssembly memory held. It only grows: what is freed is used again, not given back to the system. */
  get heapSize() {
    return this.#module.HEAPU8.length
  }

  /**
   * Throws the core's error if `code` is not 0.
   *
   * @param {number} code
   * @param {{ argument?: string, expected?: string, received?: string }} [details]
   */
  check(code, details) {
    if (code === 0) return
    throw new MdnError(CORE_CODES[code - 1], sentence(this.#module.errorMessage()), details)
  }

  /**
   * Runs `work` with scratch memory.
   *
   * @template Result
   * @param {(scratch: Scratch) => Result} work
   * @returns {Result}
   */
  scratch(work) {
    /** @type {number[]} */
    const addresses = []
    /** @param {number} bytes */
    const reserve = (bytes) => {
      const address = bytes > MAX_BYTES ? 0 : this.#module._malloc(Math.max(bytes, 1))
      if (address === 0) {
        throw mdnError('too-large', 'Not enough WebAssembly memory', {
          expected: `at most ${MAX_BYTES} bytes in one call`,
          received: bytes,
        })
      }
      addresses.push(address)
      return address
    }
    try {
      return work({
        floats: (count) => reserve(4 * count),
        place: (values) => {
          const address = reserve(values.byteLength)
          const { HEAPF32, HEAPU8 } = this.#module
          if (values instanceof Float32Array) HEAPF32.set(values, address >> 2)
          else HEAPU8.set(values, address)
          return address
        },
      })
    } finally {
      for (const address of addresses) this.#module._free(address)
    }
  }

  /**
   * A copy of `count` floats.
   *
   * @param {number} address
   * @param {number} count
   */
  floats(address, count) {
    return this.#module.HEAPF32.slice(address >> 2, (address >> 2) + count)
  }

  /**
   * Copies floats into `out`; for a few numbers in a hot loop, where a view would cost more than the copy.
   *
   * @param {Float32Array | number[]} out
   * @param {number} address
   * @param {number} count
   */
  readInto(out, address, count) {
    const heap = this.#module.HEAPF32
    for (let i = 0, at = address >> 2; i < count; i += 1, at += 1) out[i] = heap[at]
  }

  /** @param {number} address */
  float(address) {
    return this.#module.HEAPF32[address >> 2]
  }

  /**
   * @param {number} address
   * @param {number} count
   */
  ints(address, count) {
    return this.#module.HEAP32.slice(address >> 2, (address >> 2) + count)
  }

  /**
   * @param {number} address
   * @param {number} count
   */
  bytes(address, count) {
    return this.#module.HEAPU8.slice(address, address + count)
  }
}

/**
 * The core's texts start in lower case and end without a stop; messages are sentences.
 *
 * @param {string} text
 */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** @type {Runtime | undefined} */
let shared

/**
 * The runtime that values without a model (Mixture, Random) use: the first that became ready. Which entry it came from
 * makes no difference to any number.
 *
 * @param {string} caller
 * @returns {Runtime}
 */
export function sharedRuntime(caller) {
  if (shared === undefined) {
    throw mdnError('not-ready', `${caller} was called before the module had started`, {
      fix: 'Call `await ready()` or `await load(…)` first.',
    })
  }
  return shared
}

/** @param {Runtime} runtime */
export function shareRuntime(runtime) {
  shared ??= runtime
}
