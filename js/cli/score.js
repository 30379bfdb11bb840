/**
 * `mixture-density score`: how well a model predicts drawings.
 *
 * @module
 */

import path from 'node:path'
import { DRAWS, scoreDrawing, summarise } from '../score.js'
import { defineVerb, flag, number, text } from './command.js'
import { readDataSet } from './drawings.js'
import { openModel } from './models.js'
import { withProgress } from './progress.js'
import { dataOptions, estimateText, toldClass } from './scoring.js'
import { counted, plain, table } from './text.js'

export const verb = defineVerb({
  usage: 'score MODEL DATA [options]',
  about:
    'Scores a sketch model on drawings: nats per point in data units, offsets and pen apart, lower is better, with the ' +
    'standard error over drawings. DATA is what `data` writes, a flat npz set (pts, off, split, label), QuickDraw ndjson, or JSON with one ' +
    'drawing [[[x, y], …], …] or an array of them, in the units the model learnt; - reads standard input. Whole-number ' +
    `data is dequantised: noise of ±½ unit on each target offset, mean of ${DRAWS} draws.`,
  positionals: ['MODEL', 'DATA'],
  options: {
    ...dataOptions,
    as: text('NAME', "tell the model this class ('any' for none) in place of the drawing's own"),
    json: flag('one JSON object'),
  },

  async run({ json, as, seed = 1, ...choice }, [source, data]) {
    const result = await withProgress(async (progress) => {
      const { model } = await openModel(source, progress)
      progress.show(`reading ${path.basename(data)}`)
      const { drawings, split, isWhole } = await readDataSet(data, choice)
      const scores = []
      for (const [index, { rows, className }] of drawings.entries()) {
        progress.show(`scoring drawing ${index + 1} of ${drawings.length}`)
        scores.push(
          scoreDrawing(model, rows, { class: as ?? toldClass(model, className), dequantise: isWhole, seed, index }),
        )
      }
      model.dispose()
      const { offsets, pen, total } = summarise(scores)
      return {
        model: source,
        data,
        class: choice.class ?? null,
        as: as ?? null,
        split: split ?? null,
        drawings: scores.length,
        points: scores.reduce((sum, { points }) => sum + points, 0),
        unit: 'nats per point, data units',
        dequantised: isWhole ? { noise: 0.5, draws: DRAWS, seed } : null,
        offsets,
        pen,
        total,
      }
    })
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : written(result))
  },
})

/**
 * @param {{ model: string, data: string, class: string | null, split: string | null, drawings: number, points: number,
 *   dequantised: { seed: number } | null } & ReturnType<typeof summarise>} result
 */
function written(result) {
  const { dequantised, split, class: className } = result
  const which = [className === null ? '' : `, class ${className}`, split === null ? '' : `, split ${split}`].join('')
  const noise =
    dequantised === null
      ? 'offsets as they are: they are not whole numbers'
      : `offsets dequantised by ±½ unit, mean of ${DRAWS} draws, seed ${dequantised.seed}`
  return plain(
    `${path.basename(result.model)} on ${path.basename(result.data)}${which}\n` +
      `${counted(result.drawings, 'drawing')}, ${counted(result.points, 'point')}; ${noise}\n` +
      table([
        ['offsets', `${estimateText(result.offsets)} nats per point`],
        ['pen', estimateText(result.pen)],
        ['total', `${estimateText(result.total)}   (± standard error over drawings)`],
      ]),
  )
}
