// Where things are on this machine, and how commands are run. Nothing here changes anything.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const inRoot = (...parts) => join(root, ...parts)

const pathFolders = (process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':').filter(Boolean)
const suffixes = process.platform === 'win32' ? ['.exe', '.bat', '.cmd'] : ['']

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Every place on the PATH that has one of the programs, in the order of the PATH. */
function everyWhich(...names) {
  const found = []
  for (const folder of pathFolders) {
    for (const name of names) {
      for (const suffix of suffixes) {
        if (isProgram(join(folder, name + suffix))) found.push(join(folder, name + suffix))
      }
    }
  }
  return found
}

export const which = (...names) => everyWhich(...names)[0]

/** Debian's emcc is used where there is no other. */
export function findEmcc() {
  const all = everyWhich('emcc')
  return all.find((path) => !isDebianEmcc(path)) ?? all[0]
}
export const isDebianEmcc = (path) => realpathSync(path).startsWith('/usr/share/emscripten/')

/** A header-only library, by one of its files: in the prefix of emcc, or where compilers look. */
export function findHeader(file) {
  const emcc = findEmcc()
  const folders = [process.env.MDN_HEADERS, ...(process.env.CPATH ?? '').split(':')]
  if (emcc) folders.push(join(dirname(dirname(emcc)), 'include'))
  folders.push('/usr/include', '/usr/include/eigen3', '/usr/local/include', '/opt/homebrew/include')
  folders.push('/opt/homebrew/include/eigen3', '/usr/local/include/eigen3')
  return folders
    .filter(Boolean)
    .map((folder) => join(folder, file))
    .find((path) => existsSync(path))
}

/** CHROMIUM and FIREFOX name a browser that is somewhere else. */
export function findBrowser(name) {
  const own = process.env[name.toUpperCase()]
  if (own) return own
  if (name === 'chromium') {
    const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
    return which('chromium', 'chromium-browser', 'google-chrome', 'chrome') ?? (existsSync(mac) ? mac : undefined)
  }
  const mac = '/Applications/Firefox.app/Contents/MacOS/firefox'
  return which('firefox-esr', 'firefox') ?? (existsSync(mac) ? mac : undefined)
}

/** Formatting differs between versions of clang-format; the sources are formatted with this one. */
export const CLANG_FORMAT_VERSION = 14
export function findClangFormat() {
  const path = which(`clang-format-${CLANG_FORMAT_VERSION}`, 'clang-format')
  if (!path) return undefined
  const text = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? ''
  return { path, version: Number(/version (\d+)/.exec(text)?.[1]) }
}

// Programs with a time limit are groups of their own, so that all they started can be stopped; Ctrl+C no longer reaches them.
const groups = new Set()
function stop(pid) {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}
function stopAll() {
  for (const pid of groups) stop(pid)
  process.exit(1)
}

/**
 * Runs a program to its end and collects its output.
 * @param {string[]} command
 * @param {{cwd?: string, env?: Record<string, string>, timeout?: number}} [options]  timeout in seconds
 * @returns {Promise<{ok: boolean, output: string}>}
 */
export function run(command, { cwd = root, env = {}, timeout } = {}) {
  return new Promise((resolve) => {
    const [program, ...args] = command
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: timeout !== undefined && process.platform !== 'win32',
    })
    let output = ''
    const end = (ok) => {
      clearTimeout(timer)
      groups.delete(child.pid)
      resolve({ ok, output })
    }
    let timer
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text))
    child.on('error', (error) => {
      output += `${program}: ${error.message}\n`
      end(false)
    })
    child.on('close', (code) => end(code === 0))
    if (timeout === undefined) return
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stopAll).on(signal, stopAll)
    groups.add(child.pid)
    timer = setTimeout(() => {
      output += `\nStopped after ${timeout} s.\n`
      stop(child.pid)
      end(false)
    }, timeout * 1000)
  })
}
