// README.md, taken apart: what stands under a heading, and the code blocks there.

import { readFileSync } from 'node:fs'

export const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/**
 * The text from a heading to the next one of any level. (No line of a code block may look like a heading.)
 *
 * @param {string} heading Without its #.
 */
export function section(heading) {
  const start = README.search(new RegExp(`^#+ ${heading}$`, 'm'))
  if (start < 0) throw new Error(`README.md has no heading '${heading}'`)
  return README.slice(README.indexOf('\n', start)).split(/^#+ /m)[0]
}

/**
 * The code blocks of a language under a heading.
 *
 * @param {string} heading
 * @param {string} language As it stands behind the backticks.
 */
export function codeBlocks(heading, language) {
  const blocks = [...section(heading).matchAll(/^ *```(\w+)\n([\s\S]*?)^ *```$/gm)]
  const found = blocks.filter(([, name]) => name === language).map(([, , code]) => code)
  if (found.length === 0) throw new Error(`README.md has no ${language} under '${heading}'`)
  return found
}
