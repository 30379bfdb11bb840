// node tests/fuzz-corpus.js FOLDER: writes tiny valid model files of every kind, the seeds of cpp/tools/fuzz_model.cpp.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tinySketchModel } from './models.js'
import { randomModel } from './reference/random-model.js'

const folder = process.argv[2]
if (folder === undefined) throw new Error('node tests/fuzz-corpus.js FOLDER')

const lstm = { type: 'lstm', units: 2, recurrentActivation: 'hard_sigmoid', gates: 'ifgo' }
const diagonal = {
  inputs: 1,
  nodes: [
    { ...lstm, name: 'a', inputs: ['input'] },
    { ...lstm, name: 'b', inputs: ['a', 'input'], units: 1 },
    { name: 'o', type: 'dense', inputs: ['a', 'b'], units: 6, activation: 'linear' },
  ],
  head: { type: 'diagonal', dims: 1, components: 2 },
  selfTest: { inputs: [[1], [0.5]], outputs: [0, 0, 0, 0, 0, 0] },
}
const dense = {
  inputs: 2,
  nodes: [{ name: 'o', type: 'dense', inputs: ['input'], units: 5, activation: 'softmax' }],
  head: { type: 'diagonal', dims: 2, components: 1, activation: 'exp', epsilon: 0 },
}
const seeds = {
  sketch: tinySketchModel({ units: 2, components: 1 }),
  classes: tinySketchModel({ units: 3, components: 1, classes: ['a', 'b'] }),
  diagonal: randomModel(diagonal),
  int8: randomModel({ ...diagonal, compute: 'int8' }, { storage: 'int8' }),
  float16: randomModel(dense, { storage: 'float16' }),
  dense: randomModel(dense),
}

mkdirSync(folder, { recursive: true })
for (const [name, bytes] of Object.entries(seeds)) writeFileSync(join(folder, `${name}.safetensors`), bytes)
