/**
 * `mixture-density continue`: continue a drawing in several ways.
 *
 * @module
 */

import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { complete } from '../complete.js'
import { drawingSize } from '../drawing-size.js'
import { sketch } from '../models/index.js'
import { requireSeed } from '../options.js'
import { applyTransform, fitTransform, invertTransform } from '../strokes/index.js'
import { defineVerb, flag, number, text, UsageError } from './command.js'
import { readDrawing } from './drawings.js'
import { requireOutput, writeOutput } from './files.js'
import { openModel } from './models.js'
import { withProgress } from './progress.js'
import { sheet } from './sheet.js'

/** @typedef {import('../complete.js').Ending} Ending */
/** @typedef {import('../strokes/box.js').Transform} Transform */

/** @type {Transform} */
const UNCHANGED = { scale: 1, x: 0, y: 0 }

const MOST_ENDINGS = 10_000

export const verb = defineVerb({
  usage: 'continue [--model FILE] [--in DRAWING] [--out FILE.svg|FILE.json] [options]',
  about:
    'Continues a drawing in several ways, best first. DRAWING is JSON [[[x, y], …], …], one array a stroke, or QuickDraw ' +
    'ndjson, or SVG, told by its content; - reads standard input; without --in the model draws from nothing. The drawing ' +
    'is brought to the size that the model knows, and the endings back to its own. Without --out they are printed as JSON.',
  positionals: [],
  options: {
    model: text('FILE', 'the model: a path or an address; default the sketch model of this package'),
    class: text('NAME', 'what is drawn, for a model that knows several things'),
    in: text('DRAWING', 'the strokes to continue'),
    line: number('N', 'which drawing of an ndjson file; default the first', { min: 1, max: 1e9, integer: true }),
    out: text('FILE', 'a picture of all endings (.svg) or their points (.json)'),
    count: number('N', 'endings; default 8', { min: 1, max: MOST_ENDINGS, integer: true }),
    steps: number('N', "longest ending, in points; default the model's own limit", { min: 1, max: 1e5, integer: true }),
    temperature: number('T', "0 is the likeliest ending, 1 the model as it is; default the model's own", {
      min: 0,
      max: 1e6,
    }),
    seed: number('N', 'the same seed gives the same endings; default random, and printed', {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      integer: true,
    }),
    size: number(
      'UNITS',
      "longer side of the drawing in the model's units; default that of the model's own drawings, as measured; less for " +
        'a drawing just begun',
      { min: 1, max: 1e5 },
    ),
    'keep-units': flag("the drawing is in the model's units already: do not change its size"),
    epsilon: number(
      'E',
      "tolerance of the simplification of the strokes, in the model's units; default 2, 0 drops only points on the line",
      {
        min: 0,
        max: 1e5,
      },
    ),
    'continue-stroke': flag('go on with the last stroke, which is not finished'),
  },

  async run(options) {
    const { model: source = fileURLToPath(sketch), in: file, out } = options
    const write = options.out === undefined ? toJson : writerFor(options.out)
    if (options['keep-units'] && options.size !== undefined)
      throw new UsageError('--keep-units and --size exclude each other')
    if (options.line !== undefined && file === undefined)
      throw new UsageError('--line is a line of --in DRAWING: that is missing')

    const text = await withProgress(async (progress) => {
      const inputs = file === undefined ? [source] : [source, file]
      if (out !== undefined) await requireOutput(out, inputs)
      const { model } = await openModel(source, progress)
      const given = applyTransform(file === undefined ? [] : await readDrawing(file, options.line ?? 1), UNCHANGED)
      progress.show('measuring how large the model draws')
      const size = options['keep-units'] ? null : (options.size ?? drawingSize(model, { class: options.class }))
      const toModel = size === null ? UNCHANGED : fitTransform(given, { size })
      const count = options.count ?? 8
      const seed = requireSeed(options.seed, 'seed')
      progress.show(`drawing ${count === 1 ? 'an ending' : `${count} endings`}`)
      const endings = await complete(model, applyTransform(given, toModel), {
        class: options.class,
        count,
        seed,
        maxSteps: options.steps,
        temperature: options.temperature,
        epsilon: options.epsilon,
        continueStroke: options['continue-stroke'],
      })
      const result = {
        model: model.info.name,
        class: options.class ?? null,
        seed,
        temperature: options.temperature ?? model.info.temperature.temperature ?? null,
        scale: model.scale,
        size,
        given,
        endings: endings.map((ending) => ({
          ...ending,
          polylines: placed(ending.polylines, invertTransform(toModel)),
        })),
      }
      model.dispose()
      const content = write(result)
      if (out !== undefined) await writeOutput(out, content, inputs)
      return out === undefined ? content : ''
    })
    process.stdout.write(text)
  },
})

/**
 * @typedef {object} Result
 * @property {string} model Its name.
 * @property {string | null} class
 * @property {number} seed
 * @property {number | null} temperature
 * @property {number} scale Data units per model unit.
 * @property {number | null} size Longer side that the drawing was given for the model, data units; null: its own.
 * @property {import('../strokes/validate.js').Point[][]} given
 * @property {Ending[]} endings In the units of `given`, best first.
 */

/** @param {string} out */
function writerFor(out) {
  switch (path.extname(out).toLowerCase()) {
    case '.svg':
      return sheet
    case '.json':
      return toJson
    default:
      throw new UsageError(`--out must end in .svg or .json, not be '${out}'`)
  }
}

/**
 * JSON with a line for each ending.
 *
 * @param {Result} result
 */
function toJson({ endings, ...result }) {
  const head = Object.entries(result).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`)
  const lines = endings.map((ending) => `    ${JSON.stringify(ending)}`)
  return `{\n${head.join('')}  "endings": [\n${lines.join(',\n')}\n  ]\n}\n`
}

/**
 * As `applyTransform`, but without its limits: what a model invents is never refused.
 *
 * @param {import('../strokes/validate.js').Point[][]} polylines
 * @param {Transform} transform
 * @returns {import('../strokes/validate.js').Point[][]}
 */
function placed(polylines, { scale, x, y }) {
  return polylines.map((polyline) => polyline.map(([px, py]) => [px * scale + x, py * scale + y]))
}
