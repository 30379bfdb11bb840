/**
 * `mixture-density convert`: a model of any known format as one of our files.
 *
 * @module
 */

import path from 'node:path'
import { convertModel } from '../convert.js'
import { load } from '../index.js'
import { scoreDrawing, summarise } from '../score.js'
import { defineVerb, flag, text, UsageError } from './command.js'
import { readDataSet } from './drawings.js'
import { requireOutput, writeOutput } from './files.js'
import { readModel } from './models.js'
import { withProgress } from './progress.js'
import { dataOptions, estimateText, toldClass } from './scoring.js'
import { counted, oneLine, whole } from './text.js'

const ENDING = '.safetensors'

export const verb = defineVerb({
  usage: `convert IN OUT${ENDING} [--float16 | --int8] [options]`,
  about:
    'Writes a model of any known format as a mixture-density safetensors file, float32 unless told otherwise, with a ' +
    'self-test: outputs that the engine computed from the weights as they came, which the new file must reproduce ' +
    'before it is written and whenever it is loaded with { verify: true }. With --data, the cost in nats is measured.',
  positionals: ['IN', `OUT${ENDING}`],
  options: {
    float16: flag('store matrices as float16: half the size, computed in float32'),
    int8: flag(
      'store recurrent and class matrices as int8 with a scale for each column, the others as float16: a quarter of the size, computed in int8',
    ),
    data: text('DATA', 'score both on these drawings, as `score` does, and print the paired difference'),
    ...dataOptions,
    json: flag('one JSON object'),
  },

  async run({ float16, int8, data, json, seed = 1, ...choice }, [source, target]) {
    if (float16 && int8) throw new UsageError('--float16 and --int8 exclude each other')
    if (!target.endsWith(ENDING)) throw new UsageError(`OUT must end in ${ENDING}, not be '${target}'`)
    const stray = Object.entries(choice).find(([, value]) => value !== undefined)?.[0]
    if (data === undefined && stray !== undefined)
      throw new UsageError(`--${stray} says which drawings of --data DATA: that is missing`)
    const storage = int8 ? 'int8' : float16 ? 'float16' : 'float32'
    const result = await withProgress(async (progress) => {
      await requireOutput(target, [source])
      const content = await readModel(source, progress)
      progress.show(`converting to ${storage}`)
      const converted = await convertModel(load, content, { storage })
      const cost = data === undefined ? undefined : await measure(converted, data, choice, seed, progress)
      await writeOutput(target, converted.bytes, [source])
      const { format, report, bytes, difference, selfTest } = converted
      return {
        in: { file: source, format, bytes: content.length },
        out: { file: target, storage, bytes: bytes.length },
        report,
        selfTest: { rows: selfTest.inputs.length, difference, tolerance: selfTest.tolerance },
        cost: cost ?? null,
      }
    })
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : written(result))
  },
})

/**
 * Scores the new file and the old one, in float32, on the same drawings with the same noise.
 *
 * @param {import('../convert.js').Converted} converted
 * @param {string} data
 * @param {Parameters<typeof readDataSet>[1]} choice
 * @param {number} seed
 * @param {import('./progress.js').Progress} progress
 */
async function measure({ source, bytes }, data, choice, seed, progress) {
  const { drawings, split, isWhole } = await readDataSet(data, choice)
  const before = await load(source, { compute: 'float32' })
  const after = await load(bytes)
  const pairs = drawings.map(({ rows, className }, index) => {
    progress.show(`scoring drawing ${index + 1} of ${drawings.length}`)
    return [before, after].map((model) =>
      scoreDrawing(model, rows, { class: toldClass(model, className), dequantise: isWhole, seed, index }),
    )
  })
  before.dispose()
  after.dispose()
  const [were, are] = [pairs.map(([score]) => score), pairs.map(([, score]) => score)]
  return {
    data,
    class: choice.class ?? null,
    split: split ?? null,
    drawings: pairs.length,
    points: were.reduce((sum, { points }) => sum + points, 0),
    unit: 'nats per point, data units',
    before: summarise(were),
    after: summarise(are),
    difference: summarise(are, were),
  }
}

/**
 * @param {{ in: { file: string, format: string, bytes: number }, out: { file: string, storage: string, bytes: number },
 *   report: readonly string[], selfTest: { rows: number, difference: number, tolerance: number },
 *   cost: Awaited<ReturnType<typeof measure>> | null }} result
 */
function written({ in: from, out, report, selfTest, cost }) {
  const lines = [
    `${oneLine(path.basename(from.file))}: ${from.format}, ${whole(from.bytes)} bytes`,
    ...report.map((line) => `  ${oneLine(line)}`),
    `${oneLine(path.basename(out.file))}: ${out.storage}, ${whole(out.bytes)} bytes, ${((100 * out.bytes) / from.bytes).toFixed(0)} % of it`,
    `self-test passed: ${counted(selfTest.rows, 'row')}, outputs within ${Number(selfTest.difference.toPrecision(2))} of float32, ` +
      `tolerance ${selfTest.tolerance}`,
  ]
  if (cost !== null) {
    const { before, after, difference } = cost
    /** @type {(part: 'offsets' | 'pen' | 'total') => string} */
    const line = (part) =>
      `  ${part.padEnd(7)}  ${estimateText(difference[part], { digits: 5, sign: true })} nats per point ` +
      `(${before[part].mean.toFixed(4)} → ${after[part].mean.toFixed(4)})`
    lines.push(
      `cost on ${counted(cost.drawings, 'drawing')}, ${counted(cost.points, 'point')}, paired, ± standard error:`,
      line('offsets'),
      line('pen'),
      line('total'),
    )
  }
  return `${lines.join('\n')}\n`
}
