// Where the conformance tests find the published models, recordings and data sets: the folder that MDN_SHARED names, or
// `shared` beside the repository. They are never part of it; without them these tests are skipped with a message.

import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = process.env.MDN_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url))

/** Options for `test`: skipped, with the reason, unless every one of the files is there. */
export function needs(...files) {
  const missing = files.filter((file) => !existsSync(sharedPath(file)))
  return missing.length === 0 ? {} : { skip: `needs ${missing.join(', ')} in the folder that MDN_SHARED names` }
}

export function sharedPath(file) {
  return path.join(FOLDER, file)
}

export function readShared(file) {
  return readFileSync(sharedPath(file))
}
