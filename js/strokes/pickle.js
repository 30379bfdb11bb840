/**
 * Python pickles that hold NumPy arrays, and nothing else: the content of an .npy file of objects.
 *
 * A pickle is a program for a small stack machine, and Python's reader calls whatever function the program names. This one
 * knows the opcodes that NumPy's arrays are written with (protocols 2 to 4, from Python 2 and 3) and five names, whose
 * meaning is built in: NumPy's `_reconstruct`, `ndarray` and `dtype`, and `_codecs.encode` for bytes in protocol 2. Every
 * other opcode or name is refused. Nothing is called, nothing is imported, and what comes out are numbers.
 * (Opcodes: Python's Lib/pickletools.py; the arrays' state: `array_reduce` and `array_setstate` in NumPy's methods.c.)
 *
 * Errors: 'bad-file' for what is cut short or senseless, 'unsupported' for any other content, 'too-large' where more
 * numbers would come out than {@link MOST_NUMBERS}: one array may be named many times.
 *
 * @module
 */

import { mdnError } from '../errors.js'
import { transpose } from './npy.js'

/** @typedef {import('./validate.js').NumericArray} NumericArray */
/** @typedef {{ shape: number[], data: NumericArray }} NumberArray Row-major. */

/** Of all arrays in one pickle together. */
export const MOST_NUMBERS = 2 ** 26

class Mark {}
class Name {
  /** @param {string} name */
  constructor(name) {
    this.name = name
  }
}
class Dtype {
  /** @param {string} code 'i2', 'f4', … or 'O8'. */
  constructor(code) {
    this.code = code
    this.isBigEndian = false
  }
}
class NdArray {
  /** @type {NumberArray | undefined} */
  numbers
  /** @type {unknown[] | undefined} */
  objects
}

/** @type {Readonly<Record<string, string>>} */
const NAMES = {
  'numpy.core.multiarray _reconstruct': 'reconstruct',
  'numpy._core.multiarray _reconstruct': 'reconstruct',
  'numpy ndarray': 'ndarray',
  'numpy dtype': 'dtype',
  '_codecs encode': 'encode',
}

/** @type {Readonly<Record<string, { size: number, make: (buffer: ArrayBufferLike, offset: number, count: number) => NumericArray }>>} */
const TYPES = {
  b1: { size: 1, make: (...place) => new Uint8Array(...place) },
  u1: { size: 1, make: (...place) => new Uint8Array(...place) },
  i1: { size: 1, make: (...place) => new Int8Array(...place) },
  u2: { size: 2, make: (...place) => new Uint16Array(...place) },
  i2: { size: 2, make: (...place) => new Int16Array(...place) },
  u4: { size: 4, make: (...place) => new Uint32Array(...place) },
  i4: { size: 4, make: (...place) => new Int32Array(...place) },
  i8: { size: 8, make: (...place) => Float64Array.from(new BigInt64Array(...place), Number) },
  f4: { size: 4, make: (...place) => new Float32Array(...place) },
  f8: { size: 8, make: (...place) => new Float64Array(...place) },
}

const PROTOCOLS = [2, 3, 4]

/**
 * The arrays in a pickled one-dimensional NumPy array of objects.
 *
 * @param {Uint8Array} bytes
 * @param {string} [name] For messages.
 * @returns {NumberArray[]}
 */
export function readArrayPickle(bytes, name = 'the pickle') {
  const root = new Machine(bytes, name).run()
  if (!(root instanceof NdArray) || root.objects === undefined) {
    throw unsupported(name, 'does not hold an array of objects')
  }
  let total = 0
  return root.objects.map((item, i) => {
    if (!(item instanceof NdArray) || item.numbers === undefined) {
      throw unsupported(name, `holds something other than arrays of numbers, at position ${i}`)
    }
    total += item.numbers.data.length
    requireFew(total, name)
    return item.numbers
  })
}

/**
 * @param {number} total
 * @param {string} name
 */
function requireFew(total, name) {
  if (total <= MOST_NUMBERS) return
  throw mdnError('too-large', `${name} holds too many numbers`, {
    expected: `at most ${MOST_NUMBERS}`,
    received: total,
  })
}

class Machine {
  /** @type {unknown[]} */
  #stack = []
  /** @type {Map<number, unknown>} */
  #memo = new Map()
  #at = 0
  /** Numbers made so far, those of arrays that were dropped again included. */
  #made = 0

  /**
   * @param {Uint8Array} bytes
   * @param {string} name
   */
  constructor(bytes, name) {
    this.bytes = bytes
    this.name = name
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** @returns {unknown} */
  run() {
    for (;;) {
      const opcode = this.#number(1)
      if (opcode === 0x2e) break // STOP
      this.#execute(opcode)
    }
    const root = this.#pop()
    if (this.#stack.length > 0) throw this.#broken('something is left on its stack')
    return root
  }

  /** @param {number} opcode */
  #execute(opcode) {
    const stack = this.#stack
    switch (opcode) {
      case 0x80: {
        const protocol = this.#number(1)
        if (!PROTOCOLS.includes(protocol)) throw unsupported(this.name, `is a pickle of protocol ${protocol}`)
        break
      }
      case 0x95: // FRAME: a hint for buffering
        this.#take(8)
        break
      case 0x28:
        stack.push(new Mark())
        break
      case 0x29: // EMPTY_TUPLE
      case 0x5d: // EMPTY_LIST
        stack.push([])
        break
      case 0x74: // TUPLE
        stack.push(this.#popToMark())
        break
      case 0x85: // TUPLE1, TUPLE2, TUPLE3
      case 0x86:
      case 0x87:
        stack.push(this.#popMany(opcode - 0x84))
        break
      case 0x61: // APPEND
        this.#append([this.#pop()])
        break
      case 0x65: // APPENDS
        this.#append(this.#popToMark())
        break
      case 0x4e:
        stack.push(null)
        break
      case 0x88: // NEWTRUE, NEWFALSE
      case 0x89:
        stack.push(opcode === 0x88)
        break
      case 0x4a: // BININT
        stack.push(this.#number(4) | 0)
        break
      case 0x4b: // BININT1, BININT2
      case 0x4d:
        stack.push(this.#number(opcode === 0x4b ? 1 : 2))
        break
      case 0x8a: // LONG1
        stack.push(this.#long(this.#number(1)))
        break
      case 0x8c: // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
        stack.push(this.#text(this.#number(1)))
        break
      case 0x58:
        stack.push(this.#text(this.#number(4)))
        break
      case 0x8d:
        stack.push(this.#text(this.#number(8)))
        break
      case 0x43: // SHORT_BINBYTES; SHORT_BINSTRING of Python 2
      case 0x55:
        stack.push(this.#take(this.#number(1)))
        break
      case 0x42: // BINBYTES; BINSTRING
      case 0x54:
        stack.push(this.#take(this.#number(4)))
        break
      case 0x8e: // BINBYTES8
        stack.push(this.#take(this.#number(8)))
        break
      case 0x63: // GLOBAL
        stack.push(this.#global(this.#line(), this.#line()))
        break
      case 0x93: {
        const [module, name] = this.#popMany(2)
        stack.push(this.#global(asText(module), asText(name)))
        break
      }
      case 0x71: // BINPUT, LONG_BINPUT
      case 0x72:
        this.#memo.set(this.#number(opcode === 0x71 ? 1 : 4), this.#top())
        break
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top())
        break
      case 0x68: // BINGET, LONG_BINGET
      case 0x6a: {
        const key = this.#number(opcode === 0x68 ? 1 : 4)
        if (!this.#memo.has(key)) throw this.#broken('it refers to something that it has not made')
        stack.push(this.#memo.get(key))
        break
      }
      case 0x52: {
        const [callee, given] = this.#popMany(2)
        stack.push(this.#reduce(callee, given))
        break
      }
      case 0x62: {
        const [target, state] = this.#popMany(2)
        this.#build(target, state)
        stack.push(target)
        break
      }
      default:
        throw unsupported(this.name, `holds more than arrays of numbers (opcode 0x${opcode.toString(16)})`)
    }
  }

  /**
   * What Python would call.
   *
   * @param {unknown} callee
   * @param {unknown} given
   */
  #reduce(callee, given) {
    const values = Array.isArray(given) ? given : []
    const name = callee instanceof Name ? callee.name : ''
    if (name === 'reconstruct' && values[0] instanceof Name && values[0].name === 'ndarray') return new NdArray()
    if (name === 'dtype') return new Dtype(asText(values[0]))
    if (name === 'encode' && typeof values[0] === 'string' && asText(values[1]) === 'latin1') {
      this.#spend(values[0].length)
      const text = values[0]
      const encoded = new Uint8Array(text.length)
      for (let i = 0; i < text.length; i += 1) encoded[i] = text.charCodeAt(i)
      return encoded
    }
    throw unsupported(this.name, 'wants something called that is not known here')
  }

  /**
   * What Python would hand to `__setstate__`.
   *
   * @param {unknown} target
   * @param {unknown} state
   */
  #build(target, state) {
    const values = Array.isArray(state) ? state : []
    if (target instanceof Dtype) {
      target.isBigEndian = asText(values[1]) === '>'
    } else if (target instanceof NdArray) {
      this.#fill(target, values)
    } else {
      throw unsupported(this.name, 'sets the state of something that is not known here')
    }
  }

  /**
   * @param {NdArray} target
   * @param {unknown[]} state (1, shape, dtype, is Fortran, content)
   */
  #fill(target, [, shape, dtype, isFortran, content]) {
    const isShape = Array.isArray(shape) && shape.length <= 32 && shape.every((n) => Number.isSafeInteger(n) && n >= 0)
    if (!isShape || !(dtype instanceof Dtype)) throw this.#broken('the state of an array is damaged')
    const count = shape.reduce((product, n) => product * n, 1)
    if (dtype.code.startsWith('O')) {
      if (!Array.isArray(content) || content.length !== count || shape.length !== 1) {
        throw this.#broken('an array of objects does not have as many as its shape says')
      }
      target.objects = content
      return
    }
    const type = Object.hasOwn(TYPES, dtype.code) ? TYPES[dtype.code] : undefined
    if (type === undefined || (dtype.isBigEndian && type.size > 1)) {
      throw unsupported(
        this.name,
        `holds numbers of the type ${dtype.isBigEndian ? '>' : ''}${dtype.code.slice(0, 20)}`,
      )
    }
    if (!(content instanceof Uint8Array) || content.length !== count * type.size) {
      throw this.#broken('an array does not have as many bytes as its shape says')
    }
    this.#spend(count)
    const aligned = content.byteOffset % type.size === 0 ? content : content.slice()
    const data = type.make(aligned.buffer, aligned.byteOffset, count)
    const isTurned = isFortran === true && shape.length === 2
    if (isFortran === true && shape.length > 2) {
      throw unsupported(this.name, 'has an array in Fortran order with more than two dimensions')
    }
    target.numbers = { shape, data: isTurned ? transpose(data, shape[1], shape[0]) : data }
  }

  /**
   * @param {string} module
   * @param {string} name
   */
  #global(module, name) {
    const known = `${module} ${name}`
    if (!Object.hasOwn(NAMES, known)) {
      throw unsupported(this.name, `names ${known.slice(0, 60)}, which no array of numbers needs`)
    }
    return new Name(NAMES[known])
  }

  /** @param {unknown[]} items */
  #append(items) {
    const list = this.#top()
    if (!Array.isArray(list)) throw this.#broken('it appends to what is no list')
    for (const item of items) list.push(item)
  }

  /** @param {number} count */
  #spend(count) {
    this.#made += count
    requireFew(this.#made, this.name)
  }

  #top() {
    if (this.#stack.length === 0) throw this.#broken('its stack runs empty')
    return this.#stack[this.#stack.length - 1]
  }

  #pop() {
    const top = this.#top()
    if (top instanceof Mark) throw this.#broken('its stack runs empty')
    this.#stack.pop()
    return top
  }

  /** @param {number} count */
  #popMany(count) {
    const items = Array.from({ length: count }, () => this.#pop())
    return items.reverse()
  }

  #popToMark() {
    let from = this.#stack.length - 1
    while (from >= 0 && !(this.#stack[from] instanceof Mark)) from -= 1
    if (from < 0) throw this.#broken('a mark is missing')
    return this.#stack.splice(from).slice(1)
  }

  /** @param {number} count */
  #take(count) {
    if (!(count <= this.bytes.length - this.#at)) throw this.#broken('it is cut short')
    this.#at += count
    return this.bytes.subarray(this.#at - count, this.#at)
  }

  /**
   * An unsigned little-endian number.
   *
   * @param {1 | 2 | 4 | 8} size
   */
  #number(size) {
    const at = this.#at
    this.#take(size)
    if (size === 1) return this.view.getUint8(at)
    if (size === 2) return this.view.getUint16(at, true)
    if (size === 4) return this.view.getUint32(at, true)
    return Number(this.view.getBigUint64(at, true))
  }

  /**
   * A signed little-endian number of so many bytes.
   *
   * @param {number} size
   */
  #long(size) {
    if (size > 8) throw unsupported(this.name, 'holds a number that is too large')
    const value = this.#take(size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
    return Number(BigInt.asIntN(8 * size, value))
  }

  /** @param {number} length */
  #text(length) {
    return new TextDecoder().decode(this.#take(length))
  }

  #line() {
    const end = this.bytes.indexOf(0x0a, this.#at)
    if (end < 0) throw this.#broken('it is cut short')
    const text = this.#text(end - this.#at)
    this.#at = end + 1
    return text
  }

  /** @param {string} what */
  #broken(what) {
    return mdnError('bad-file', `${this.name} cannot be read: ${what}`)
  }
}

/**
 * Text, which Python 2 wrote as bytes; '' for anything else.
 *
 * @param {unknown} value
 */
function asText(value) {
  if (value instanceof Uint8Array) return new TextDecoder('latin1').decode(value)
  return typeof value === 'string' ? value : ''
}

/**
 * @param {string} name
 * @param {string} what
 */
function unsupported(name, what) {
  return mdnError('unsupported', `${name} ${what}`, {
    fix: 'Save the numbers as one array (np.concatenate) and one of offsets, as readFlatNpz reads them.',
  })
}
