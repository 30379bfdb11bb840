// npm test: sets up, then runs every stage below and prints a table. All stages run, also after one has failed.
//
//   node cpp/toolchain/test.mjs [--long] [stage …]     only these stages, and what they build on
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildNative, buildTypes, buildWasm } from './build.mjs'
import { biome, clangFormat } from './format.mjs'
import { setUp } from './setup.mjs'
import { inRoot, root, run, which } from './tools.mjs'

const args = process.argv.slice(2)
const long = args.includes('--long')
const names = args.filter((argument) => !argument.startsWith('--'))
if (long) process.env.MDN_LONG = '1'
const MINUTES = long ? 120 : 5

/** A result of one thing that either works or does not. */
const single = ({ ok, output, skipped = false }) => ({
  passed: ok && !skipped ? 1 : 0,
  failed: ok ? 0 : 1,
  skipped: skipped ? 1 : 0,
  output,
})

/** Adds results up. */
const sum = (results) =>
  results.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
    output: a.output + b.output,
  }))

/** The counts that a test runner printed; a runner that failed, or ran nothing, has failed once more than it says. */
function counted({ ok, output }, pattern) {
  const { passed = 0, failed = 0, skipped = 0 } = pattern.exec(output)?.groups ?? {}
  const result = { passed: Number(passed), failed: Number(failed), skipped: Number(skipped), output }
  if (result.failed === 0 && (!ok || result.passed + result.skipped === 0)) result.failed = 1
  return result
}

const DOCTEST = /test cases: +\d+ \| +(?<passed>\d+) passed \| +(?<failed>\d+) failed \| +(?<skipped>\d+) skipped/
async function doctest(command, env) {
  return counted(await run([...command, '--no-colors'], { env, timeout: MINUTES * 60 }), DOCTEST)
}

// AddressSanitizer of GCC 12 needs its part of the address space free; with some kernels' randomisation it often is not.
const fixedAddresses = which('setarch') && spawnSync('setarch', ['-R', 'true']).status === 0 ? ['setarch', '-R'] : []

const NODE_TEST = /^ℹ pass (?<passed>\d+)\nℹ fail (?<failed>\d+)\nℹ cancelled \d+\nℹ skipped (?<skipped>\d+)/m
// What a test has to say besides (t.diagnostic): sizes, times.
const NOTE = /^ *ℹ (?!(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ).*/gm
// The files are named one by one: what a folder means to --test depends on the version of Node.
async function nodeTest(folder, concurrency) {
  const files = readdirSync(inRoot(folder))
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(folder, name))
  if (files.length === 0) return { passed: 0, failed: 1, skipped: 0, output: `No tests in ${folder}.\n` }
  const options = ['--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`]
  return counted(await run([process.execPath, ...options, ...files], { timeout: MINUTES * 60 }), NODE_TEST)
}

// weight: of the two that run at once. after: what must have worked before. purposes: what setup.mjs installs for it.
const stages = [
  { name: 'build wasm', weight: 1, purposes: ['build'], run: async () => single(await buildWasm()) },
  {
    name: 'build native',
    weight: 1,
    purposes: ['build', 'native', 'c++ tests'],
    run: async () => single(await buildNative()),
  },
  {
    name: 'lint',
    weight: 1,
    purposes: ['lint'],
    run: async () => sum([single(await clangFormat({ check: true })), single(await biome({ check: true }))]),
  },
  { name: 'types', weight: 1, after: ['build wasm'], purposes: [], run: async () => single(await buildTypes()) },
  {
    name: 'c++ native',
    weight: 1,
    after: ['build native'],
    purposes: ['native'],
    run: async () => {
      const env = { UBSAN_OPTIONS: 'print_stacktrace=1' }
      const programs = ['mdn_tests', 'mdn_tests_portable'].map((name) => inRoot('build/native', name))
      return sum([
        await doctest([...fixedAddresses, programs[0]], env),
        await doctest([...fixedAddresses, programs[1]], env),
      ])
    },
  },
  {
    name: 'c++ wasm',
    weight: 1,
    after: ['build wasm'],
    purposes: ['c++ tests'],
    run: async () => {
      const built = await buildWasm({ tests: true })
      return built.ok ? doctest([process.execPath, inRoot('build/wasm/mdn_tests.js')], {}) : single(built)
    },
  },
  { name: 'js', weight: 2, after: ['build wasm'], purposes: [], run: () => nodeTest('tests/js', 2) },
  {
    name: 'browsers',
    weight: 2,
    after: ['build wasm'],
    purposes: ['browsers'],
    run: () => nodeTest('tests/browser', 1),
  },
  { name: 'pack', weight: 2, after: ['build wasm', 'types'], purposes: [], run: () => nodeTest('tests/pack', 1) },
]

// Not part of `npm test`: it compares with recordings that are too large for this repository.
const conformance = {
  name: 'conformance',
  weight: 2,
  after: ['build wasm'],
  purposes: [],
  run: () => nodeTest('tests/conformance', 2),
}

/** The named stages and all that they build on, in their order. */
function choose(all, wanted) {
  for (const name of wanted) {
    if (all.some((stage) => stage.name === name)) continue
    console.error(`Unknown stage "${name}": one of ${all.map((stage) => `"${stage.name}"`).join(', ')}`)
    process.exit(1)
  }
  const chosen = new Set(wanted)
  // Later stages build on earlier ones only, so one pass from the end finds them all.
  for (const stage of [...all].reverse())
    if (chosen.has(stage.name)) for (const name of stage.after ?? []) chosen.add(name)
  return all.filter((stage) => chosen.has(stage.name))
}

/** Runs the stages, two lighter ones at a time, and reports each when it is done. */
async function runAll(chosen, missing) {
  const results = new Map()
  const running = new Set()
  let free = 2
  const state = (name) => results.get(name)?.failed
  const finish = (stage, result, seconds) => {
    results.set(stage.name, { ...result, seconds })
    const mark = result.failed > 0 ? '✖' : '✔'
    console.log(`${mark} ${stage.name} (${seconds.toFixed(1)} s)`)
    for (const [line] of result.output.matchAll(NOTE)) console.log(line)
    if (result.failed > 0) console.log(`\n${result.output}\n`)
  }
  const waiting = [...chosen]
  while (waiting.length > 0 || running.size > 0) {
    for (const stage of [...waiting]) {
      const before = (stage.after ?? []).filter((name) => chosen.some((other) => other.name === name))
      const lacking = missing.filter((need) => need.for.some((purpose) => stage.purposes.includes(purpose)))
      const broken = before.filter((name) => state(name) > 0)
      if (lacking.length > 0 || broken.length > 0) {
        const why =
          lacking.length > 0 ? `missing: ${lacking.map((need) => need.name).join(', ')}` : `"${broken[0]}" failed`
        waiting.splice(waiting.indexOf(stage), 1)
        finish(stage, { passed: 0, failed: 1, skipped: 0, output: `Not run; ${why}.` }, 0)
        continue
      }
      if (stage.weight > free || !before.every((name) => results.has(name))) continue
      waiting.splice(waiting.indexOf(stage), 1)
      free -= stage.weight
      const started = performance.now()
      const task = stage
        .run()
        .catch((error) => ({ passed: 0, failed: 1, skipped: 0, output: error.stack }))
        .then((result) => {
          finish(stage, result, (performance.now() - started) / 1000)
          free += stage.weight
          running.delete(task)
        })
      running.add(task)
    }
    if (running.size > 0) await Promise.race(running)
  }
  return results
}

function report(chosen, results, seconds) {
  const column = (text, width) => String(text).padStart(width)
  console.log(
    `\n${'stage'.padEnd(14)}${column('passed', 8)}${column('failed', 8)}${column('skipped', 9)}${column('seconds', 9)}`,
  )
  let total = { passed: 0, failed: 0, skipped: 0, output: '' }
  for (const { name } of chosen) {
    const result = results.get(name)
    total = sum([total, result])
    const counts = column(result.passed, 8) + column(result.failed, 8) + column(result.skipped, 9)
    console.log(name.padEnd(14) + counts + column(result.seconds.toFixed(1), 9))
  }
  console.log(`${''.padEnd(39)}${column(seconds.toFixed(1), 9)}\n`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
  if (total.failed > 0) process.exitCode = 1
}

const shared = resolve(root, process.env.MDN_SHARED ?? '../shared')
process.env.MDN_SHARED = shared
if (names[0] === 'conformance' && !existsSync(shared)) {
  console.log(`Conformance is skipped: ${shared} is not there (MDN_SHARED names it).\n\n0 passed, 0 failed`)
} else {
  const started = performance.now()
  const all = [...stages, conformance]
  const chosen = choose(all, names.length > 0 ? names : stages.map((stage) => stage.name))
  const missing = await setUp([...new Set(chosen.flatMap((stage) => stage.purposes))])
  const results = await runAll(chosen, missing)
  report(chosen, results, (performance.now() - started) / 1000)
}
