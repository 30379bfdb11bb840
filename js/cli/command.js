/**
 * What a verb is: its options as a table, from which arguments are parsed and the help is written.
 *
 * @module
 */

import { parseArgs } from 'node:util'

export const PROGRAM = 'mixture-density'

/** The task could not be done; its message is one line for people. Exit code 1. */
export class CommandError extends Error {}

/** The command line is wrong. Exit code 2. */
export class UsageError extends CommandError {}

/**
 * @template {string | number | boolean} T
 * @typedef {object} Option
 * @property {'string' | 'boolean'} type As parseArgs knows it.
 * @property {string} placeholder What stands for its value in the help; '' for a switch.
 * @property {string} help
 * @property {(given: string | boolean, name: string) => T} read Throws a UsageError.
 */

/**
 * @typedef {object} Verb
 * @property {string} usage After the name of the program.
 * @property {string} about
 * @property {readonly string[]} positionals Names of its arguments, all of them needed; a last one that ends in '…' may be
 *   repeated.
 * @property {Readonly<Record<string, Option<any>>>} options
 * @property {(options: any, positionals: string[]) => Promise<void>} run
 */

/**
 * A verb, with the options that `run` gets typed by the table.
 *
 * @template {Readonly<Record<string, Option<any>>>} Options
 * @param {{
 *   usage: string, about: string, positionals: readonly string[], options: Options,
 *   run: (options: { [Name in keyof Options]: (Options[Name] extends Option<infer T> ? T : never) | undefined },
 *     positionals: string[]) => Promise<void>,
 * }} verb
 * @returns {Verb}
 */
export function defineVerb(verb) {
  return verb
}

/**
 * @param {string} help
 * @returns {Option<boolean>}
 */
export function flag(help) {
  return { type: 'boolean', placeholder: '', help, read: (given) => given === true }
}

/**
 * @param {string} placeholder
 * @param {string} help
 * @returns {Option<string>}
 */
export function text(placeholder, help) {
  return {
    type: 'string',
    placeholder,
    help,
    read(given, name) {
      if (given === '') throw new UsageError(`--${name} is empty: expected ${placeholder}`)
      return String(given)
    },
  }
}

/**
 * @template {string} Choice
 * @param {readonly Choice[]} choices
 * @param {string} help
 * @returns {Option<Choice>}
 */
export function choice(choices, help) {
  return {
    type: 'string',
    placeholder: choices.join('|'),
    help,
    read(given, name) {
      const found = choices.find((candidate) => candidate === given)
      if (found === undefined) throw new UsageError(`--${name} must be one of ${choices.join(', ')}, not '${given}'`)
      return found
    },
  }
}

/**
 * @param {string} placeholder
 * @param {string} help
 * @param {{ min: number, max: number, integer?: boolean }} limits
 * @returns {Option<number>}
 */
export function number(placeholder, help, { min, max, integer = false }) {
  return {
    type: 'string',
    placeholder,
    help,
    read(given, name) {
      const value = String(given).trim() === '' ? Number.NaN : Number(given)
      if (value >= min && value <= max && (!integer || Number.isInteger(value))) return value
      throw new UsageError(`--${name} must be a ${integer ? 'whole ' : ''}number from ${min} to ${max}, not '${given}'`)
    },
  }
}

/**
 * @param {Verb} verb
 * @param {string[]} args
 * @returns {{ options: Record<string, unknown>, positionals: string[] }}
 */
export function parseArguments(verb, args) {
  // Not strict: parseArgs would speak of its own conventions; the tokens say everything needed for words of ours.
  const types = Object.fromEntries(Object.entries(verb.options).map(([name, { type }]) => [name, { type }]))
  const { tokens, positionals } = parseArgs({ args: joinNegatives(args), options: types, strict: false, tokens: true })
  /** @type {Record<string, unknown>} */
  const options = {}
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const isNext = value !== undefined && !token.inlineValue && /^-./.test(value) // the next option, taken for a value
    if (!Object.hasOwn(verb.options, name) || !rawName.startsWith('--'))
      throw new UsageError(`unknown option ${rawName}`)
    const option = verb.options[name]
    if (name in options) throw new UsageError(`--${name} is given twice`)
    if (option.type === 'boolean' && value !== undefined) throw new UsageError(`--${name} takes no value`)
    if (option.type === 'string' && (value === undefined || isNext))
      throw new UsageError(`--${name} needs a value: ${option.placeholder}`)
    options[name] = option.read(value ?? true, name)
  }
  const missing = verb.positionals[positionals.length]
  if (missing !== undefined) throw new UsageError(`${missing.replace('…', '')} is missing`)
  const isOpen = verb.positionals.at(-1)?.endsWith('…')
  if (positionals.length > verb.positionals.length && !isOpen) {
    throw new UsageError(`unexpected argument '${positionals[verb.positionals.length]}'`)
  }
  return { options, positionals }
}

/**
 * `--temperature -1` means the number, which the option's own limits then judge; parseArgs would see an option -1.
 *
 * @param {string[]} args
 */
function joinNegatives(args) {
  /** @type {string[]} */
  const joined = []
  for (const arg of args) {
    const before = joined.at(-1)
    if (/^-[\d.]/.test(arg) && before !== undefined && /^--[^=]+$/.test(before))
      joined[joined.length - 1] = `${before}=${arg}`
    else joined.push(arg)
  }
  return joined
}

/**
 * The value of an option that has no default.
 *
 * @template T
 * @param {T | undefined} value
 * @param {string} option As in the help: '--model FILE'.
 * @returns {T}
 */
export function required(value, option) {
  if (value === undefined) throw new UsageError(`${option} is missing`)
  return value
}

/** @param {Verb} verb */
export function helpText(verb) {
  const rows = Object.entries({ ...verb.options, help: flag('this text') }).map(([name, { placeholder, help }]) => ({
    left: `--${name}${placeholder === '' ? '' : ` ${placeholder}`}`,
    help,
  }))
  const width = Math.min(28, Math.max(...rows.map(({ left }) => left.length)))
  const lines = rows.flatMap(({ left, help }) => {
    const [first, ...rest] = wrapped(help, 96 - width)
    const indent = ' '.repeat(width + 4)
    const start = left.length > width ? [`  ${left}`, `${indent}${first}`] : [`  ${left.padEnd(width)}  ${first}`]
    return [...start, ...rest.map((line) => indent + line)]
  })
  return [`Usage: ${PROGRAM} ${verb.usage}`, '', ...wrapped(verb.about, 100), '', ...lines, ''].join('\n')
}

/**
 * @param {string} paragraph
 * @param {number} width
 */
function wrapped(paragraph, width) {
  const lines = ['']
  for (const word of paragraph.split(/\s+/)) {
    const line = lines[lines.length - 1]
    if (line === '') lines[lines.length - 1] = word
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] += ` ${word}`
    else lines.push(word)
  }
  return lines
}
