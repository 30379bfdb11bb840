/**
 * Numbers, flags and letters of SVG's little languages (path data, points, transforms), read from left to right.
 *
 * @module
 */

const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y

/** Far beyond any coordinate, yet its powers stay finite. */
const GREATEST = 1e30

export class Scanner {
  /**
   * @param {string} text
   * @param {string} what For messages: 'path data'.
   */
  constructor(text, what) {
    this.text = text
    this.what = what
    this.at = 0
  }

  get done() {
    return this.at >= this.text.length
  }

  /** Skips white space, and one comma among it. */
  skipSeparator() {
    this.skipSpace()
    if (this.text[this.at] === ',') {
      this.at++
      this.skipSpace()
    }
  }

  skipSpace() {
    while (this.at < this.text.length && ' \t\n\r\f'.includes(this.text[this.at])) this.at++
  }

  /** Whether a number comes next, after an optional separator. */
  atNumber() {
    this.skipSeparator()
    const character = this.text[this.at]
    return character !== undefined && '+-.0123456789'.includes(character)
  }

  /** @returns {number} */
  number() {
    this.skipSeparator()
    NUMBER.lastIndex = this.at
    const match = NUMBER.exec(this.text)
    if (match === null) throw this.error('a number is missing')
    const number = Number(match[0])
    if (Math.abs(number) > GREATEST) throw this.error('a number is out of all proportion')
    this.at = NUMBER.lastIndex
    return number
  }

  /** @param {number} count */
  numbers(count) {
    return Array.from({ length: count }, () => this.number())
  }

  /** @returns {0 | 1} A flag of an arc: one digit, not even a space needed after it. */
  flag() {
    this.skipSeparator()
    const character = this.text[this.at]
    if (character !== '0' && character !== '1') throw this.error('a flag 0 or 1 is missing')
    this.at++
    return character === '1' ? 1 : 0
  }

  /** The next character, white space after it skipped. */
  letter() {
    const letter = this.text[this.at++]
    this.skipSpace()
    return letter
  }

  /** Letters up to the next other character. */
  word() {
    const from = this.at
    while (this.at < this.text.length && /[A-Za-z]/.test(this.text[this.at])) this.at++
    return this.text.slice(from, this.at)
  }

  /** @param {string} message */
  error(message) {
    const near = JSON.stringify(this.text.slice(this.at, this.at + 20))
    return new SyntaxError(`${this.what}, character ${this.at + 1} (${near}): ${message}`)
  }
}
