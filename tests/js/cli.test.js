import assert from 'node:assert/strict'
import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { Progress } from '../../js/cli/progress.js'
import { drawingSize } from '../../js/drawing-size.js'
import { complete, load, strokes } from '../../js/index.js'
import { fromSvg } from '../../js/svg.js'
import { at, CLASSES, DRAWING, json, quickDraw, run, setUp, succeed, tearDown } from '../cli.js'
import { tinySketchModel } from '../models.js'
import { assertNear } from '../near.js'

before(setUp)
after(tearDown)

test('help and version', async () => {
  const verbs = ['info', 'continue', 'score', 'convert', 'data', 'train']
  const [overview, version, ...helps] = await Promise.all(
    [['--help'], ['--version'], ...verbs.map((verb) => [verb, '--help'])].map((args) => succeed(args)),
  )
  for (const verb of verbs) assert.match(overview, new RegExp(`^ {2}${verb} `, 'm'))
  const { version: expected } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.equal(version, `${expected}\n`)
  for (const [i, help] of helps.entries()) {
    assert.match(help, new RegExp(`^Usage: mixture-density ${verbs[i]} `))
    assert.match(help, /^ {2}--help +this text$/m)
    assert.ok(
      help.split('\n').every((line) => line.length <= 100),
      'lines fit a terminal',
    )
  }
  assert.match(helps[1], /--temperature T/)
})

test('a wrong command line: one line that says what is wrong, exit code 2', async () => {
  /** @type {[string[], RegExp][]} */
  const cases = [
    [[], /a verb is missing: expected one of info, continue, score, convert, data, train/],
    [['paint'], /paint is no verb/],
    [['--loud'], /--loud is no verb/],
    [['toString'], /toString is no verb/],
    [['info'], /info: MODEL is missing/],
    [['info', 'a', 'b'], /unexpected argument 'b'/],
    [['info', 'a', '--jsn'], /unknown option --jsn/],
    [['info', 'a', '-j'], /unknown option -j/],
    [['info', 'a', '--json=yes'], /--json takes no value/],
    [['score', 'a'], /DATA is missing/],
    [['score', 'a', 'b', '--split', 'tset'], /--split must be one of train, valid, test, all, not 'tset'/],
    [['score', 'a', 'b', '--limit', '0'], /--limit must be a whole number from 1/],
    [['score', 'a', 'b', '--seed', '1', '--seed', '2'], /--seed is given twice/],
    [['continue', '--model'], /--model needs a value: FILE/],
    [['continue', '--model', '--seed', '3'], /--model needs a value/],
    [['continue', '--model', 'a', '--temperature', '-1'], /--temperature must be a number from 0 .* not '-1'/],
    [['continue', '--model', 'a', '--temperature', 'NaN'], /not 'NaN'/],
    [['continue', '--model', 'a', '--temperature', ''], /--temperature must be a number/],
    [['continue', '--model', 'a', '--seed', '1.5'], /--seed must be a whole number/],
    [['continue', '--model', 'a', '--out', 'a.png'], /--out must end in \.svg or \.json/],
    [['continue', '--model', 'a', '--line', '2'], /--in DRAWING/],
    [['continue', '--model', 'a', '--size', '9', '--keep-units'], /exclude each other/],
    [['convert', 'a'], /OUT\.safetensors is missing/],
    [['convert', 'a', 'b.json'], /OUT must end in \.safetensors/],
    [['convert', 'a', 'b.safetensors', '--int8', '--float16'], /exclude each other/],
    [['convert', 'a', 'b.safetensors', '--class', 'cat'], /--data DATA/],
    [['data'], /IN is missing/],
    [['data', 'a'], /--out SET\.safetensors is missing/],
    [['data', 'a', '--out', 'b.npz'], /--out must end in \.safetensors/],
    [['data', 'a', '--out', 'b.safetensors', '--valid', '0.6', '--test', '0.5'], /more than everything/],
    [['train', 'sketch', '--data', 'a'], /--out FOLDER is missing/],
    [['train', 'sketch', '--out', 'a'], /--data SET\.safetensors is missing/],
    [['train', 'spirals', '--out', 'a'], /no preset spirals: expected one of inverse-sine, spiral, sketch/],
    [['train', 'spiral', '--out', 'a', '--data', 'b'], /makes its own data/],
    [['train', 'spiral', '--out', 'a', '--max-seconds', '0'], /--max-seconds must be/],
  ]
  await Promise.all(
    cases.map(async ([args, message]) => {
      const { code, out, err } = await run(args)
      assert.match(err, message, args.join(' '))
      assert.match(err, /^mixture-density[^\n]*See mixture-density[^\n]*--help\.\n$/)
      assert.equal(code, 2, args.join(' '))
      assert.equal(out, '')
    }),
  )
})

test('what cannot be done: one line, no stack, exit code 1', async () => {
  await writeFile(at('broken.safetensors'), tinySketchModel().subarray(0, 5000))
  await writeFile(at('text.txt'), 'hello')
  await writeFile(at('page.json'), '<!doctype html><title>404</title>')
  await writeFile(at('deep.json'), '['.repeat(10000))
  await writeFile(at('nan.json'), '[[[0,0],[1,1e9]]]')
  /** @type {[string[], RegExp][]} */
  const cases = [
    [['info', 'missing.json'], /could not be read \(ENOENT\)/],
    [['info', 'text.txt'], /not a model file/],
    [['info', 'page.json'], /HTML/],
    [['info', 'broken.safetensors'], /info: .*safetensors/],
    [['info', 'http://127.0.0.1:9/model.json'], /could not be fetched/],
    [['continue', '--model', 'tiny.safetensors', '--in', 'text.txt'], /text\.txt is no drawing/],
    [
      ['continue', '--model', 'tiny.safetensors', '--in', 'missing'],
      /missing could not be read: there is no such file/,
    ],
    [['continue', '--model', 'tiny.safetensors', '--in', 'deep.json'], /deep/],
    [['continue', '--model', 'tiny.safetensors', '--in', 'nan.json'], /polylines\[0\]\[1\]\[1\] .*1000000000/],
    [['continue', '--model', 'tiny.safetensors', '--in', 'two.json'], /nested one level too deep/],
    [
      ['continue', '--model', 'tiny.safetensors', '--in', 'drawings.ndjson', '--line', '9'],
      /3 drawings: there is no line 9/,
    ],
    [['continue', '--model', 'classes.safetensors'], /needs a class: .*one of cat, duck/],
    [['continue', '--model', 'classes.safetensors', '--class', 'dog'], /does not know this class.*received "dog"/],
    [['continue', '--model', 'tiny.safetensors', '--out', 'no/such/folder/a.svg'], /no folder no\/such\/folder/],
    [['continue', '--model', 'tiny.safetensors', '--in', 'drawing.json', '--out', 'drawing.json'], /never overwritten/],
    [['score', 'tiny.safetensors', 'drawings.ndjson', '--class', 'dog'], /no drawings of class dog/],
    [['score', 'tiny.safetensors', 'drawings.ndjson', '--split', 'test'], /no splits/],
    [['score', 'tiny.safetensors', 'tiny.safetensors'], /not a data set of drawings/],
    [['convert', 'tiny.safetensors', 'tiny.safetensors'], /is the input, which is never overwritten/],
    [['convert', 'broken.safetensors', 'out.safetensors'], /convert: .*safetensors/],
  ]
  await Promise.all(
    cases.map(async ([args, message]) => {
      const { code, out, err } = await run(args)
      assert.match(err, message, args.join(' '))
      assert.match(err, /^mixture-density [a-z]+: [^\n]+\.\n$/)
      assert.equal(code, 1, args.join(' '))
      assert.equal(out, '')
    }),
  )
  assert.deepEqual(Buffer.from(await readFile(at('tiny.safetensors'))), Buffer.from(tinySketchModel()))
  assert.ok(!(await readdir(at())).some((name) => name.endsWith('.tmp') || name === 'out.safetensors'))

  const { err } = await run(['info', 'missing.json'], { env: { MDN_DEBUG: '1' } })
  assert.match(err, /\n +at /)
})

test('the input is recognised behind a link too', async () => {
  await symlink(at('tiny.safetensors'), at('link.safetensors'))
  const { code, err } = await run(['convert', 'tiny.safetensors', 'link.safetensors'])
  assert.match(err, /never overwritten/)
  assert.equal(code, 1)
})

test('info says what the file holds', async () => {
  const facts = await json(['info', 'classes.safetensors'])
  assert.equal(facts.name, 'pair')
  assert.equal(facts.format, 'safetensors')
  assert.deepEqual(facts.classes, CLASSES)
  assert.equal(facts.anyClass, false)
  assert.equal(facts.scale, 40)
  assert.deepEqual(facts.startToken, [0, 0, 1, 0, 0])
  assert.equal(facts.weights.F32, 4 * facts.parameters)
  assert.equal(facts.selfTest, 'none')
  const text = await succeed(['info', 'classes.safetensors'])
  assert.match(text, /^classes +2: cat, duck$/m)
  assert.match(text, /^head +sketch-rnn: 5 components in 2 dimensions, rows of 5$/m)
})

test('text out of a file cannot steer the terminal', async () => {
  const name = 'evil\u001b[2J\u009b31m\nname'
  await writeFile(at('evil.safetensors'), tinySketchModel({ name }))
  const text = await succeed(['info', 'evil.safetensors'])
  assert.match(text, /^name +evil\uFFFD\[2J\uFFFD31m name$/m)
  assert.equal((await json(['info', 'evil.safetensors'])).name, name)
})

test('continue gives the endings of complete(), from every form of input', async () => {
  const svg = strokes.toSvg(DRAWING, { decimals: 6 })
  const options = ['--seed', '7', '--count', '3', '--keep-units']
  const from = (...input) => ['continue', '--model', 'tiny.safetensors', ...options, '--in', ...input]
  const results = await Promise.all([
    succeed(from('drawing.json')),
    succeed(from('-'), { input: JSON.stringify(DRAWING) }),
    succeed(from('-'), { input: quickDraw('cat') }),
    succeed(from('drawings.ndjson', '--line', '3')),
    succeed(from('-'), { input: svg }),
    succeed([...from('drawing.json'), '--out', 'endings.json']),
  ])
  assert.equal(results.pop(), '')
  results.push(await readFile(at('endings.json'), 'utf8'))
  const model = await load(tinySketchModel())
  const expected = await complete(model, DRAWING, { seed: 7, count: 3 })
  model.dispose()
  for (const result of results) {
    const { seed, given, endings } = JSON.parse(result)
    assert.equal(seed, 7)
    assert.deepEqual(given, DRAWING)
    assert.deepEqual(endings, JSON.parse(JSON.stringify(expected)))
  }
})

test('without --model it is the one of the package that continues', async () => {
  const { model, endings } = JSON.parse(await succeed(['continue', '--class', 'cat', '--count', '2', '--seed', '1']))
  assert.equal(model, 'sketch')
  assert.equal(endings.length, 2)
})

test('continue draws from nothing, and says the seed that repeats it', async () => {
  const base = ['continue', '--model', 'classes.safetensors', '--class', 'duck', '--count', '2', '--steps', '12']
  const first = JSON.parse(await succeed(base))
  assert.equal(first.class, 'duck')
  assert.deepEqual(first.given, [])
  assert.ok(first.endings.every(({ steps }) => steps <= 12))
  assert.deepEqual(JSON.parse(await succeed([...base, '--seed', String(first.seed)])), first)
  assert.notDeepEqual(JSON.parse(await succeed([...base, '--seed', String(first.seed), '--temperature', '0'])), first)
})

test('a drawing of any size is brought to that of the model, and its endings back', async () => {
  const large = DRAWING.map((stroke) => stroke.map(([x, y]) => [8 * x + 4096, 8 * y - 2048]))
  const args = ['continue', '--model', 'tiny.safetensors', '--in', '-', '--seed', '3', '--count', '2']
  const [small, big] = await Promise.all(
    [DRAWING, large].map(async (drawing) => JSON.parse(await succeed(args, { input: JSON.stringify(drawing) }))),
  )
  const model = await load(tinySketchModel())
  assert.equal(small.size, drawingSize(model))
  model.dispose()
  assert.equal(big.size, small.size)
  for (const [i, { polylines, logProb }] of big.endings.entries()) {
    assert.equal(logProb, small.endings[i].logProb)
    const expected = small.endings[i].polylines.map((stroke) => stroke.map(([x, y]) => [8 * x + 4096, 8 * y - 2048]))
    assertNear(polylines.flat(2), expected.flat(2), 1e-9)
  }
})

test('continue draws a sheet that is plain SVG', async () => {
  const args = ['continue', '--model', 'tiny.safetensors', '--in', 'drawing.json', '--seed', '1', '--out', 'sheet.svg']
  assert.equal(await succeed(args), '')
  const svg = await readFile(at('sheet.svg'), 'utf8')
  assert.equal(svg.match(/ nats\/pt<\/text>/g)?.length, 8)
  assert.match(svg, /<title>tiny, 8 endings, seed 1, temperature 0.4: given strokes in black/)
  assert.doesNotMatch(svg, /NaN|undefined|Infinity|<script|href/)
  assert.ok(fromSvg(svg).length > 16, 'well-formed')

  await writeFile(at('named.safetensors'), tinySketchModel({ name: '<b onload="x">&' }))
  for (const count of ['1', '2', '5', '9']) {
    await succeed(['continue', '--model', 'named.safetensors', '--count', count, '--out', 'named.svg'])
    const text = await readFile(at('named.svg'), 'utf8')
    assert.match(text, /&lt;b onload=&quot;x&quot;&gt;&amp;/)
    assert.ok(fromSvg(text).length >= Number(count))
  }
})

test('progress is one line on a terminal, and nothing elsewhere', () => {
  const written = []
  const stream = (isTTY) => /** @type {any} */ ({ isTTY, columns: 12, write: (text) => written.push(text) })
  const silent = new Progress(stream(false))
  silent.show('reading')
  silent.clear()
  assert.deepEqual(written, [])
  const progress = new Progress(stream(true))
  progress.show('scoring drawing 1 of 100')
  progress.show('too soon after it')
  progress.clear()
  progress.clear()
  assert.deepEqual(written, ['\rscoring dra\x1b[K', '\r\x1b[K'])
})

test('a reader that closes the pipe is no error', async () => {
  const args = ['continue', '--model', 'tiny.safetensors', '--count', '2000', '--seed', '1']
  const { code, err } = await run(args, { closeEarly: true })
  assert.equal(err, '')
  assert.equal(code, 0)
})
