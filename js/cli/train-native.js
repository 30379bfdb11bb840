/**
 * The native trainer (cpp/tools/train.cpp) as a child process.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CommandError } from './command.js'

/** Where `npm run build:trainer` puts it. */
const BUILT = fileURLToPath(new URL('../../build/trainer/train', import.meta.url))

/** Names another place, or with 'none' says that it is not to be used. */
const VARIABLE = 'MDN_TRAIN'

/** @returns {Promise<string | undefined>} Its path, if it is there. */
export async function findTrainer() {
  const named = process.env[VARIABLE]
  if (named === 'none') return undefined
  const program = named === undefined || named === '' ? BUILT : named
  const isThere = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isThere && program === named) throw new CommandError(`${VARIABLE} names ${named}, which is no program`)
  return isThere ? program : undefined
}

/**
 * A line of the trainer's log.
 *
 * @typedef {object} LogLine
 * @property {number} step
 * @property {number} seconds
 * @property {number} [offset] Nats per point of the last steps.
 * @property {number} [pen]
 * @property {number} [stepsPerSecond]
 * @property {number} [steps] In all.
 * @property {number} [secondsLeft]
 * @property {{ offset: number, pen: number }} [validation]
 */

/**
 * Runs it to its end. SIGINT, which a terminal sends to both, makes it write a checkpoint and end in good order.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {(line: LogLine) => void} onLine
 * @returns {Promise<LogLine | undefined>} The last line.
 */
export async function runTrainer(program, args, onLine) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ignore = () => {}
  process.on('SIGINT', ignore)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    errors = (errors + text).slice(-10_000)
  })
  const ended = new Promise((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new CommandError(`${program} could not be started: ${cause.message}`, { cause })),
    )
    child.on('close', (code, signal) => resolve(signal ?? code))
  })
  ended.catch(() => {}) // it is awaited below
  try {
    /** @type {LogLine | undefined} */
    let last
    for await (const text of createInterface({ input: child.stdout })) {
      last = JSON.parse(text)
      onLine(/** @type {LogLine} */ (last))
    }
    const end = await ended
    const said = errors.trim().replace(/^train: /, '')
    if (end !== 0) throw new CommandError(said === '' ? `the trainer ended with ${end}` : said)
    return last
  } finally {
    process.off('SIGINT', ignore)
    if (child.exitCode === null) child.kill()
  }
}
