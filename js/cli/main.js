#!/usr/bin/env node
/**
 * The command line: finds the verb, runs it, turns what goes wrong into one line and an exit code. 1: it could not be
 * done; 2: the command line itself is wrong.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { MdnError } from '../errors.js'
import { CommandError, helpText, PROGRAM, parseArguments, UsageError } from './command.js'
import { oneLine } from './text.js'

/** @typedef {import('./command.js').Verb} Verb */

/**
 * What each verb is for, and its module, which is loaded when it is called.
 *
 * @type {Readonly<Record<string, { summary: string, load: () => Promise<{ verb: Verb }> }>>}
 */
const VERBS = {
  info: { summary: 'what a model file holds', load: () => import('./info.js') },
  continue: { summary: 'continue a drawing in several ways', load: () => import('./continue.js') },
  score: { summary: 'how well a model predicts drawings, in nats per point', load: () => import('./score.js') },
  convert: { summary: 'a model of any known format as a .safetensors file', load: () => import('./convert.js') },
  data: { summary: 'drawings in any known form as a data set to train on', load: () => import('./data.js') },
  train: { summary: 'train a model', load: () => import('./train.js') },
}

// A reader that has seen enough (`… | head`) closes the pipe: no error of ours.
process.stdout.on('error', (error) => {
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error
  process.exit(0)
})

process.on('uncaughtException', (error) => {
  process.exit(report(error, PROGRAM))
})

process.exitCode = await main(process.argv.slice(2))

/**
 * @param {string[]} args
 * @returns {Promise<number>} The exit code.
 */
async function main([name, ...rest]) {
  const isVerb = name !== undefined && Object.hasOwn(VERBS, name)
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      process.stdout.write(overview())
    } else if (name === '--version') {
      process.stdout.write(`${version()}\n`)
    } else if (!isVerb) {
      const problem = name === undefined ? 'a verb is missing' : `${name} is no verb`
      throw new UsageError(`${problem}: expected one of ${Object.keys(VERBS).join(', ')}`)
    } else {
      await runVerb(name, rest)
    }
    return 0
  } catch (error) {
    return report(error, isVerb ? `${PROGRAM} ${name}` : PROGRAM)
  }
}

/**
 * Says in one line what went wrong; the exit code.
 *
 * @param {unknown} error
 * @param {string} command
 */
function report(error, command) {
  const known = error instanceof MdnError || error instanceof CommandError
  const message = `${known ? '' : 'unexpected error: '}${error instanceof Error ? error.message : String(error)}`
  const hint = error instanceof UsageError ? ` See ${command} --help.` : ''
  process.stderr.write(`${command}: ${oneLine(message).replace(/\.?$/, '.')}${hint}\n`)
  if (process.env.MDN_DEBUG) console.error(error)
  return error instanceof UsageError ? 2 : 1
}

/**
 * @param {string} name
 * @param {string[]} args
 */
async function runVerb(name, args) {
  const { verb } = await VERBS[name].load()
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText(verb))
    return
  }
  const { options, positionals } = parseArguments(verb, args)
  await verb.run(options, positionals)
}

function overview() {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length))
  return [
    `Usage: ${PROGRAM} VERB [arguments]`,
    '',
    ...Object.entries(VERBS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `${PROGRAM} VERB --help says more about each; ${PROGRAM} --version prints the version.`,
    'With MDN_DEBUG set in the environment, errors come with their stack.',
    '',
  ].join('\n')
}

function version() {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return String(JSON.parse(text).version)
}
