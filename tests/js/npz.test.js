// .npz: archives that NumPy wrote (tests/golden/make/npz_files.py has the formulas repeated here), archives put together
// by hand, and damage of every kind.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { deflateRawSync, crc32 as zlibCrc32 } from 'node:zlib'

import { MdnError } from '../../js/errors.js'
import { readFlatNpz, readNpz, sequences } from '../../js/strokes/npz.js'
import { crc32, listZip } from '../../js/strokes/zip.js'
import { mutants } from '../mutants.js'

const golden = (name) => new Uint8Array(readFileSync(new URL(`../golden/npz/${name}.npz`, import.meta.url)))

const OFF = [0, 3, 3, 8, 10, 40]
const PTS = OFF.slice(0, -1).flatMap((from, i) => {
  const rows = Array.from({ length: OFF[i + 1] - from }, (_, j) => from + j)
  return rows.flatMap((r) => [((7 * r) % 101) - 50, ((13 * r) % 97) - 48, r + 1 === OFF[i + 1] ? 1 : 0])
})

const rejects = (promise, code, pattern = /./) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof MdnError, `${error?.stack}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, pattern)
    return true
  })

/** A zip archive; each entry's fields can be given wrong on purpose. */
function zipOf(entries, { comment = '' } = {}) {
  const parts = []
  const directory = []
  let at = 0
  for (const { name, content, method = 8, flags = 0, extra = [], ...wrong } of entries) {
    const packed = method === 8 ? deflateRawSync(content) : content
    const nameBytes = new TextEncoder().encode(name)
    const fields = {
      crc: zlibCrc32?.(content) ?? crc32(content),
      packedSize: packed.length,
      size: content.length,
      localName: nameBytes,
      offset: at,
      ...wrong,
    }
    const sizes = [...le(4, fields.crc), ...le(4, fields.packedSize), ...le(4, fields.size)]
    const shared = [...le(2, 20), ...le(2, flags), ...le(2, method), ...le(4, 0), ...sizes]
    const local = [...le(4, 0x04034b50), ...shared, ...le(2, nameBytes.length), ...le(2, 0), ...fields.localName]
    const middle = [
      ...le(2, nameBytes.length),
      ...le(2, extra.length),
      ...le(2, 0),
      ...le(2, 0),
      ...le(2, 0),
      ...le(4, 0),
    ]
    directory.push(
      ...le(4, 0x02014b50),
      ...le(2, 20),
      ...shared,
      ...middle,
      ...le(4, fields.offset),
      ...nameBytes,
      ...extra,
    )
    parts.push(Uint8Array.from(local), packed)
    at += local.length + packed.length
  }
  const counts = [...le(2, entries.length), ...le(2, entries.length)]
  const end = [
    ...le(4, 0x06054b50),
    ...le(4, 0),
    ...counts,
    ...le(4, directory.length),
    ...le(4, at),
    ...le(2, comment.length),
  ]
  return new Uint8Array(
    Buffer.concat([...parts, Uint8Array.from(directory), Uint8Array.from(end), Buffer.from(comment)]),
  )
}

function le(bytes, value) {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256)
}

/** A .npy file of version 1. */
function npyOf(header, content) {
  const text =
    typeof header === 'string'
      ? header
      : `{'descr': '${header.descr}', 'fortran_order': ${header.fortran ? 'True' : 'False'}, 'shape': (${header.shape.map((n) => `${n},`).join(' ')}), }`
  const bytes = new TextEncoder().encode(`${text}\n`)
  return new Uint8Array(
    Buffer.concat([
      Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0),
      Uint8Array.from(le(2, bytes.length)),
      bytes,
      new Uint8Array(content.buffer),
    ]),
  )
}

const ptsNpy = (rows, width = 3) => npyOf({ descr: '<f4', shape: [rows, width] }, new Float32Array(rows * width))
const offNpy = (...off) => npyOf({ descr: '<i4', shape: [off.length] }, Int32Array.from(off))
const flat = (pts, off, more = []) =>
  zipOf([{ name: 'pts.npy', content: pts }, { name: 'off.npy', content: off }, ...more])

test('CRC-32: the check value of the polynomial, and none', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926) // "check" in the catalogue of CRC parameters
  assert.equal(crc32(new Uint8Array(0)), 0)
})

test('flat sets as np.savez_compressed and np.savez write them', async () => {
  for (const name of ['flat', 'flat-stored']) {
    const set = await readFlatNpz(golden(name))
    assert.deepEqual(set.pts, Int16Array.from(PTS))
    assert.deepEqual(set.off, Int32Array.from(OFF))
    assert.deepEqual([set.count, set.width], [5, 3])
    assert.deepEqual([...set.split], [0, 0, 1, 2, 2])
    assert.deepEqual([...set.label], [4, 4, 0, 4, 300])
    assert.equal(set.others.size, 0)
  }
})

test("NumPy's default types and Fortran order", async () => {
  const set = await readFlatNpz(golden('flat-defaults'))
  assert.deepEqual(
    set.pts,
    Float64Array.from(PTS, (value) => value * 0.25),
  )
  assert.deepEqual(set.off, Int32Array.from(OFF))
  assert.equal(set.split, undefined)
})

test('an ArrayBuffer, and bytes at an odd offset of a larger buffer', async () => {
  const bytes = golden('flat-stored')
  const moved = new Uint8Array(bytes.length + 5)
  moved.set(bytes, 3)
  for (const source of [bytes.slice().buffer, moved.subarray(3, 3 + bytes.length)]) {
    assert.deepEqual((await readFlatNpz(source)).pts, Int16Array.from(PTS))
  }
})

test('every numeric type', async () => {
  const arrays = await readNpz(golden('types'))
  const values = [-3, -1.5, 0, 1.5, 3, 4.5]
  const whole = values.map(Math.trunc)
  const positive = whole.map((value) => Math.max(0, value))
  const big = (numbers) => numbers.map(BigInt)
  const expected = {
    b1: Uint8Array.of(0, 0, 0, 1, 1, 1),
    i1: Int8Array.from(whole),
    i2: Int16Array.from(whole),
    i4: Int32Array.from(whole),
    i8: BigInt64Array.from(big(whole)),
    u1: Uint8Array.from(positive),
    u2: Uint16Array.from(positive),
    u4: Uint32Array.from(positive),
    u8: BigUint64Array.from(big(positive)),
    f2: Float32Array.from(values),
    f4: Float32Array.from(values),
    f8: Float64Array.from(values),
  }
  assert.deepEqual([...arrays.keys()].sort(), Object.keys(expected).sort())
  for (const [name, data] of Object.entries(expected)) assert.deepEqual(arrays.get(name), { data, shape: [2, 3] })
})

test('format versions 1, 2 and 3; special values of float16 (IEEE 754 binary16)', async () => {
  const arrays = await readNpz(golden('versions'))
  assert.equal(arrays.size, 3)
  // 1/3 is 1365/4096 to 11 bits.
  const expected = Float32Array.of(65504, 2 ** -14, 2 ** -24, -0, 1365 / 4096, -Infinity, NaN)
  for (const { data } of arrays.values()) assert.deepEqual(data, expected)
})

test('what is no plain little-endian number is refused with a way out', async () => {
  await rejects(readFlatNpz(golden('object')), 'unsupported', /train\.npy .*Python objects.*offsets/)
  await rejects(readFlatNpz(golden('big-endian')), 'unsupported', /pts\.npy .*big-endian/)
  await rejects(readFlatNpz(golden('complex')), 'unsupported', /<c8/)
  await rejects(readFlatNpz(golden('text')), 'unsupported', /<U1/)
  await rejects(readFlatNpz(golden('records')), 'unsupported', /records/)
  await rejects(readFlatNpz(golden('fortran3')), 'unsupported', /Fortran/)
})

test('sequences: all, by split, by label, both; fresh arrays', async () => {
  const set = await readFlatNpz(golden('flat'))
  const lengths = (options) => Array.from(sequences(set, options), (rows) => rows.length / 3)
  assert.deepEqual(lengths(), [3, 0, 5, 2, 30])
  assert.deepEqual(lengths({ split: 'train' }), [3, 0])
  assert.deepEqual(lengths({ split: 'valid' }), [5])
  assert.deepEqual(lengths({ split: 'test', label: 4 }), [2])
  assert.deepEqual(lengths({ label: 1 }), [])
  const [first] = sequences(set)
  assert.deepEqual(first, Float32Array.from(PTS.slice(0, 9)))
  first.fill(77)
  assert.equal(set.pts[0], PTS[0])
  assert.throws(
    () => sequences(set, { split: 'dev' }),
    (error) => error.code === 'bad-argument' && /'valid'/.test(error.message),
  )
  assert.throws(
    () => sequences(set, { label: '4' }),
    (error) => error.code === 'bad-argument',
  )
  const bare = await readFlatNpz(golden('flat-defaults'))
  assert.throws(
    () => sequences(bare, { label: 0 }),
    (error) => error.code === 'mismatch' && /label/.test(error.message),
  )
})

test('arrays that do not fit together', async () => {
  await rejects(readFlatNpz(zipOf([{ name: 'off.npy', content: offNpy(0) }])), 'bad-file', /pts and off/)
  await rejects(readFlatNpz(zipOf([])), 'bad-file', /pts and off/)
  for (const off of [[], [1, 3], [0, 2], [0, 4], [0, 2, 1, 3], [0, -1, 3]]) {
    await rejects(readFlatNpz(flat(ptsNpy(3), offNpy(...off))), 'mismatch', /off/)
  }
  await rejects(readFlatNpz(flat(offNpy(0, 3), offNpy(0, 3))), 'bad-shape', /pts/)
  await rejects(readFlatNpz(flat(ptsNpy(3), ptsNpy(2))), 'bad-shape', /off/)
  const split = { name: 'split.npy', content: offNpy(0, 1) }
  await rejects(readFlatNpz(flat(ptsNpy(3), offNpy(0, 3), [split])), 'mismatch', /split/)
  const halves = npyOf({ descr: '<f8', shape: [2] }, Float64Array.of(0, 2.5))
  await rejects(readFlatNpz(flat(ptsNpy(3), halves)), 'bad-value', /off/)
  const huge = npyOf({ descr: '<i8', shape: [2] }, BigInt64Array.of(0n, 2n ** 40n))
  await rejects(readFlatNpz(flat(ptsNpy(3), huge)), 'bad-value', /off/)
  assert.equal((await readFlatNpz(flat(ptsNpy(0), offNpy(0)))).count, 0)
})

test('NaN, infinite and absurd offsets in the points', async () => {
  for (const value of [NaN, Infinity, 1e7]) {
    const pts = npyOf({ descr: '<f4', shape: [1, 3] }, Float32Array.of(0, value, 1))
    await rejects(readFlatNpz(flat(pts, offNpy(0, 1))), 'bad-value', /position 1/)
  }
})

test('.npy headers that lie or are no headers', async () => {
  const one = (content) => readNpz(zipOf([{ name: 'a.npy', content }]))
  const four = new Uint8Array(4)
  await rejects(one(npyOf({ descr: '|u1', shape: [5] }, four)), 'bad-file', /takes 5 bytes, but there are 4/)
  await rejects(one(npyOf({ descr: '|u1', shape: [3] }, four)), 'bad-file')
  await rejects(one(npyOf({ descr: '|u1', shape: [2 ** 31, 2 ** 31] }, four)), 'bad-file')
  await rejects(
    one(npyOf({ descr: '|u1', shape: Array(33).fill(1) }, four.subarray(0, 1).slice())),
    'bad-file',
    /dimensions/,
  )
  await rejects(one(npyOf("{'descr': '|u1', 'shape': (4,)}", four)), 'bad-file', /header/)
  await rejects(one(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': (-4,)}", four)), 'bad-file', /header/)
  await rejects(one(npyOf("{'descr': '|u1', 'fortran_order': False, 'shape': __import__('os')}", four)), 'bad-file')
  await rejects(one(npyOf(' '.repeat(60_000), four)), 'bad-file')
  await rejects(one(four), 'bad-file', /not a \.npy file/)
  await rejects(one(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 4, 0, 0, 0)), 'unsupported', /version 4/)
  await rejects(one(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 9, 9, 9)), 'bad-file', /cut short/)
  await rejects(
    one(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 255, 255, 255, 255)),
    'bad-file',
    /cut short/,
  )
  assert.deepEqual((await one(npyOf({ descr: '<i2', shape: [] }, Int16Array.of(7)))).get('a'), {
    data: Int16Array.of(7),
    shape: [],
  })
})

test('zip: names, comments, other files, 64-bit sizes of entries', async () => {
  const content = offNpy(0)
  const arrays = await readNpz(
    zipOf(
      [
        { name: '__proto__.npy', content },
        { name: 'read.me', content },
        { name: 'ä.npy', content, method: 0 },
      ],
      { comment: 'PK\x05\x06 hello' },
    ),
  )
  assert.deepEqual([...arrays.keys()], ['__proto__', 'ä'])
  assert.equal({}.data, undefined)
  const wide = [
    ...le(2, 0x9999),
    ...le(2, 1),
    0,
    ...le(2, 1),
    ...le(2, 16),
    ...le(8, content.length),
    ...le(8, content.length),
  ]
  const sizes = { size: 0xffffffff, packedSize: 0xffffffff, method: 0 }
  assert.equal((await readNpz(zipOf([{ name: 'a.npy', content, ...sizes, extra: wide }]))).size, 1)
  await rejects(readNpz(zipOf([{ name: 'a.npy', content, ...sizes, extra: wide.slice(0, 13) }])), 'bad-file', /64-bit/)
  await rejects(readNpz(zipOf([{ name: 'a.npy', content, ...sizes }])), 'bad-file', /64-bit/)
  const absurd = [...le(2, 1), ...le(2, 16), ...Array(16).fill(255)]
  await rejects(readNpz(zipOf([{ name: 'a.npy', content, ...sizes, extra: absurd }])), 'bad-file')
})

test('zip: what is refused as unsupported or damaged', async () => {
  const content = offNpy(0, 1, 2)
  const one = (wrong) => readNpz(zipOf([{ name: 'a.npy', content, ...wrong }]))
  assert.equal((await one({})).size, 1)
  await rejects(one({ flags: 1 }), 'unsupported', /encryption/)
  await rejects(one({ method: 12 }), 'unsupported', /method 12/)
  await rejects(one({ crc: 5 }), 'bad-file', /checksum/)
  await rejects(one({ size: content.length + 1 }), 'bad-file', /less than it declares/)
  await rejects(one({ size: content.length - 1 }), 'bad-file', /more than it declares/)
  await rejects(one({ method: 0, size: content.length - 1 }), 'bad-file', /contradict/)
  await rejects(one({ packedSize: 4000 }), 'bad-file', /cut short/)
  await rejects(one({ packedSize: 5, size: 6 }), 'bad-file', /a\.npy/)
  await rejects(one({ localName: new TextEncoder().encode('b.npy') }), 'bad-file', /headers of a\.npy differ/)
  await rejects(one({ offset: 3 }), 'bad-file', /header of a\.npy is missing/)
  await rejects(one({ offset: 0xfffffff0 }), 'bad-file')
  const twice = { name: 'a.npy', content }
  await rejects(readNpz(zipOf([twice, twice])), 'bad-file', /two arrays named "a"/)
  await rejects(readNpz(zipOf([twice, { ...twice, offset: 0 }])), 'bad-file', /overlap/)
  await rejects(readNpz(new Uint8Array(0)), 'bad-file')
  await rejects(readNpz(new Uint8Array(100_000)), 'bad-file', /end record/)
  await rejects(readNpz('PK'), 'bad-argument', /Uint8Array/)
  await rejects(readNpz(golden('flat'), { maxSize: 5 }), 'bad-argument')
})

test('zip bombs: declared sizes are judged before anything is unpacked', async () => {
  const content = new Uint8Array(20_000_000) // zeros: 19 kB packed
  const bomb = zipOf([{ name: 'a.npy', content }])
  assert.ok(bomb.length < 25_000)
  await rejects(readNpz(bomb, { maxBytes: 1e6 }), 'too-large', /at most 1000000 bytes, received 20000000/)
  await rejects(readNpz(zipOf([{ name: 'a.npy', content, size: 1000 }])), 'bad-file', /more than it declares/)
  await rejects(readNpz(zipOf([{ name: 'a.npy', content: offNpy(0), size: 2 ** 31 }])), 'bad-file', /cannot have/)
  await rejects(readNpz(zipOf([{ name: 'a.npy', content: offNpy(0), size: 2 ** 29 }])), 'bad-file', /cannot have/)
  const many = Array.from({ length: 1025 }, (_, i) => ({ name: `${i}.npy`, content: new Uint8Array(0), method: 0 }))
  assert.throws(
    () => listZip(zipOf(many)),
    (error) => error.code === 'too-large',
  )
})

test('every truncation and every extension is refused', async () => {
  for (const name of ['flat', 'flat-stored']) {
    const bytes = golden(name)
    for (let end = 0; end < bytes.length; end++) await rejects(readFlatNpz(bytes.subarray(0, end)), 'bad-file')
    for (const more of [1, 21, 22, 23, 70_000]) {
      const extended = new Uint8Array(bytes.length + more)
      extended.set(bytes)
      await rejects(readFlatNpz(extended), 'bad-file')
    }
  }
})

test('flipped bits and heavier damage: read or refused, never anything else', async () => {
  const attempt = async (mutant) => {
    try {
      const set = await readFlatNpz(mutant, { maxBytes: 1e6 })
      assert.equal(set.pts.length, set.off[set.count] * set.width)
    } catch (error) {
      assert.ok(error instanceof MdnError, `${error?.stack}`)
    }
  }
  const flip = (bytes, bit) => bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7)))
  const [stored, packed] = [golden('flat-stored'), golden('flat')]
  for (let bit = 0; bit < stored.length * 8; bit++) await attempt(flip(stored, bit))
  for (let bit = 0; bit < packed.length * 8; bit += 9) await attempt(flip(packed, bit))
  for (const mutant of mutants(packed, { count: 500, seed: 13 })) await attempt(mutant)
})
