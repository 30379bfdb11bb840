/**
 * Reading and writing files, with errors that are one line.
 *
 * @module
 */

import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { CommandError } from './command.js'

/** Standard input, as a file name. */
export const STANDARD_INPUT = '-'

/**
 * @param {string} file A path, or '-' for standard input.
 * @returns {Promise<Uint8Array>}
 */
export async function readInput(file) {
  try {
    if (file !== STANDARD_INPUT) return await readFile(file)
    const chunks = []
    for await (const chunk of process.stdin) chunks.push(chunk)
    return Buffer.concat(chunks)
  } catch (error) {
    throw fileError(`${file === STANDARD_INPUT ? 'standard input' : file} could not be read`, error)
  }
}

/**
 * Writes a file beside its place and renames it: whoever looks sees the old file or the whole new one. Refuses to
 * replace one of `inputs`, and anything that is not an ordinary file.
 *
 * @param {string} file
 * @param {string | Uint8Array} content
 * @param {readonly string[]} inputs Files that were read.
 */
export async function writeOutput(file, content, inputs) {
  await requireOutput(file, inputs)
  const beside = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`)
  try {
    const handle = await open(beside, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, file)
  } catch (error) {
    await rm(beside, { force: true })
    throw fileError(`${file} could not be written`, error)
  }
}

/**
 * Fails where writing would be wrong; called before long work too.
 *
 * @param {string} file
 * @param {readonly string[]} inputs
 */
export async function requireOutput(file, inputs) {
  const folder = path.dirname(file)
  if (!(await statOf(folder))?.isDirectory()) throw new CommandError(`there is no folder ${folder} to write into`)
  const target = await statOf(file)
  if (target === undefined) return
  if (!target.isFile()) throw new CommandError(`${file} is not an ordinary file and will not be replaced`)
  for (const input of inputs) {
    const source = await statOf(input)
    if (source?.ino === target.ino && source.dev === target.dev) {
      throw new CommandError(`${file} is the input, which is never overwritten: choose another name`)
    }
  }
}

/** @param {string} file */
async function statOf(file) {
  return stat(file).catch(() => undefined)
}

/**
 * @param {string} what
 * @param {unknown} error
 */
function fileError(what, error) {
  const { code } = /** @type {NodeJS.ErrnoException} */ (error)
  /** @type {Record<string, string>} */
  const reasons = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'part of the path is not a folder',
    ENOSPC: 'the disk is full',
    EROFS: 'the disk is read-only',
  }
  if (code === undefined) return error
  return new CommandError(`${what}: ${reasons[code] ?? code}`, { cause: error })
}
