/**
 * Text for people at a terminal.
 *
 * @module
 */

/**
 * Text out of a file as text: control characters, which a terminal would obey, are shown as replacement characters.
 *
 * @param {string} text
 */
export function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, '\uFFFD')
}

/**
 * The same, on one line.
 *
 * @param {string} text
 */
export function oneLine(text) {
  return plain(text.replace(/\s*\n\s*/g, ' ').replace(/\t/g, ' ')).trim()
}

const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** @param {number} value */
export function whole(value) {
  return WHOLE.format(value)
}

/**
 * "1 point", "2 points".
 *
 * @param {number} count
 * @param {string} noun
 */
export function counted(count, noun) {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`
}

/**
 * @param {number} bytes
 */
export function bytesText(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`
}

/**
 * Names and values in two columns.
 *
 * @param {readonly (readonly [string, string])[]} rows
 */
export function table(rows) {
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}\n`).join('')
}
