// The command line as people run it: a process of its own, in a pipe, in a temporary folder.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { tinySketchModel } from './models.js'

const MAIN = fileURLToPath(new URL('../js/cli/main.js', import.meta.url))

export const DRAWING = [
  [
    [0, 0],
    [255, 0],
    [255, 100],
  ],
  [
    [10, 10],
    [60, 90],
  ],
]

export const CLASSES = ['cat', 'duck']

let folder = ''

/** Makes the folder: models tiny.safetensors and classes.safetensors, drawings as JSON and ndjson. */
export async function setUp() {
  folder = await mkdtemp(path.join(tmpdir(), 'mixture-density-'))
  const pair = tinySketchModel({ classes: CLASSES, anyClass: false, name: 'pair' })
  await Promise.all([
    writeFile(at('tiny.safetensors'), tinySketchModel()),
    writeFile(at('classes.safetensors'), pair),
    writeFile(at('drawing.json'), JSON.stringify(DRAWING)),
    writeFile(at('two.json'), JSON.stringify([DRAWING, DRAWING])),
    writeFile(at('drawings.ndjson'), ['cat', 'duck', 'cat'].map(quickDraw).join('\n')),
  ])
}

export async function tearDown() {
  await rm(folder, { recursive: true, force: true })
}

/** The path of a file in the folder. */
export function at(name = '') {
  return path.join(folder, name)
}

/** The drawing as a line of an ndjson file. */
export function quickDraw(word) {
  const drawing = DRAWING.map((stroke) => [0, 1].map((axis) => stroke.map((point) => point[axis])))
  return JSON.stringify({ word, drawing })
}

/**
 * Runs the program as npx does, in a pipe.
 *
 * @param {string[]} args
 * @param {{ input?: string, env?: Record<string, string>, closeEarly?: boolean }} [options]
 * @returns {Promise<{ code: number | null, out: string, err: string }>}
 */
export function run(args, { input = '', env = {}, closeEarly = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: folder,
      env: { ...process.env, MDN_DEBUG: '', ...env },
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (closeEarly) child.stdout.destroy()
    })
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
    child.stdin.on('error', () => {}) // a program that fails early does not read on
    child.stdin.end(input)
  })
}

/** Runs what must succeed, without a word on stderr; its output. */
export async function succeed(args, options) {
  const { code, out, err } = await run(args, options)
  assert.equal(err, '')
  assert.equal(code, 0)
  return out
}

/** The JSON object that a verb prints when asked to. */
export async function json(args, options) {
  return JSON.parse(await succeed([...args, '--json'], options))
}
