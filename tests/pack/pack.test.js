// The package as users get it: packed, installed in an empty folder, imported, type-checked, bundled, linted and weighed.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { inRoot } from '../../cpp/toolchain/tools.mjs'

const MAIN_ENTRY_BYTES = 80_000 // DESIGN: the main entry with its module inlined, gzipped
const TRAIN_ENTRY_BYTES = 200_000 // the training entry, likewise

const manifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'))
const entries = Object.keys(manifest.exports).filter((name) => name !== './package.json')
const specifier = (entry) => manifest.name + entry.slice(1)

/** Runs a program; its output, or an error that shows it. */
async function run(program, args, cwd) {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { cwd, maxBuffer: 2 ** 26 })
    return stdout + stderr
  } catch (error) {
    throw new Error(`${[program, ...args].join(' ')}\n${error.stdout}${error.stderr}`)
  }
}
const tool = (path, ...args) => run(process.execPath, [inRoot('node_modules', path), ...args], folder)

let folder
let tarball
const installed = (...parts) => join(folder, 'node_modules', manifest.name, ...parts)

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mixture-density-'))
  // Built by the stages before this one, so its scripts are not run again.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], inRoot())
  tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith('.tgz')),
  )
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball], folder)
})
after(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed package', () => {
  test('holds what it needs and nothing else', () => {
    for (const file of [
      'README.md',
      'LICENSE',
      'js/index.js',
      'js/wasm/glue.js',
      'js/wasm/core.wasm',
      'types/index.d.ts',
    ]) {
      assert.ok(existsSync(installed(file)), `${file} is missing`)
    }
    const expected = new Set(['package.json', 'README.md', 'LICENSE', ...manifest.files])
    assert.deepEqual(
      readdirSync(installed()).filter((name) => !expected.has(name)),
      [],
    )
    assert.deepEqual(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
      [manifest.name],
    )
  })

  for (const entry of entries) {
    test(`${specifier(entry)} is imported by Node, silently`, async () => {
      const code = `const names = Object.keys(await import('${specifier(entry)}'))\nif (names.length === 0) throw new Error('empty')`
      assert.equal(await run(process.execPath, ['--input-type=module', '--eval', code], folder), '')
    })
  }

  test('computes in Node', async () => {
    const code = `
      import { Mixture, ready } from '${manifest.name}'
      await ready()
      const mixture = Mixture.diagonal({ dims: 1, weights: [0.25, 0.75], means: [-1, 2], scales: [0.5, 1.5] })
      process.stdout.write(String(mixture.mean()[0]))`
    assert.equal(await run(process.execPath, ['--input-type=module', '--eval', code], folder), '1.25')
  })

  test('has a command line', async () => {
    assert.match(await run(join(folder, 'node_modules/.bin', Object.keys(manifest.bin)[0]), ['--help'], folder), /info/)
  })

  test('its types hold in a strict TypeScript project', async () => {
    const modules = entries.map((entry, i) => `import * as entry${i} from '${specifier(entry)}'\nvoid entry${i}\n`)
    const usage = readFileSync(new URL('usage.ts.txt', import.meta.url), 'utf8')
    writeFileSync(join(folder, 'entries.ts'), modules.join(''))
    writeFileSync(join(folder, 'usage.ts'), usage)
    const compilerOptions = {
      ...{ noEmit: true, strict: true, skipLibCheck: false, types: [], target: 'ES2022' },
      lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable', 'ESNext.Disposable'],
    }
    for (const way of [
      { module: 'NodeNext', moduleResolution: 'NodeNext' },
      { module: 'ESNext', moduleResolution: 'Bundler' },
    ]) {
      const config = { compilerOptions: { ...compilerOptions, ...way }, files: ['entries.ts', 'usage.ts'] }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      await tool('typescript/bin/tsc', '-p', folder)
    }
  })

  test('publint finds nothing', async () => {
    assert.match(await tool('publint/src/cli.js', 'run', '--strict', tarball), /All good/)
  })

  test('attw finds nothing', async () => {
    const options = ['--profile', 'esm-only', '--no-definitely-typed', '--no-color', '--no-emoji']
    // It ends with an error where it finds something.
    assert.match(await tool('@arethetypeswrong/cli/dist/index.js', tarball, ...options), /node16 \(from ESM\): OK/)
  })
})

describe('bundled for browsers', () => {
  /** Minified, with nothing left outside; esbuild fails on a node: import that a browser would meet. */
  async function bundle(entry) {
    const { outputFiles, warnings } = await build({
      stdin: { contents: `export * from '${specifier(entry)}'`, resolveDir: folder },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      logLevel: 'silent',
    })
    assert.deepEqual(warnings, [])
    return outputFiles[0].contents
  }

  test('the main entry is self-contained and small', async (t) => {
    const code = await bundle('.')
    const size = gzipSync(code, { level: 9 }).length
    t.diagnostic(`main entry, module inlined: ${code.length} bytes, ${size} gzipped`)
    assert.ok(size <= MAIN_ENTRY_BYTES, `${size} bytes gzipped; the limit is ${MAIN_ENTRY_BYTES}`)
  })

  test('the training entry is self-contained', async (t) => {
    const code = await bundle('./train')
    const size = gzipSync(code, { level: 9 }).length
    t.diagnostic(`training entry, module inlined: ${code.length} bytes, ${size} gzipped`)
    assert.ok(size <= TRAIN_ENTRY_BYTES, `${size} bytes gzipped; the limit is ${TRAIN_ENTRY_BYTES}`)
  })

  test('the external entry needs one more file', async (t) => {
    const code = await bundle('./external')
    const wasm = readFileSync(installed('js/wasm/core.wasm'))
    const sizes = [code, wasm].map((bytes) => gzipSync(bytes, { level: 9 }).length)
    t.diagnostic(`external entry: ${sizes[0]} bytes gzipped, and core.wasm: ${sizes[1]}`)
    assert.ok(sizes[0] < MAIN_ENTRY_BYTES - sizes[1])
  })
})
