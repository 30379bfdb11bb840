// Rules about the sources themselves.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file) => readFileSync(join(root, file), 'utf8')
const filesOf = (folder, pattern) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))

// In the order of dependency. train, bindings and tools stand on all of these; bindings and tools also on train.
const LAYERS = ['base', 'kernels', 'random', 'io', 'mixtures', 'layers', 'heads', 'model']
const TOPS = ['train', 'bindings', 'tools']

test('a folder of cpp/ includes only itself and those above it', () => {
  const wrong = []
  for (const file of filesOf('cpp', /\.(h|cpp)$/)) {
    const [, from] = file.split('/')
    if (from === 'mdn.h') continue
    const layer = LAYERS.indexOf(from)
    assert.ok(layer >= 0 || TOPS.includes(from), `cpp/${from} has no place in the order`)
    for (const [, included] of read(file).matchAll(/^\s*#\s*include "([^"]+)"/gm)) {
      const to = included.split('/')[0]
      assert.ok(
        existsSync(join(root, 'cpp', included)),
        `${file}: cpp/${included} is not there (includes are relative to cpp/)`,
      )
      const allowed =
        layer < 0 ? [from, 'mdn.h', 'train', ...LAYERS].includes(to) : LAYERS.slice(0, layer + 1).includes(to)
      if (!allowed) wrong.push(`${file} includes ${included}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('every header says #pragma once', () => {
  for (const file of filesOf('cpp', /\.h$/)) assert.match(read(file), /^#pragma once$/m, file)
})

test('the entries for browsers import nothing but their own files', async () => {
  for (const entry of ['js/index.js', 'js/external.js', 'js/train.js', 'js/external-train.js']) {
    const { metafile } = await build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      logLevel: 'silent',
    })
    assert.deepEqual(
      Object.keys(metafile.inputs).filter((file) => !file.startsWith('js/')),
      [],
    )
  }
})

test('nothing is left to do, and nothing names this machine', () => {
  const files = ['cpp', 'js', 'tests', 'web']
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => filesOf(folder, /\.(h|cpp|js|mjs|html|css|py|sh)$/))
    .filter((file) => !file.startsWith('js/wasm/') && !file.endsWith('structure.test.js'))
  for (const file of files) {
    assert.doesNotMatch(read(file), /\b(TODO|FIXME|XXX)\b/, file)
    assert.doesNotMatch(read(file), /\/(root|home|work)\/\w/, file)
  }
})

test('the lock file names no registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /https?:\/\/[^"]*(registry|npm)/)
})
