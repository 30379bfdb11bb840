/**
 * The ndjson files of the Quick, Draw! data set: one JSON object a line, with the drawing as `[[xs], [ys]]` a stroke
 * (the simplified files: whole numbers, longer side 255, RDP ε = 2) or `[[xs], [ys], [ts]]` (the raw files: pixels of the
 * player's screen and milliseconds since the first point). https://github.com/googlecreativelab/quickdraw-dataset
 *
 * Errors: 'bad-file', with the number of the line, for text that is not this; 'too-large' for a line beyond 16 Mi
 * characters. Blank lines, a byte order mark and Windows line ends are fine.
 *
 * @module
 */

import { MdnError, mdnError } from '../errors.js'
import { MAX_COORDINATE } from './validate.js'

/** @typedef {import('./validate.js').Point} Point */

/**
 * @typedef {object} QuickDrawing
 * @property {Point[][]} polylines Strokes without points are left out.
 * @property {number[][]} [times] Raw files: milliseconds of each point of each polyline.
 * @property {string} [word] What the player was asked to draw.
 * @property {string} [keyId]
 * @property {string} [countryCode]
 * @property {string} [timestamp]
 * @property {boolean} [recognized] Whether the game guessed it.
 */

/**
 * @typedef {string | Uint8Array | Blob | Response | ReadableStream<Uint8Array> | Iterable<string | Uint8Array>
 *   | AsyncIterable<string | Uint8Array>} TextSource
 */

const LONGEST_LINE = 16 * 2 ** 20

/**
 * All drawings of an ndjson text. For big files see {@link streamNdjson}.
 *
 * @param {string} text
 * @returns {QuickDrawing[]}
 */
export function readNdjson(text) {
  if (typeof text !== 'string') {
    throw mdnError('bad-argument', 'text is not a string', {
      argument: 'text',
      expected: 'the text of an ndjson file',
      received: text,
      fix: 'Bytes, a Blob, a Response or a stream can be given to streamNdjson.',
    })
  }
  const drawings = []
  const lines = new LineReader()
  for (const line of lines.push(text)) drawings.push(line)
  for (const line of lines.end()) drawings.push(line)
  return drawings
}

/**
 * The drawings of an ndjson file one by one, holding no more than a line in memory; leaving the loop stops the download.
 *
 * ```js
 * for await (const { word, polylines } of streamNdjson(await fetch(url))) …
 * ```
 *
 * @param {TextSource} source Text or UTF-8 bytes: whole, in chunks cut anywhere, or as a Blob, Response or stream.
 * @returns {AsyncGenerator<QuickDrawing, void, void>}
 */
export async function* streamNdjson(source) {
  const lines = new LineReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  /** @param {string | Uint8Array} [chunk] Nothing: the end. */
  const decode = (chunk) => {
    try {
      return typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (cause) {
      throw mdnError('bad-file', `The file is not UTF-8 text, after line ${lines.number}`, {
        argument: 'source',
        cause,
      })
    }
  }
  for await (const chunk of chunks(source)) {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) throw badSource(chunk)
    yield* lines.push(decode(chunk))
  }
  yield* lines.push(decode())
  yield* lines.end()
}

/**
 * @param {TextSource} source
 * @returns {Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>}
 */
function chunks(source) {
  if (typeof source === 'string' || source instanceof Uint8Array) return [source]
  if (typeof source !== 'object' || source === null) throw badSource(source)
  if (source instanceof Blob) return streamChunks(source.stream())
  if (source instanceof Response) {
    if (!source.ok)
      throw mdnError('network', `The server answered with status ${source.status}`, { argument: 'source' })
    return source.body === null ? [] : streamChunks(source.body)
  }
  if (source instanceof ReadableStream) return streamChunks(source)
  if (Symbol.asyncIterator in source || Symbol.iterator in source) return source
  throw badSource(source)
}

/**
 * `for await` over a ReadableStream itself is younger than some browsers in use.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncGenerator<Uint8Array, void, void>}
 */
async function* streamChunks(stream) {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

/** Cuts chunks of text into lines and reads each. */
class LineReader {
  constructor() {
    /** Lines finished so far. */
    this.number = 0
    /** @type {string[]} Pieces of the line that is not finished. */
    this.pieces = []
    this.length = 0
  }

  /**
   * @param {string} text
   * @returns {Generator<QuickDrawing, void, void>}
   */
  *push(text) {
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.add(text.slice(from, end))
      yield* this.end()
      from = end + 1
    }
    if (from < text.length) this.add(text.slice(from))
  }

  /** @returns {Generator<QuickDrawing, void, void>} The line at hand, unless it is blank. */
  *end() {
    const line = this.pieces.length === 1 ? this.pieces[0] : this.pieces.join('')
    this.pieces = []
    this.length = 0
    this.number++
    const json = (this.number === 1 ? line.replace(/^\uFEFF/, '') : line).trim()
    if (json !== '') yield readLine(json, this.number)
  }

  /** @param {string} piece */
  add(piece) {
    this.length += piece.length
    if (this.length > LONGEST_LINE) {
      throw mdnError('too-large', `Line ${this.number + 1} is too long for a drawing`, {
        expected: `at most ${LONGEST_LINE} characters`,
        fix: 'Quick, Draw! ndjson has one drawing on each line.',
      })
    }
    this.pieces.push(piece)
  }
}

/**
 * @param {string} json
 * @param {number} line
 * @returns {QuickDrawing}
 */
function readLine(json, line) {
  let record
  try {
    record = JSON.parse(json)
  } catch (cause) {
    throw badLine(line, 'it is not JSON', { expected: 'one JSON object', received: json, cause })
  }
  const expected = 'an object with a `drawing`: [[[xs], [ys]], …]'
  if (typeof record !== 'object' || record === null || !Array.isArray(record.drawing)) {
    throw badLine(line, 'there is no drawing in it', { expected, received: record })
  }
  /** @type {QuickDrawing} */
  const drawing = { polylines: [] }
  /** @type {number[][]} */
  const times = []
  record.drawing.forEach((/** @type {unknown} */ stroke, /** @type {number} */ i) => {
    const { points, stamps } = readStroke(stroke, line, i)
    if (points.length === 0) return
    drawing.polylines.push(points)
    if (stamps !== undefined) times.push(stamps)
  })
  if (times.length > 0 && times.length === drawing.polylines.length) drawing.times = times
  if (typeof record.word === 'string') drawing.word = record.word
  if (typeof record.key_id === 'string') drawing.keyId = record.key_id
  if (typeof record.countrycode === 'string') drawing.countryCode = record.countrycode
  if (typeof record.timestamp === 'string') drawing.timestamp = record.timestamp
  if (typeof record.recognized === 'boolean') drawing.recognized = record.recognized
  return drawing
}

/**
 * @param {unknown} stroke
 * @param {number} line
 * @param {number} i
 */
function readStroke(stroke, line, i) {
  const columns = Array.isArray(stroke) ? stroke : []
  const [xs, ys, stamps] = columns
  const isForm = (columns.length === 2 || columns.length === 3) && columns.every(Array.isArray)
  if (!isForm || columns.some((column) => column.length !== xs.length)) {
    const expected = '[[xs], [ys]] or [[xs], [ys], [ts]], all of one length'
    const received = isForm ? `lengths ${columns.map((column) => column.length).join(', ')}` : stroke
    throw badLine(line, `stroke ${i} of the drawing has the wrong form`, { expected, received })
  }
  for (const column of columns) {
    for (const value of column) {
      const limit = column === stamps ? Number.MAX_VALUE : MAX_COORDINATE
      if (typeof value !== 'number' || !(Math.abs(value) <= limit)) {
        const expected = `numbers from ${-limit} to ${limit}`
        throw badLine(line, `stroke ${i} of the drawing has a bad number`, { expected, received: value })
      }
    }
  }
  /** @type {Point[]} */
  const points = xs.map((/** @type {number} */ x, /** @type {number} */ j) => [x, ys[j]])
  return { points, stamps: /** @type {number[] | undefined} */ (stamps) }
}

/**
 * @param {number} line
 * @param {string} what
 * @param {{ expected: string, received: unknown, cause?: unknown }} details
 * @returns {MdnError}
 */
function badLine(line, what, details) {
  return mdnError('bad-file', `Line ${line} of the ndjson text cannot be read: ${what}`, {
    argument: `line ${line}`,
    ...details,
  })
}

/** @param {unknown} source */
function badSource(source) {
  return mdnError('bad-argument', 'source is not something to read text from', {
    argument: 'source',
    expected: 'a string, Uint8Array, Blob, Response, ReadableStream, or an iterable of strings or Uint8Arrays',
    received: source,
  })
}
