// The native trainer, interrupted: killed at any moment, its checkpoints damaged, its disk full. What it goes on to must
// be, bit for bit, what a run without the interruption comes to; that run is the source of every expected number here.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, watch } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeDataSet } from '../../js/data-set.js'
import { parseJson } from '../../js/json.js'
import { readSafetensors } from '../../js/safetensors.js'
import { seededRandom } from '../mutants.js'

const named = process.env.MDN_TRAIN ?? ''
const TRAINER = named === '' ? fileURLToPath(new URL('../../build/trainer/train', import.meta.url)) : named
const STEPS = 60
const NEWEST = 'checkpoint.safetensors'
const PREVIOUS = 'checkpoint.previous.safetensors'
const MODEL = 'model.safetensors'

// Dropout, augmentation, an average and two phases: all that a checkpoint must carry over. One after every step.
const SPEC = {
  model: {
    name: 'small',
    input: { size: 5 },
    nodes: [
      {
        name: 'lstm_0',
        type: 'lstm',
        inputs: ['input'],
        units: 64,
        gates: 'ifgo',
        forgetBias: 0,
        recurrentActivation: 'sigmoid',
        activation: 'tanh',
      },
      { name: 'output', type: 'dense', inputs: ['lstm_0'], units: 15, activation: 'linear' },
    ],
    head: { type: 'sketch-rnn', components: 2 },
    scale: 20,
    startToken: [0, 0, 1, 0, 0],
  },
  steps: STEPS,
  batch: 16,
  schedule: { rate: 1e-2, warmUp: 10 },
  average: 0.9,
  recurrentKeep: 0.9,
  augment: { dequantise: 0.5, drop: 0.1, axisScaling: 0.1 },
  phases: [{ until: 0.5 }, { until: 1 }],
  validation: { every: 20 },
  checkpointSeconds: 0,
}

let folder = ''
const at = (/** @type {string[]} */ ...names) => path.join(folder, ...names)

/** The trainer's arguments. */
const args = (out, options) => [at('spec.json'), '--data', at('set.safetensors'), '--out', at(out), ...options]

/**
 * Runs it to its end.
 *
 * @param {string} out
 * @param {string[]} [options]
 * @param {string} [limits] Shell commands before it.
 */
function train(out, options = [], limits = 'true') {
  const child = spawn('sh', ['-c', `${limits}; exec "$0" "$@"`, TRAINER, ...args(out, options)])
  return ended(child)
}

function ended(child) {
  let err = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ err, code, signal }))
  })
}

async function succeed(out, options) {
  const { err, code } = await train(out, options)
  assert.equal(code, 0, err)
  return err
}

/** The counters of a checkpoint; undefined where it is missing or no whole file. */
function counters(out, name = NEWEST) {
  try {
    return parseJson(readSafetensors(readFileSync(at(out, name))).metadata['mixture-density'], name)
  } catch {
    return undefined
  }
}

/** How far the folder has come: the step of the newest checkpoint that is whole. */
const reached = (out) => (counters(out) ?? counters(out, PREVIOUS))?.step ?? 0

/** Every tensor of the newest checkpoint and of the model, and the counters that do not tell the time. */
function bits(out) {
  const tensors = [NEWEST, MODEL].flatMap((name) => [...readSafetensors(readFileSync(at(out, name))).tensors])
  const { step, points, best, bestStep, phase, phaseStart, seed } = counters(out)
  return {
    counters: { step, points, best, bestStep, phase, phaseStart, seed },
    tensors: tensors.map(([name, { bytes }]) => [name, Buffer.from(bytes).toString('base64')]),
  }
}

/** Checked one by one, because a difference of a whole file is not worth reading. */
function assertSameBits(out) {
  const [wanted, found] = [bits('whole'), bits(out)]
  assert.deepEqual(found.counters, wanted.counters)
  assert.deepEqual(
    found.tensors.map(([name]) => name),
    wanted.tensors.map(([name]) => name),
  )
  for (const [i, [name, bytes]] of wanted.tensors.entries()) assert.ok(bytes === found.tensors[i][1], name)
}

/** All files of a folder with their contents. */
function contents(out) {
  const files = readdirSync(at(out), { withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(files.map(({ name }) => [name, readFileSync(at(out, name), 'base64')]))
}

const skip = !existsSync(TRAINER)
  ? 'npm run build:trainer makes the native trainer'
  : process.platform === 'win32'
    ? 'needs the signals and limits of POSIX'
    : false

describe('the native trainer', { skip }, () => {
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mixture-density-'))
    const random = seededRandom(1)
    const drawings = Array.from({ length: 100 }, (_, i) => ({
      rows: Float32Array.from({ length: 3 * (5 + (i % 20)) }, (_, j) =>
        j % 3 === 2 ? Number(random() < 0.2) : Math.round(40 * (random() - 0.5)),
      ),
      label: 0,
      split: i % 10 === 0 ? 1 : 0,
    }))
    await writeFile(at('set.safetensors'), writeDataSet({ drawings, classes: [] }))
    await writeFile(at('spec.json'), JSON.stringify(SPEC))
    await succeed('whole')
    await stopHalfway('half')
  })
  after(() => rm(folder, { recursive: true, force: true }))

  /** A run that is killed after its first validation. On a busy machine the signal may come too late: then once more. */
  async function stopHalfway(out) {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await killed(out, [], () => reached(out) > SPEC.validation.every)
      if (reached(out) < STEPS - 10) break
    }
    assert.ok(reached(out) > SPEC.validation.every && reached(out) < STEPS - 10, `${reached(out)} of ${STEPS}`)
  }

  /**
   * Starts it, and kills it as soon as a change in its folder is what was waited for.
   *
   * @param {string} out
   * @param {string[]} options
   * @param {(file: string | null) => boolean} isTime
   */
  async function killed(out, options, isTime) {
    await mkdir(at(out), { recursive: true })
    const watcher = watch(at(out))
    const child = spawn(TRAINER, args(out, options))
    watcher.on('change', (_, file) => {
      if (isTime(file === null ? null : String(file))) child.kill('SIGKILL')
    })
    const result = await ended(child)
    watcher.close()
    return result
  }

  test('killed again and again, ends where it would have ended', async (t) => {
    // Nine kills: each at the n-th change of the file that is being written, or of the one that it replaces.
    const moments = [1, 7, 20, 3, 30, 12, 25, 2, 15]
    let kills = 0
    let torn = 0
    for (const [turn, wait] of moments.entries()) {
      const before = reached('killed')
      const began = counters('killed') ?? counters('killed', PREVIOUS)
      let seen = 0
      const { signal, code, err } = await killed('killed', began === undefined ? [] : ['--resume'], (file) => {
        const sign = turn % 2 === 0 ? `${NEWEST}.part` : NEWEST
        seen += file === sign ? 1 : 0
        return seen >= wait
      })
      assert.ok(signal === 'SIGKILL' || code === 0, err)
      assert.ok(reached('killed') >= before, 'a checkpoint is lost')
      kills += signal === 'SIGKILL' ? 1 : 0
      torn += existsSync(at('killed', `${NEWEST}.part`)) ? 1 : 0
    }
    t.diagnostic(`${kills} kills, ${torn} of them during a checkpoint; at step ${reached('killed')} of ${STEPS}`)
    assert.ok(kills > 0)
    await succeed('killed', ['--resume', '--threads', '1']) // their number does not matter either
    assertSameBits('killed')
  })

  test('killed in the middle of a checkpoint, goes on from the one before', async () => {
    // The system ends a program that writes more than it may, as sudden as kill -9 and always within the file.
    await cp(at('half'), at('middle'), { recursive: true })
    const before = contents('middle')
    const { signal } = await train('middle', ['--resume'], 'ulimit -c 0; ulimit -f 200')
    assert.equal(signal, 'SIGXFSZ')
    const part = `${NEWEST}.part`
    assert.ok(existsSync(at('middle', part)) && readFileSync(at('middle', part)).length > 0, 'it was being written')
    for (const name of [NEWEST, PREVIOUS]) assert.equal(contents('middle').get(name), before.get(name))
    await succeed('middle', ['--resume'])
    assertSameBits('middle')
  })

  test('a full disk is told in one line, and costs nothing that was written', async () => {
    await cp(at('half'), at('full'), { recursive: true })
    const before = contents('full')
    const { err, code } = await train('full', ['--resume'], "trap '' XFSZ; ulimit -f 200")
    assert.match(err, /^train: cannot write '[^\n]*checkpoint\.safetensors\.part': File too large\n$/)
    assert.equal(code, 1)
    const left = contents('full')
    for (const name of [NEWEST, PREVIOUS, MODEL]) assert.equal(left.get(name), before.get(name), name)
    assert.ok(!left.has(`${NEWEST}.part`), 'what it could not finish is removed')
    await succeed('full', ['--resume'])
    assertSameBits('full')
  })

  test('a damaged checkpoint is found out, and the one before it used', async () => {
    const COUNTER = 'step\\":' // JSON within JSON
    const whole = await readFile(at('half', NEWEST))
    const flipped = (/** @type {number} */ index) => {
      const bytes = Buffer.from(whole)
      bytes[index] ^= 1
      return bytes
    }
    for (const [how, bytes, pattern] of [
      ['flipped', flipped(whole.length - 5), /checksum does not fit/],
      ['counter', flipped(whole.indexOf(COUNTER) + COUNTER.length), /checksum does not fit/],
      ['torn', whole.subarray(0, whole.length / 2), /.+/],
      ['header', whole.subarray(0, 5), /.+/],
      ['empty', Buffer.alloc(0), /.+/],
      ['zeros', Buffer.alloc(whole.length), /.+/],
    ]) {
      await cp(at('half'), at(how), { recursive: true })
      await writeFile(at(how, NEWEST), bytes)
      const err = await succeed(how, ['--resume'])
      assert.match(err, /^train: [^\n]+; going on from checkpoint\.previous\.safetensors\n$/, how)
      assert.match(err, pattern, how)
      assertSameBits(how)
    }
  })

  test('when both are damaged, it says so and touches nothing', async () => {
    await cp(at('half'), at('both'), { recursive: true })
    for (const name of [NEWEST, PREVIOUS]) await truncate(at('both', name), 1000)
    const before = contents('both')
    const { err, code } = await train('both', ['--resume'])
    assert.match(err, /^train: [^\n]+\n$/)
    assert.equal(code, 1)
    assert.deepEqual(contents('both'), before)
  })

  test('a folder that cannot be written is told in one line', async () => {
    const before = contents('half')
    await writeFile(at('file'), '')
    for (const options of [[], ['--resume']]) {
      const { err, code } = await train('file', options)
      assert.match(err, /^train: cannot [^\n]*file\/[^\n]*: Not a directory\n$/)
      assert.equal(code, 1)
    }
    // One in which only the checkpoint cannot be made. (Permissions do not stop root.)
    await cp(at('half'), at('stuck'), { recursive: true })
    await rm(at('stuck', `${NEWEST}.part`), { force: true })
    await mkdir(at('stuck', `${NEWEST}.part`))
    const { err, code } = await train('stuck', ['--resume'])
    assert.match(err, /^train: cannot write '[^\n]*checkpoint\.safetensors\.part': Is a directory\n$/)
    assert.equal(code, 1)
    for (const name of [NEWEST, PREVIOUS]) assert.equal(contents('stuck').get(name), before.get(name))
  })
})
