// README.md is true: its examples run, its tables have every entry, its links and its map lead somewhere.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readDescription } from '../../js/description.js'
import * as mdn from '../../js/index.js'
import { sketch } from '../../js/models/index.js'
import { sharedRuntime } from '../../js/runtime.js'
import { tensorOf, writeSafetensors } from '../../js/safetensors.js'
import { fromSvg } from '../../js/svg.js'
import { temperatureRules } from '../../js/temperature.js'
import { asSketchRnnJson, tinySketchModel } from '../models.js'
import { seededRandom } from '../mutants.js'
import { assertNear } from '../near.js'
import { codeBlocks, README, section } from '../readme.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A folder as a user has it: the package installed, and a model of sketch-rnn. */
let folder = ''
const at = (...names) => path.join(folder, ...names)

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mixture-density-readme-'))
  await mkdir(at('node_modules'))
  await symlink(root, at('node_modules/mixture-density'), 'junction')
  await writeFile(at('monkey.gen.json'), asSketchRnnJson(tinySketchModel({ name: 'monkey' })))
})
after(() => rm(folder, { recursive: true, force: true }))

/** Runs a program in the folder; its output. What it says on stderr fails the test. */
async function run(program, ...args) {
  const { stdout, stderr } = await promisify(execFile)(program, args, { cwd: folder })
  assert.equal(stderr, '')
  return stdout
}

/** Runs the only JavaScript under a heading; its output. */
async function runScript(heading) {
  const [code] = codeBlocks(heading, 'js')
  await writeFile(at('example.mjs'), code)
  return run(process.execPath, 'example.mjs')
}

const lines = (text) => text.trimEnd().split('\n')

test('in Node', async () => {
  const printed = lines(await runScript('In Node'))
  assert.equal(printed.length, 8)
  for (const line of printed) assert.match(line, /^\d+ points, -?\d+\.\d\d nats each$/)
  // The drawing itself and at least one more stroke.
  assert.ok(fromSvg(await readFile(at('finished.svg'), 'utf8')).length > 1)
})

test('the loop underneath', async () => {
  const printed = await runScript('The loop underneath')
  assert.match(printed, /^longest so far: 4\nlongest so far: 8\n/)
  assert.match(printed, /\nFloat32Array\(5\) \[/)
})

test('a mixture without a network', async () => {
  const [nats, moments, samples] = lines(await runScript('A mixture without a network'))
  // ln of 0.3 N(−1, 0.5²) + 0.7 N(2, 1), in float64.
  const normal = (x, mean, sd) => Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI))
  const expected = [-1, 0, 2].map((x) => Math.log(0.3 * normal(x, -1, 0.5) + 0.7 * normal(x, 2, 1)))
  assertNear(JSON.parse(nats), expected, 1e-6)
  const mean = 0.7 * 2 - 0.3
  const variance = 0.3 * (0.25 + (-1 - mean) ** 2) + 0.7 * (1 + (2 - mean) ** 2)
  assertNear(JSON.parse(moments), [mean, variance], 1e-6)
  assert.equal(Number(samples), 1000)
})

test('training', async () => {
  const printed = lines(await runScript('Training'))
  const losses = printed.filter((line) => /^\d/.test(line)).map((line) => Number(line.split(' ')[1]))
  assert.equal(losses.length, 60)
  assert.ok(losses.at(-1) < Math.log(21) - 1, `${losses.at(-1)}`) // ln 21 without looking at x; 1.49 when this was written
})

test('on the command line', async () => {
  const [script] = codeBlocks('On the command line', 'sh')
  const program = `'${process.execPath}' '${path.join(root, 'js/cli/main.js')}'`
  const printed = await run('sh', '-e', '-c', script.replaceAll('npx mixture-density', program))
  assert.match(await readFile(at('endings.svg'), 'utf8'), /<title>sketch: face, 8 endings, seed 7/)
  assert.equal(JSON.parse(await readFile(at('monkeys.json'), 'utf8')).endings.length, 3)
  assert.match(printed, /^name +monkey$/m) // info
  assert.match(printed, /^offsets +-?[\d.]+ nats per point$/m) // score
  assert.match(printed, /^self-test passed: /m) // convert
  const monkey = await mdn.load(at('monkey.safetensors'), { verify: true })
  assert.equal(monkey.info.compute, 'int8')
  monkey.dispose()
})

test('examples are short', () => {
  for (const [heading, language] of [
    ['In the browser', 'js'],
    ['In Node', 'js'],
    ['On the command line', 'sh'],
  ]) {
    const [code] = codeBlocks(heading, language)
    assert.ok(code.split('\n').filter((line) => line !== '' && !line.startsWith('// ')).length <= 12, heading)
  }
})

/** The tensors that a description needs, by the table of README.md. */
function tensorsOf({ input, nodes }) {
  const sizes = new Map([['input', input.size], ...nodes.map(({ name, units }) => [name, units])])
  const embedding = nodes.find(({ type }) => type === 'embedding')
  const shapes = nodes.flatMap(({ name, type, inputs = [], units, classes, condition }) => {
    const width = inputs.reduce((sum, source) => sum + sizes.get(source), 0)
    if (type === 'embedding') return [[`${name}/embedding`, [classes, units]]]
    if (type === 'dense') return [[`${name}/kernel`, [width, units]], [`${name}/bias`, [units]]] // biome-ignore format: a pair
    const own = [
      [`${name}/kernel`, [width, 4 * units]],
      [`${name}/recurrent_kernel`, [units, 4 * units]],
      [`${name}/bias`, [4 * units]],
    ]
    if (condition === undefined) return own
    const fed = [
      [`${name}/class_kernel`, [embedding.units, 4 * units]],
      [`${name}/class_state_kernel`, [embedding.units, 2 * units]],
      [`${name}/class_state_bias`, [2 * units]],
    ]
    return [...own, ...fed]
  })
  const random = seededRandom(1)
  const values = (shape) => Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => (random() - 0.5) / 4)
  return new Map(shapes.map(([name, shape]) => [name, tensorOf(values(shape), shape)]))
}

test('the model file: the description is one, with the tensors of the table', async () => {
  const [text] = codeBlocks('The model file', 'json')
  const description = JSON.parse(text)
  const bytes = writeSafetensors({ metadata: { 'mixture-density': text }, tensors: tensorsOf(description) })
  const model = await mdn.load(bytes)
  assert.equal(model.info.name, description.name)
  assert.deepEqual(model.classes, description.classes)
  assert.equal(model.start({ class: 'duck' }).step().length, 5)
  model.dispose()
  // Every field of the file that ships is explained.
  const documented = section('The model file')
  const { description: shipped } = readDescription(await readFile(sketch))
  const { type: _, ...fields } = Object.assign({}, ...shipped.nodes, shipped.head, shipped)
  for (const name of Object.keys(fields)) assert.match(documented, new RegExp(`\`${name}[\`.]`), name)
})

/** First column of the tables under a heading, without backticks. */
const firstColumn = (heading) => [...section(heading).matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)

test('the tables of error codes and temperature rules are complete', async () => {
  await mdn.ready()
  assert.deepEqual(firstColumn('Errors'), [...mdn.ERROR_CODES])
  assert.deepEqual(firstColumn('Temperature'), temperatureRules(sharedRuntime('test')))
})

test('every verb is in the table of the command line', async () => {
  const help = await run(process.execPath, path.join(root, 'js/cli/main.js'), '--help')
  const verbs = [...help.matchAll(/^ {2}(\w+) /gm)].map(([, verb]) => verb)
  assert.deepEqual(firstColumn('On the command line'), verbs)
})

test('every name that the main entry exports is in the table of the API', () => {
  const api = section('The API at a glance')
  for (const name of Object.keys(mdn)) assert.match(api, new RegExp(`\`${name}[\`(]`), name)
  for (const name of Object.keys(mdn.strokes)) assert.match(api, new RegExp(`\`${name}\``), name)
  const { name, exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  for (const entry of Object.keys(exports)) assert.ok(api.includes(`\`${name}${entry.slice(1)}\``), entry)
})

test('links lead to files and headings', () => {
  const anchor = (/** @type {string} */ heading) => heading.toLowerCase().replaceAll(' ', '-')
  const anchors = [...README.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchor(heading))
  for (const [, target] of README.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('https://')) continue
    if (target.startsWith('#')) assert.ok(anchors.includes(target.slice(1)), target)
    else assert.ok(existsSync(path.join(root, target)), target)
  }
})

test('the map names every folder, and nothing that is not there', () => {
  const [map] = codeBlocks('The map', 'text')
  /** @type {string[]} */
  const named = []
  let top = ''
  for (const line of map.split('\n')) {
    const indent = line.search(/\S/)
    if (indent > 2) continue // what was said of the line before, continued
    const words = line.trim().split(/ +/)
    const end = words.findIndex((word) => !/^[\w-]+(?:\/|\.\w+)$/.test(word))
    const names = words.slice(0, end < 0 ? words.length : end)
    if (indent === 0) top = ''
    named.push(...names.map((name) => top + name))
    if (indent === 0 && names.length === 1) top = names[0]
  }
  for (const name of named) assert.ok(existsSync(path.join(root, name)), name)
  for (const folder of ['cpp', 'js', 'web', 'tests']) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) assert.ok(named.includes(`${folder}/${entry.name}/`), `${folder}/${entry.name}/`)
    }
  }
})

test('the picture is what its program draws', async () => {
  const script = path.join(root, 'web/readme/picture.js')
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  assert.equal(stdout, await readFile(path.join(root, 'web/readme/picture.svg'), 'utf8'))
})

const long = { skip: process.env.MDN_LONG ? false : 'compiles the core; npm run test:long' }
test('C++, with the numbers of Node', long, async () => {
  const app = at('app')
  await mkdir(app)
  await symlink(root, path.join(app, 'mixture-density'), 'junction')
  await writeFile(path.join(app, 'CMakeLists.txt'), codeBlocks('C\\+\\+', 'cmake')[0])
  await writeFile(path.join(app, 'app.cpp'), codeBlocks('C\\+\\+', 'cpp')[0])
  await writeFile(path.join(app, 'model.safetensors'), tinySketchModel())
  const execute = (program, ...args) => promisify(execFile)(program, args, { cwd: app })
  await execute('cmake', '-S', '.', '-B', 'build', '-G', 'Ninja')
  await execute('cmake', '--build', 'build')
  const { stdout } = await execute(path.join(app, 'build/app'))

  const model = await mdn.load(tinySketchModel())
  const futures = model.start({ seed: 7 }).futures({ count: 8, maxSteps: 60, temperature: 1 })
  futures.advance()
  const expected = Array.from(futures.lengths, (length, i) => [length, futures.logProb[i]])
  const printed = lines(stdout).map((line) => line.split(' ').map(Number))
  assert.deepEqual(
    printed.map(([length, nats]) => [length, Math.fround(nats)]),
    expected,
  )
  model.dispose()
})
