// node cpp/toolchain/build.mjs [wasm] [native] [trainer] [types]
//
//   wasm     the core and its bindings as js/wasm/
//   native   the tests as native programs with AddressSanitizer and UndefinedBehaviorSanitizer, in build/native
//   trainer  the native trainer, compiled for this machine, as build/trainer/train; `npx mixture-density train` finds it
//   types    types/*.d.ts from the JSDoc of js/
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findEmcc, inRoot, root, run } from './tools.mjs'

/** Builds as much as can be built, so that one run shows every error. */
const ninja = (folder, target, env) =>
  run(['ninja', '-C', folder, '--quiet', '-k', '0', '-j', `${availableParallelism()}`, target], { env })

/** Configures a build folder unless it is, by the same compiler and with these options. */
async function configure(folder, launcher, options, env, compiler) {
  const record = join(folder, 'configured.json')
  const wanted = JSON.stringify({ root, compiler, options })
  const known = existsSync(record) ? readFileSync(record, 'utf8') : ''
  if (known === wanted && existsSync(join(folder, 'build.ninja'))) return { ok: true, output: '' }
  // CMake cannot change the compiler of a folder, and remembers what it found beside the old one.
  if (known === '' || JSON.parse(known).compiler !== compiler || JSON.parse(known).root !== root) {
    rmSync(folder, { recursive: true, force: true })
  }
  mkdirSync(folder, { recursive: true })
  const result = await run([...launcher, 'cmake', '-S', root, '-B', folder, '-G', 'Ninja', ...options], { env })
  if (result.ok) writeFileSync(record, wanted)
  return result
}

/**
 * The module that js/ wraps; or the C++ tests as WebAssembly, or another target.
 * @param {{tests?: boolean, target?: string}} [options]
 */
export async function buildWasm({ tests = false, target = tests ? 'mdn_tests' : 'mdn_package' } = {}) {
  const emcc = findEmcc()
  if (!emcc) return { ok: false, output: 'emcc was not found.\n' }
  const folder = inRoot('build/wasm')
  const env = { PATH: `${dirname(emcc)}${delimiter}${process.env.PATH}` }
  const options = ['-DCMAKE_BUILD_TYPE=Release', `-DMDN_TESTS=${tests ? 'ON' : 'OFF'}`]
  // A folder configured with tests serves both, so that start and test do not take turns reconfiguring it.
  const record = join(folder, 'configured.json')
  if (!tests && existsSync(record)) options[1] = JSON.parse(readFileSync(record, 'utf8')).options[1]
  const configured = await configure(folder, [join(dirname(emcc), 'emcmake')], options, env, emcc)
  if (!configured.ok) return configured
  return ninja(folder, target, env)
}

export async function buildNative() {
  const folder = inRoot('build/native')
  const options = ['-DCMAKE_BUILD_TYPE=Debug', '-DMDN_SANITIZE=ON', '-DMDN_WERROR=ON', '-DMDN_TESTS=ON']
  const configured = await configure(folder, [], options, {}, process.env.CXX ?? 'default')
  return configured.ok ? ninja(folder, 'all') : configured
}

/** @param {{target?: string}} [options] */
export async function buildTrainer({ target = 'train' } = {}) {
  const folder = inRoot('build/trainer')
  const options = ['-DCMAKE_BUILD_TYPE=Release', '-DMDN_TOOLS=ON', '-DMDN_TESTS=OFF']
  const configured = await configure(folder, [], options, {}, process.env.CXX ?? 'default')
  return configured.ok ? ninja(folder, target) : configured
}

export async function buildTypes() {
  rmSync(inRoot('types'), { recursive: true, force: true })
  return run([process.execPath, inRoot('node_modules/typescript/bin/tsc'), '-p', inRoot('tsconfig.json')])
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const steps = { wasm: buildWasm, native: buildNative, trainer: buildTrainer, types: buildTypes }
  for (const name of process.argv.slice(2)) {
    if (!(name in steps)) {
      console.error(`Unknown step "${name}": one of ${Object.keys(steps).join(', ')}`)
      process.exit(1)
    }
    const { ok, output } = await steps[name]()
    process.stdout.write(output)
    if (!ok) process.exit(1)
  }
}
