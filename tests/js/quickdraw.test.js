// Quick, Draw! ndjson, whole and streamed. The two sample lines follow the form of the data set's own files.

import assert from 'node:assert/strict'
import test from 'node:test'

import { MdnError } from '../../js/errors.js'
import { readNdjson, streamNdjson } from '../../js/strokes/quickdraw.js'
import { mutants, seededRandom } from '../mutants.js'
import { drawing } from '../polylines.js'

const SIMPLIFIED =
  '{"word":"cat","countrycode":"AU","timestamp":"2017-03-26 07:09:16.54707 UTC","recognized":true,' +
  '"key_id":"5566648650039296","drawing":[[[0,10,255],[5,6,7]],[[3],[4]]]}'
const RAW = '{"word":"ångström ☃","drawing":[[[1.5,2.25],[3,4],[0,17]],[[9],[8],[250]]]}'

const CAT = {
  word: 'cat',
  countryCode: 'AU',
  timestamp: '2017-03-26 07:09:16.54707 UTC',
  recognized: true,
  keyId: '5566648650039296',
  polylines: drawing('0,5 10,6 255,7 | 3,4'),
}
const SNOWMAN = {
  word: 'ångström ☃',
  polylines: drawing('1.5,3 2.25,4 | 9,8'),
  times: [[0, 17], [250]],
}

async function collect(source) {
  const drawings = []
  for await (const one of streamNdjson(source)) drawings.push(one)
  return drawings
}

const refuses = (text, code, pattern) => {
  const check = (error) => {
    assert.ok(error instanceof MdnError, `${error}`)
    assert.equal(error.code, code)
    assert.match(error.message, pattern)
    return true
  }
  assert.throws(() => readNdjson(text), check)
  return assert.rejects(collect([text]), check)
}

test('both forms, blank lines, Windows line ends, a byte order mark, no line end at the end', () => {
  assert.deepEqual(readNdjson(`${SIMPLIFIED}\n${RAW}\n`), [CAT, SNOWMAN])
  assert.deepEqual(readNdjson(`\uFEFF${SIMPLIFIED}\r\n\r\n  \n${RAW}`), [CAT, SNOWMAN])
  assert.deepEqual(readNdjson(''), [])
  assert.deepEqual(readNdjson('\n\n'), [])
})

test('an empty drawing and strokes without points', () => {
  assert.deepEqual(readNdjson('{"drawing":[]}'), [{ polylines: [] }])
  assert.deepEqual(readNdjson('{"drawing":[[[],[]],[[1],[2]],[[],[],[]]]}'), [{ polylines: [[[1, 2]]] }])
})

test('streamed from text, bytes, Blob, Response, stream, and chunks cut anywhere, within characters too', async () => {
  const text = `${SIMPLIFIED}\n${RAW}\n`
  const bytes = new TextEncoder().encode(text)
  const bits = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))
  const sources = [text, bytes, new Blob([text]), new Response(text), new Response(text).body, [...text], bits]
  for (const source of sources) assert.deepEqual(await collect(source), [CAT, SNOWMAN])
  async function* slowly() {
    yield* bits
  }
  assert.deepEqual(await collect(slowly()), [CAT, SNOWMAN])
  assert.deepEqual(await collect(new Blob([])), [])
})

test('leaving the loop cancels the stream', async () => {
  let cancelled = false
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(`${RAW}\n`)),
    cancel: () => {
      cancelled = true
    },
  })
  for await (const one of streamNdjson(endless)) {
    assert.deepEqual(one, SNOWMAN)
    break
  }
  assert.ok(cancelled)
})

test('one clear error that names the line', async () => {
  const bad = (line) => `${SIMPLIFIED}\n\n${line}\n${SIMPLIFIED}`
  await refuses(bad('{"drawing":'), 'bad-file', /^Line 3 of the ndjson text cannot be read: it is not JSON/)
  await refuses(bad('[1]'), 'bad-file', /Line 3 .*no drawing/)
  await refuses(bad('null'), 'bad-file', /Line 3/)
  await refuses(bad('{"drawing":{"length":2}}'), 'bad-file', /Line 3/)
  await refuses(bad('{"__proto__":{"drawing":[]}}'), 'bad-file', /Line 3 .*no drawing/)
  await refuses(bad('{"drawing":[[[1],[2]],[[1,2],[3]]]}'), 'bad-file', /Line 3 .*stroke 1 .*lengths 2, 1/)
  await refuses(bad('{"drawing":[[[1,2]]]}'), 'bad-file', /Line 3 .*stroke 0/)
  await refuses(bad('{"drawing":[[1,2]]}'), 'bad-file', /Line 3 .*stroke 0/)
  await refuses(bad('{"drawing":[7]}'), 'bad-file', /received 7/)
  await refuses(bad('{"drawing":[[["1"],[2]]]}'), 'bad-file', /bad number/)
  await refuses(bad('{"drawing":[[[1e7],[2]]]}'), 'bad-file', /bad number.*1000000/)
  await refuses(bad('{"drawing":[[[null],[2]]]}'), 'bad-file', /received null/)
  await refuses(bad('{"drawing":[[[1],[2],[1e999]]]}'), 'bad-file', /Infinity/)
  await refuses(bad('['.repeat(1e6)), 'bad-file', /Line 3/)
  await refuses('x'.repeat(16 * 2 ** 20 + 1), 'too-large', /Line 1 is too long/)
  try {
    readNdjson(bad('no'))
  } catch (error) {
    assert.equal(error.argument, 'line 3')
  }
})

test('keys named __proto__ are harmless', () => {
  const [read] = readNdjson('{"__proto__":{"word":"evil"},"drawing":[[[1],[2]]]}')
  assert.deepEqual(read, { polylines: [[[1, 2]]] })
  assert.equal({}.word, undefined)
})

test('other sources and broken text are refused', async () => {
  assert.throws(
    () => readNdjson(new Uint8Array(3)),
    (error) => error.code === 'bad-argument' && /streamNdjson/.test(error.message),
  )
  for (const source of [null, undefined, 5, {}, [5]]) {
    await assert.rejects(collect(source), (error) => error instanceof MdnError && error.code === 'bad-argument')
  }
  const notUtf8 = [new TextEncoder().encode(`${RAW}\n`), Uint8Array.of(0xff)]
  await assert.rejects(collect(notUtf8), (error) => error.code === 'bad-file' && /UTF-8.*line 1/.test(error.message))
  await assert.rejects(collect([Uint8Array.of(0xe2, 0x98)]), (error) => error.code === 'bad-file')
  await assert.rejects(
    collect(new Response('no', { status: 404 })),
    (error) => error.code === 'network' && /404/.test(error.message),
  )
})

test('damaged lines are read or refused, never anything else', () => {
  const bytes = new TextEncoder().encode(`${SIMPLIFIED}\n${RAW}`)
  for (const mutant of mutants(bytes, { count: 3000, seed: 11 })) {
    try {
      readNdjson(new TextDecoder().decode(mutant))
    } catch (error) {
      assert.ok(error instanceof MdnError && error.code === 'bad-file', `${error}`)
    }
  }
})

test('a stroke of 100,000 points', () => {
  const random = seededRandom(12)
  const column = () => Array.from({ length: 100_000 }, () => Math.floor(random() * 256))
  const [xs, ys] = [column(), column()]
  const [{ polylines }] = readNdjson(JSON.stringify({ drawing: [[xs, ys]] }))
  assert.equal(polylines[0].length, 100_000)
  assert.deepEqual(polylines[0][99_999], [xs[99_999], ys[99_999]])
})
