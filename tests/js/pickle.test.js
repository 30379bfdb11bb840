// sketch-rnn's data files: what NumPy wrote (tests/golden/make/sketch_rnn_npz.py has the formula repeated here), pickles
// put together by hand, and pickles that want more than numbers.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { MdnError } from '../../js/errors.js'
import { MOST_NUMBERS, readArrayPickle } from '../../js/strokes/pickle.js'
import { isSketchRnnNpz, readSketchRnnNpz } from '../../js/strokes/sketch-rnn-npz.js'
import { listZip, unzip } from '../../js/strokes/zip.js'
import { mutants } from '../mutants.js'

const golden = (name) => new Uint8Array(readFileSync(new URL(`../golden/npz/${name}.npz`, import.meta.url)))

/** The formula of the script that made the golden files. */
const drawing = (rows) =>
  Array.from({ length: rows }, (_, r) => [r - 2, 3 * rows - r, r % 3 === 2 || r === rows - 1 ? 1 : 0]).flat()

/** A pickle from opcodes as text (each character a byte) and numbers (bytes). */
const pickle = (...parts) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : [part])))

const fails = (bytes, code, pattern) =>
  assert.throws(
    () => readArrayPickle(bytes),
    (error) => {
      assert.ok(error instanceof MdnError, error?.stack)
      assert.equal(error.code, code, error.message)
      assert.match(error.message, pattern)
      return true
    },
  )

test('the files of today: protocol 4', async () => {
  const bytes = golden('sketch-rnn')
  assert.ok(isSketchRnnNpz(bytes))
  const { train, valid, test: rest } = await readSketchRnnNpz(bytes)
  for (const [rows, lengths] of [
    [train, [4, 1, 7, 300]],
    [valid, [2]],
    [rest, [3, 5]],
  ]) {
    assert.deepEqual(
      rows.map((one) => [...one]),
      lengths.map(drawing),
    )
  }
})

test('older protocols, all types of numbers, Fortran order', async () => {
  for (const protocol of [2, 3]) {
    const { train, valid } = await readSketchRnnNpz(golden(`sketch-rnn-protocol${protocol}`))
    assert.deepEqual(
      train.map((one) => [...one]),
      [4, 4, 4, 4, 4, 4, 5].map(drawing),
    )
    assert.deepEqual(valid, [])
  }
})

// As Python 2 writes them: strings of bytes, integers for truths.
const DTYPE = (code) =>
  `cnumpy\ndtype\n(U\x02${code}K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`
const EMPTY = 'cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR'
const NUMBERS = (content, shape = 'K\x02K\x01\x86', code = 'i2') =>
  `${EMPTY}(K\x01${shape}${DTYPE(code)}\x89U${String.fromCharCode(content.length)}${content}tb`
const OBJECTS = (count, items) => `${EMPTY}(K\x01K${String.fromCharCode(count)}\x85${DTYPE('O8')}\x89](${items}etb`

test('what Python 2 wrote', () => {
  const [first, second] = readArrayPickle(
    pickle('\x80\x02', OBJECTS(2, `${NUMBERS('\x01\x00\xff\xff')}q\x07h\x07`), '.'),
  )
  assert.deepEqual(first.shape, [2, 1])
  assert.deepEqual([...first.data], [1, -1])
  assert.equal(second, first, 'an array named twice')
})

test('a pickle that names anything else is refused, and nothing is called', () => {
  fails(pickle('\x80\x02cos\nsystem\n(U\x09echo oopstR.'), 'unsupported', /names os system/)
  fails(pickle('\x80\x04\x8c\x08builtins\x8c\x04eval\x93.'), 'unsupported', /builtins eval/)
  fails(pickle('cnumpy.core.multiarray\nscalar\n.'), 'unsupported', /scalar/)
  fails(pickle('c__proto__\npolluted\n.'), 'unsupported', /__proto__/)
  fails(pickle('cconstructor\n\n.'), 'unsupported', /constructor/)
  fails(pickle('cnumpy\ndtype\ncnumpy\nndarray\n\x85R.'), 'unsupported', /./) // a dtype of a class: not an array
  fails(pickle('cnumpy\nndarray\n)R.'), 'unsupported', /called/)
  fails(pickle('K\x01)R.'), 'unsupported', /called/)
  fails(pickle('K\x01)b.'), 'unsupported', /state/)
  for (const opcode of ['}', 'i', 'o', '\x81', '\x92', '\x82', '\x97', '\x96', '0', '2', 'I', 'F', 'P', 'Q', '\x8b']) {
    fails(pickle(')', opcode, '\x00\x00\n.'), 'unsupported', /opcode 0x/)
  }
  fails(pickle('\x80\x05.'), 'unsupported', /protocol 5/)
})

test('damage has a name', () => {
  fails(pickle(), 'bad-file', /cut short/)
  fails(pickle('.'), 'bad-file', /stack/)
  fails(pickle('K\x01K\x01.'), 'bad-file', /left/)
  fails(pickle('t.'), 'bad-file', /mark/)
  fails(pickle('(\x85.'), 'bad-file', /stack/)
  fails(pickle('K\x01a.'), 'bad-file', /stack|list/)
  fails(pickle('K\x01K\x01a.'), 'bad-file', /list/)
  fails(pickle('h\x00.'), 'bad-file', /refers/)
  fails(pickle('B\xff\xff\xff\x7f'), 'bad-file', /cut short/)
  fails(pickle('\x8e\xff\xff\xff\xff\xff\xff\xff\xff'), 'bad-file', /cut short/)
  fails(pickle('cnumpy'), 'bad-file', /cut short/)
  fails(pickle('\x8a\xff.'), 'unsupported', /too large/)
  fails(pickle('K\x01.'), 'unsupported', /array of objects/)
  fails(pickle(NUMBERS('\x01\x00\xff\xff'), '.'), 'unsupported', /array of objects/)
  fails(pickle(OBJECTS(1, 'K\x05'), '.'), 'unsupported', /position 0/)
  fails(pickle(OBJECTS(3, 'K\x05'), '.'), 'bad-file', /as many as/)
  fails(pickle(OBJECTS(1, NUMBERS('\x01\x00\xff')), '.'), 'bad-file', /bytes/)
  fails(pickle(OBJECTS(1, NUMBERS('\x01\x00', 'J\xff\xff\xff\xff\x85')), '.'), 'bad-file', /state/) // a length of −1
  fails(pickle(OBJECTS(1, NUMBERS('\x01\x00', 'NN\x86')), '.'), 'bad-file', /state/)
  fails(pickle(OBJECTS(1, NUMBERS('\x01\x00', 'K\x01\x85', 'c8')), '.'), 'unsupported', /type c8/)
  const big = DTYPE('i2').replace('<', '>')
  fails(pickle(OBJECTS(1, NUMBERS('\x01\x00', 'K\x01\x85').replace(DTYPE('i2'), big)), '.'), 'unsupported', />i2/)
})

test('a small pickle cannot ask for much memory', () => {
  const { length } = '0'.repeat(1 << 16)
  // One array of 64 Ki numbers, named so often that they would be more than the limit together.
  const times = MOST_NUMBERS / length + 1
  const four = (value) => String.fromCharCode(...[0, 8, 16, 24].map((shift) => (value >> shift) & 255))
  const large = `${EMPTY}(K\x01J${four(length)}\x85${DTYPE('u1')}\x89T${four(length)}${'\x00'.repeat(length)}tb`
  const items = `${large}q\x01${'h\x01'.repeat(times - 1)}`
  const list = `${EMPTY}(K\x01J${four(times)}\x85${DTYPE('O8')}\x89](${items}etb`
  fails(pickle(list, '.'), 'too-large', /too many numbers/)
  // Bytes made of one text again and again.
  const text = `X${four(length)}${'a'.repeat(length)}q\x01X\x06\x00\x00\x00latin1q\x02c_codecs\nencode\nq\x03`
  fails(pickle(text, 'h\x03h\x01h\x02\x86R'.repeat(times), '.'), 'too-large', /too many numbers/)
  // Lists in lists, and a list in itself: nothing here recurses.
  fails(pickle(']'.repeat(1e5), 'a'.repeat(1e5 - 1), '.'), 'unsupported', /array of objects/)
  fails(pickle(']q\x01h\x01acnumpy\ndtype\nh\x01R.'), 'bad-file', /left/)
})

test('damaged files are errors of ours, or still arrays of numbers', async () => {
  const archive = golden('sketch-rnn')
  const file = await unzip(
    archive,
    listZip(archive).find(({ name }) => name === 'train.npy'),
  )
  const content = file.subarray(file.indexOf(0x0a) + 1)
  let read = 0
  for (const mutant of mutants(content, { count: 3000, seed: 5, within: 500 })) {
    try {
      for (const { data } of readArrayPickle(mutant)) assert.ok(ArrayBuffer.isView(data))
      read += 1
    } catch (error) {
      assert.ok(error instanceof MdnError, error?.stack)
    }
  }
  assert.ok(read < 3000)
})

test('other archives are told apart', async () => {
  assert.equal(isSketchRnnNpz(golden('flat')), false)
  await assert.rejects(readSketchRnnNpz(golden('flat')), { code: 'bad-file', message: /not one of sketch-rnn/ })
  const { train } = await readSketchRnnNpz(golden('object'))
  assert.deepEqual(
    train.map(({ length }) => length),
    [9, 15],
  )
})
