/**
 * Tells the format of a model file by its first bytes, never by its name.
 *
 * @module
 */

import { mdnError } from '../errors.js'

/** @typedef {'safetensors' | 'sketch-rnn' | 'keras' | 'hdf5' | 'unknown'} Format */

/** Characters of a text that are looked at. */
const HEAD = 4096

const ZIP = [0x50, 0x4b, 0x03, 0x04]
const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

/**
 * `[{…`, alone or assigned to a variable, in quotes or not: the array `[info, dims, weights]` of sketch-rnn's
 * `.gen.json`, and of its `.gen.js`.
 */
const SKETCH_RNN = /^(?:\/\/.*\n\s*)*(?:(?:(?:var|let|const)\s+)?[\w$.]+\s*=\s*)?['"`]?\s*\[\s*\{/

/**
 * 'keras' is a zip archive (`.keras`); 'hdf5' covers the older Keras `.h5`. Only the beginning is looked at: the
 * reader of the format says what is wrong with the rest. Throws 'bad-file' for an HTML page, which is what a server
 * answers for a path that does not exist.
 *
 * @param {Uint8Array | string} content
 * @returns {Format}
 */
export function sniffFormat(content) {
  if (typeof content !== 'string') {
    if (startsWith(content, ZIP)) return 'keras'
    if (startsWith(content, HDF5)) return 'hdf5'
    // A header length below 2^32 and the header's first brace.
    if (content.length > 8 && startsWith(content.subarray(4), [0, 0, 0, 0, 0x7b])) return 'safetensors'
  }
  const head = content.slice(0, HEAD)
  const text = (typeof head === 'string' ? head : new TextDecoder().decode(head)).trimStart()
  if (/^<(?:!doctype|html|head|body|\?xml|!--)/i.test(text)) {
    throw mdnError('bad-file', 'This is no model file (got HTML, path is wrong)', {
      expected: 'a model file',
      received: text,
      fix: 'Many servers answer with a page when nothing is at an address: check the address.',
    })
  }
  return SKETCH_RNN.test(text) ? 'sketch-rnn' : 'unknown'
}

/**
 * @param {Uint8Array} bytes
 * @param {number[]} magic
 */
function startsWith(bytes, magic) {
  return magic.every((byte, i) => bytes[i] === byte)
}
