// Installs what is missing for `npm start` or `npm test`: npm's packages, and on Debian, apt's.
//
// It says first what it will install. It never asks: apt is used as root or with a sudo that wants no password, or else the
// command to type is printed. SKIP_SETUP=1 turns installing off; what is missing is then only named.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findBrowser, findClangFormat, findEmcc, findHeader, inRoot, run, which } from './tools.mjs'

// What is needed, for which purpose, how to see that it is there, and what it is called in Debian.
const needs = [
  { name: 'emscripten', for: ['build'], found: () => findEmcc() },
  { name: 'cmake', for: ['build'], found: () => which('cmake') },
  { name: 'ninja-build', for: ['build'], found: () => which('ninja') },
  { name: 'libeigen3-dev', for: ['build'], found: () => findHeader('Eigen/Core') },
  { name: 'libxtensor-dev', for: ['build'], found: () => findHeader('xtensor/xarray.hpp') },
  { name: 'g++', for: ['native'], found: () => process.env.CXX ?? which('g++', 'clang++', 'c++') },
  { name: 'doctest-dev', for: ['c++ tests'], found: () => findHeader('doctest/doctest.h') },
  { name: 'clang-format', for: ['lint'], found: () => findClangFormat() },
  { name: 'chromium', for: ['browsers'], found: () => findBrowser('chromium') },
  { name: 'firefox-esr', for: ['browsers'], found: () => findBrowser('firefox') },
]

const ask = (program, ...args) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })

/** True where node_modules holds the versions of the lock file. */
function npmPackagesInstalled() {
  const packages = (file) => JSON.parse(readFileSync(inRoot(file), 'utf8')).packages
  try {
    const installed = packages('node_modules/.package-lock.json')
    return Object.entries(packages('package-lock.json')).every(
      ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
    )
  } catch {
    return false
  }
}

/** What apt-get must be prefixed with, or undefined where it cannot be used without asking. */
function aptPrefix() {
  if (!which('apt-get')) return undefined
  if (process.getuid?.() === 0) return []
  return which('sudo') && ask('sudo', '-n', 'true').status === 0 ? ['sudo', '-n'] : undefined
}

/** Fresh machines have no package lists at all, and then every name is unknown. */
const aptKnows = (names) =>
  (ask('apt-cache', 'policy', ...names).stdout.match(/Candidate: (?!\(none\))/g) ?? []).length === names.length

/** Runs a step that takes a while and talks much: one line here, its output only where it fails. */
async function step(label, command) {
  const started = performance.now()
  const { ok, output } = await run(command)
  if (!ok) process.stderr.write(output)
  console.log(`${ok ? 'Done' : 'Failed'}: ${label} (${((performance.now() - started) / 1000).toFixed(0)} s)`)
  return ok
}

async function aptInstall(prefix, names) {
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Dpkg::Use-Pty=0']
  const apt = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options]
  const update = () => step('apt-get update', [...apt, 'update'])
  const install = () => step('apt-get install', [...apt, 'install', '-y', '--no-install-recommends', ...names])
  if (!aptKnows(names)) {
    await update()
    return install()
  }
  // Lists that are too old name files that no longer exist: read them anew, once.
  return (await install()) || ((await update()) && install())
}

/**
 * Makes sure that what the purposes need is there. What could not be installed has been reported when it returns.
 * @param {string[]} purposes  of those named above
 * @returns {Promise<{name: string, for: string[]}[]>} what is still missing
 */
export async function setUp(purposes) {
  const npm = { name: "npm's packages", for: purposes, found: npmPackagesInstalled }
  const wanted = [npm, ...needs.filter((need) => need.for.some((purpose) => purposes.includes(purpose)))]
  const missing = () => wanted.filter((need) => !need.found())
  let left = missing()
  if (left.length === 0) return []

  const install = process.env.SKIP_SETUP !== '1'
  const prefix = install ? aptPrefix() : undefined
  const canInstall = (need) => install && (need === npm || prefix !== undefined)
  const list = left.filter(canInstall)
  if (list.length > 0) {
    console.log('This will be installed (SKIP_SETUP=1 turns that off):')
    for (const need of list) console.log(`  ${need.name}${need === npm ? ' (into node_modules)' : ' (apt)'}`)
    console.log()
    const names = list.filter((need) => need !== npm).map((need) => need.name)
    if (names.length > 0) await aptInstall(prefix, names)
    if (list.includes(npm)) await step('npm ci', ['npm', 'ci', '--ignore-scripts', '--loglevel=error'])
    left = missing()
  }

  if (left.length > 0) {
    console.error(`\nMissing: ${left.map((need) => need.name).join(', ')}. Install with:`)
    const names = left.filter((need) => need !== npm).map((need) => need.name)
    if (left.includes(npm)) console.error('  npm ci')
    if (names.length > 0) console.error(`  sudo apt-get install --no-install-recommends ${names.join(' ')}`)
    if (names.length > 0 && !which('apt-get'))
      console.error('  (names of Debian packages; see "Other systems" in README.md)')
    console.error()
  }
  return left
}
