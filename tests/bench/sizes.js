// What a visitor downloads: bundled and minified by esbuild, as most sites would, then gzipped at level 9.

import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { inRoot } from '../../cpp/toolchain/tools.mjs'

/** @returns {Promise<{ name: string, bytes: number, gzip: number }[]>} */
export async function sizes() {
  const wasm = readFileSync(inRoot('js/wasm/core.wasm'))
  const external = await bundle('js/external.js')
  return [
    row('the main entry, WebAssembly inside', await bundle('js/index.js')),
    row('the external entry and its glue', external),
    row('  and its core.wasm', wasm),
    row('plain JavaScript: the peer of this bench', await bundle('tests/bench/plain-js.js')),
  ]
}

/**
 * @param {string} name
 * @param {Uint8Array} bytes
 */
const row = (name, bytes) => ({ name, bytes: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length })

/** @param {string} entry */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [inRoot(entry)],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
  })
  return outputFiles[0].contents
}
