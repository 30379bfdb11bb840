/**
 * The tags of an XML text, one after the other: as much of XML 1.0 as SVG files use, in one linear pass over the text.
 * Comments, processing instructions, CDATA, character data and the document type are skipped; entities that a document
 * type declares are never expanded.
 *
 * @module
 */

import { mdnError } from '../errors.js'

/**
 * @typedef {object} Tag
 * @property {'open' | 'close'} kind
 * @property {string} name As written, but without the prefix `svg:`.
 * @property {Map<string, string>} attributes By name as written; values decoded.
 * @property {boolean} isEmpty `<name/>`: no closing tag follows.
 * @property {(message: string) => Error} error A 'bad-file' error that names the line of this tag.
 */

const SPACE = /[\s]/
const NAME = /[^\s=<>/"']/

/**
 * @param {string} text
 * @returns {Generator<Tag, void, void>}
 */
export function* readTags(text) {
  let at = text.indexOf('<')
  while (at >= 0) {
    const start = at
    const error = (/** @type {string} */ message) => syntaxError(text, start, message)
    if (text.startsWith('<!--', at)) {
      at = after(text, '-->', at + 4, error, 'a comment')
    } else if (text.startsWith('<![CDATA[', at)) {
      at = after(text, ']]>', at + 9, error, 'a CDATA section')
    } else if (text.startsWith('<?', at)) {
      at = after(text, '?>', at + 2, error, 'a processing instruction')
    } else if (text.startsWith('<!', at)) {
      at = afterDeclaration(text, at, error)
    } else if (text[at + 1] === '/') {
      const end = after(text, '>', at, error, 'a closing tag')
      yield {
        kind: 'close',
        name: localName(text.slice(at + 2, end - 1).trim()),
        attributes: new Map(),
        isEmpty: true,
        error,
      }
      at = end
    } else {
      const { tag, end } = openTag(text, at, error)
      yield tag
      at = end
    }
    at = text.indexOf('<', at)
  }
}

/**
 * @param {string} text
 * @param {number} start
 * @param {(message: string) => Error} error
 * @returns {{ tag: Tag, end: number }}
 */
function openTag(text, start, error) {
  let at = start + 1
  /** @param {RegExp} kind One character. */
  const skip = (kind) => {
    const from = at
    while (at < text.length && kind.test(text[at])) at++
    return text.slice(from, at)
  }
  const name = skip(NAME)
  if (name === '') throw error('a < that begins no tag')
  /** @type {Map<string, string>} */
  const attributes = new Map()
  for (;;) {
    skip(SPACE)
    if (at >= text.length) throw error(`the tag <${name.slice(0, 30)} is cut short`)
    if (text[at] === '>')
      return { tag: { kind: 'open', name: localName(name), attributes, isEmpty: false, error }, end: at + 1 }
    if (text.startsWith('/>', at)) {
      return { tag: { kind: 'open', name: localName(name), attributes, isEmpty: true, error }, end: at + 2 }
    }
    const attribute = skip(NAME)
    skip(SPACE)
    const hasValue = attribute !== '' && text[at++] === '='
    skip(SPACE)
    const quote = text[at]
    const end = hasValue && (quote === '"' || quote === "'") ? text.indexOf(quote, at + 1) : -1
    if (end < 0) throw error(`the attribute ${attribute.slice(0, 30)} of <${name.slice(0, 30)}> has no value in quotes`)
    attributes.set(attribute, decode(text.slice(at + 1, end)))
    at = end + 1
  }
}

/**
 * @param {string} text
 * @param {string} mark
 * @param {number} from
 * @param {(message: string) => Error} error
 * @param {string} what
 */
function after(text, mark, from, error, what) {
  const end = text.indexOf(mark, from)
  if (end < 0) throw error(`${what} is never closed`)
  return end + mark.length
}

/**
 * Past a `<!DOCTYPE …>`, whose internal subset in brackets may hold further declarations.
 *
 * @param {string} text
 * @param {number} start
 * @param {(message: string) => Error} error
 */
function afterDeclaration(text, start, error) {
  let brackets = 0
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '"' || character === "'") at = after(text, character, at + 1, error, 'a quotation') - 1
    else if (character === '[') brackets++
    else if (character === ']') brackets--
    else if (character === '>' && brackets <= 0) return at + 1
  }
  throw error('the document type is never closed')
}

/** @param {string} name */
function localName(name) {
  return name.startsWith('svg:') ? name.slice(4) : name
}

/** @type {ReadonlyMap<string, string>} */
// biome-ignore format: a table
const ENTITIES = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]])

/** @param {string} value */
function decode(value) {
  if (!value.includes('&')) return value
  return value.replace(/&(#?)(x?)(\w{1,8});/g, (whole, hash, hex, name) => {
    if (hash === '') return ENTITIES.get(hex + name) ?? whole
    const code = Number.parseInt(name, hex === '' ? 10 : 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string} message
 */
function syntaxError(text, at, message) {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++
  return mdnError('bad-file', `The SVG text cannot be read: line ${line}: ${message}`, { argument: 'text' })
}
