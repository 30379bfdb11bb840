/**
 * From whatever holds a model to a Model: fetch or read the bytes, tell the format, convert, hand over to the core.
 *
 * @module
 */

import { buildModel } from './build-model.js'
import { describeModel, readDescription } from './description.js'
import { describe, MdnError, mdnError, requireOneOf, requireOptions } from './errors.js'
import { importSketchRnn } from './import/sketch-rnn.js'
import { sniffFormat } from './import/sniff.js'
import { Model } from './model.js'
import { requireSignal } from './options.js'

/** @typedef {import('./runtime.js').Runtime} Runtime */

/**
 * Where a model may come from: a URL, a path (in Node), a Response, a Blob or File, bytes, or parsed sketch-rnn JSON.
 *
 * @typedef {string | URL | Response | Blob | ArrayBuffer | ArrayBufferView | readonly unknown[]} ModelSource
 */

/**
 * @typedef {object} LoadProgress
 * @property {'download' | 'prepare'} phase
 * @property {number} loaded Bytes so far.
 * @property {number | undefined} total Where the server tells it.
 */

/**
 * @typedef {object} LoadOptions
 * @property {AbortSignal} [signal]
 * @property {(progress: LoadProgress) => void} [onProgress]
 * @property {boolean} [verify] Replay the file's self-test; default false.
 * @property {'float32'} [compute] 'float32' runs an int8 file in float32; default: as the file says.
 */

/** Larger files are refused before they are read whole. */
const MAX_FILE_BYTES = 2 ** 29

/**
 * @internal
 * @param {Runtime} runtime
 * @param {ModelSource} source
 * @param {LoadOptions} [options]
 * @returns {Promise<Model>}
 */
export async function loadModel(runtime, source, options = {}) {
  requireOptions(options, 'options', ['signal', 'onProgress', 'verify', 'compute'])
  const signal = requireSignal(options.signal)
  if (options.onProgress !== undefined && typeof options.onProgress !== 'function') {
    throw mdnError('bad-argument', 'onProgress is not a function', {
      argument: 'onProgress',
      expected: 'a function of { phase, loaded, total }',
      received: options.onProgress,
    })
  }
  const forceFloat32 =
    options.compute !== undefined && requireOneOf(options.compute, 'compute', ['float32']) === 'float32'
  signal?.throwIfAborted()
  const content = Array.isArray(source) ? source : await readBytes(source, signal, options.onProgress)
  signal?.throwIfAborted()
  const { bytes, format, report } = toModelFile(content)
  options.onProgress?.({ phase: 'prepare', loaded: bytes.length, total: bytes.length })

  const file = readDescription(bytes)
  const description = describeModel(file.description, file.tensors, format, report)
  const core = buildModel(runtime, description, file.tensors, forceFloat32)
  const model = new Model(runtime, core, description)
  try {
    if (options.verify === true) model.verify()
  } catch (error) {
    model.dispose()
    throw error
  }
  return model
}

/**
 * Converts any format this entry knows to our model file.
 *
 * @param {Uint8Array | readonly unknown[]} content Bytes, or parsed JSON.
 * @returns {{ bytes: Uint8Array, format: string, report: readonly string[] }}
 */
export function toModelFile(content) {
  const format = content instanceof Uint8Array ? sniffFormat(content) : 'sketch-rnn'
  switch (format) {
    case 'safetensors':
      return { bytes: /** @type {Uint8Array} */ (content), format, report: [] }
    case 'sketch-rnn':
      return { ...importSketchRnn(content), format }
    case 'keras':
    case 'hdf5':
      throw mdnError('unsupported', 'This is a Keras file, which this version does not read', {
        expected: 'a mixture-density safetensors file or a sketch-rnn .gen.json or .gen.js',
        received: format === 'keras' ? 'a zip archive (.keras)' : 'an HDF5 file (.h5)',
      })
    default:
      throw mdnError('bad-file', 'This is not a model file', {
        expected: 'a mixture-density safetensors file or a sketch-rnn .gen.json or .gen.js',
        received: content,
      })
  }
}

/**
 * @param {ModelSource} source
 * @param {AbortSignal} [signal]
 * @param {(progress: LoadProgress) => void} [onProgress]
 * @returns {Promise<Uint8Array>}
 */
export async function readBytes(source, signal, onProgress) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  if (source instanceof Blob) return collect(source.stream(), source.size, signal, onProgress)
  if (source instanceof Response) return readResponse(source, signal, onProgress)
  if (typeof source === 'string' || source instanceof URL) {
    const path = nodePath(source)
    if (path !== undefined) return readFile(path, signal)
    return readResponse(await download(source, signal), signal, onProgress)
  }
  throw mdnError('bad-argument', 'This cannot be loaded', {
    argument: 'source',
    expected: 'a URL, a path, a Response, a Blob, bytes, or parsed sketch-rnn JSON',
    received: source,
  })
}

/**
 * The path that a source means in Node; undefined where it is to be fetched.
 *
 * @param {string | URL} source
 */
function nodePath(source) {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return undefined
  if (source instanceof URL) return source.protocol === 'file:' ? source : undefined
  if (source.startsWith('file:')) return URL.canParse(source) ? new URL(source) : undefined
  // A scheme has at least two letters; a single one is a Windows drive.
  return /^[a-z][a-z0-9+.-]+:/i.test(source) ? undefined : source
}

/**
 * @param {string | URL} path
 * @param {AbortSignal | undefined} signal
 */
async function readFile(path, signal) {
  // Not an import: bundlers for the web would stumble over it.
  const { readFile: read, stat } = process.getBuiltinModule('node:fs/promises')
  try {
    const { size } = await stat(path)
    requireSize(size)
    return await read(path, { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    const { code } = /** @type {{ code?: string }} */ (cause)
    if (typeof code !== 'string' || cause instanceof MdnError) throw cause
    throw mdnError('network', `The file could not be read (${code})`, {
      argument: 'source',
      received: String(path),
      cause,
    })
  }
}

/**
 * @param {string | URL} url
 * @param {AbortSignal | undefined} signal
 */
async function download(url, signal) {
  try {
    return await fetch(url, { signal })
  } catch (cause) {
    signal?.throwIfAborted()
    throw mdnError('network', 'The model could not be fetched', {
      argument: 'source',
      received: String(url),
      fix: 'Check the address, the connection, and that the server allows this origin (CORS).',
      cause,
    })
  }
}

/**
 * @param {Response} response
 * @param {AbortSignal | undefined} signal
 * @param {((progress: LoadProgress) => void) | undefined} onProgress
 */
async function readResponse(response, signal, onProgress) {
  if (!response.ok) {
    throw mdnError('network', `The server answered ${response.status} ${response.statusText}`.trimEnd(), {
      argument: 'source',
      received: response.url,
      fix: 'Check the address.',
    })
  }
  if (response.body === null) return new Uint8Array(0)
  // With a content encoding, content-length counts compressed bytes, not these.
  const length = response.headers.has('content-encoding') ? null : response.headers.get('content-length')
  try {
    return await collect(response.body, length === null ? undefined : Number(length), signal, onProgress)
  } catch (cause) {
    signal?.throwIfAborted()
    if (!(cause instanceof TypeError)) throw cause
    throw mdnError('network', 'The download broke off', {
      argument: 'source',
      received: response.url,
      fix: 'Try again.',
      cause,
    })
  }
}

/**
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number | undefined} total
 * @param {AbortSignal | undefined} signal
 * @param {((progress: LoadProgress) => void) | undefined} onProgress
 */
async function collect(stream, total, signal, onProgress) {
  if (total !== undefined) requireSize(total)
  const reader = stream.getReader()
  const chunks = []
  let loaded = 0
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      loaded += value.length
      requireSize(loaded)
      onProgress?.({ phase: 'download', loaded, total })
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {})
    throw error
  }
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** @param {number} size */
function requireSize(size) {
  if (size <= MAX_FILE_BYTES) return
  throw mdnError('too-large', 'The model file is too large', {
    expected: `at most ${MAX_FILE_BYTES} bytes`,
    received: describe(size),
  })
}
