/**
 * Reading and loading models for the verbs.
 *
 * @module
 */

import path from 'node:path'
import { load } from '../index.js'
import { readBytes, toModelFile } from '../load.js'
import { bytesText } from './text.js'

/**
 * The bytes of a model: a path, or the address of one.
 *
 * @param {string} source
 * @param {import('./progress.js').Progress} progress
 */
export async function readModel(source, progress) {
  progress.show(`reading ${path.basename(source)}`)
  return readBytes(source, undefined, ({ loaded, total }) => {
    const share = total === undefined ? bytesText(loaded) : `${Math.floor((100 * loaded) / total)} %`
    progress.show(`reading ${path.basename(source)}: ${share}`)
  })
}

/**
 * A model, loaded, with its self-test passed.
 *
 * @param {string} source
 * @param {import('./progress.js').Progress} progress
 */
export async function openModel(source, progress) {
  const bytes = await readModel(source, progress)
  const { bytes: file, format, report } = toModelFile(bytes)
  return { model: await load(file, { verify: true }), file, size: bytes.length, format, report }
}
