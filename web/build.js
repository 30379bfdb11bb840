// Makes the site as a folder for any static host, at any address:   node web/build.js FOLDER
//
// Nothing is bundled or rewritten but the way to the library, which lies inside the folder there and beside it here.

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const WEB = fileURLToPath(new URL('.', import.meta.url))
const JS = fileURLToPath(new URL('../js', import.meta.url))
const NOT_SHOWN = /^(build\.js|readme)(\/|$)/
const NOT_NEEDED = /^(cli\/|wasm\/train|wasm\/.*\.d\.ts)/ // on a page

/** @param {string} folder Replaced by the site. */
export function buildSite(folder) {
  rmSync(folder, { recursive: true, force: true })
  copy(WEB, folder, NOT_SHOWN)
  copy(JS, join(folder, 'js'), NOT_NEEDED)
  for (const part of ['shared', 'sketch']) {
    for (const name of readdirSync(join(folder, part)).filter((each) => each.endsWith('.js'))) {
      const file = join(folder, part, name)
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll("'../../js/", "'../js/"))
    }
  }
}

/** @param {string} from @param {string} to @param {RegExp} except By their paths in `from`. */
function copy(from, to, except) {
  cpSync(from, to, {
    recursive: true,
    filter: (file) => !except.test(relative(from, file).split(sep).join('/')),
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2]
  if (folder === undefined) {
    console.error('usage: node web/build.js FOLDER')
    process.exit(2)
  }
  buildSite(folder)
}
