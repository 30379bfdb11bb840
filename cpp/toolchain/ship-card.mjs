// The model card, from what was measured.
const signed = (value, digits) => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits)}`
const estimate = ({ mean, standardError }, digits = 3) => `${signed(mean, digits)} ± ${standardError.toFixed(digits)}`
const nats = ({ offsets, pen }, digits = 3) => `${signed(offsets.mean, digits)} + ${signed(pen.mean, digits)}`
const natsWithErrors = ({ offsets, pen }) => `${estimate(offsets)} + ${estimate(pen)}`
const whole = (value) => Math.round(value).toLocaleString('en-GB')
const percent = (value) => `${(100 * value).toFixed(1)} %`

/** A table in Markdown; the first column is text, the others numbers. */
function table(head, rows) {
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Judged by eye, from the sheet: to be written anew when the model is. */
const LOOKED_AT = `Looked at, the eight of each class on the sheet: most circles, apples, eyes, mouths, suns, faces, suitcases, candles,
calculators, power outlets, radios, ambulances, cars and ice creams can be told for what they are; of the shoes, backpacks, cats,
pigs, ducks, butterflies, crabs, cacti, airplanes, pineapples and coffee cups about half; of the horses, dogs, monkeys, mosquitoes,
scorpions, ants, owls, birds, flamingos, swans, campfires, baskets and alarm clocks few: their parts are there, but not in their
places. Squares and triangles often stay open. Lower temperatures give smoother lines, but more and shorter ones.`

/** At most so many rows of the curve, evenly spaced, the last one always. */
const CURVE_ROWS = 12

export function card({ description, bytes, masterBytes, training, sets, cost, pen, counts, chosen, drawings }) {
  const [first, joined] = sets
  const { rule, weights, scales } = description.temperature
  const nodes = Object.fromEntries(description.nodes.map((node) => [node.type, node]))
  const every = Math.max(1, Math.ceil(training.curve.length / CURVE_ROWS))
  const curve = training.curve.filter((_, i) => (training.curve.length - 1 - i) % every === 0)
  const countRow = (name, { points, ink, strokes, short, unfinished }) => [
    name,
    points,
    whole(ink),
    strokes.toFixed(1),
    percent(short),
    name === 'real' ? '–' : percent(unfinished),
  ]
  return `# sketch

Draws, and continues drawings of, ${description.listedClasses.length} things: an LSTM of ${nodes.lstm.units} units under
${description.head.components} bivariate Gaussians and three pen states, told what is drawn through an embedding of ${nodes.embedding.units} numbers.
\`sketch.safetensors\`, ${whole(bytes)} bytes: recurrent and class matrices int8 with a scale a column, the other matrices
float16, vectors float32; it computes in int8. \`sketch-samples.svg\` shows 8 drawings of each class, not chosen.

\`\`\`js
import { complete, load } from 'mixture-density'
import { sketch } from 'mixture-density/models'
const model = await load(sketch)
const endings = await complete(model, polylines, { class: 'cat' })
\`\`\`

## Data

${description.data.attribution}, licence ${description.data.licence}
(https://github.com/googlecreativelab/quickdraw-dataset): ${whole(drawings.training)} training drawings of ${description.classes.length} classes, simplified
form (longer side 255 units, Ramer–Douglas–Peucker with ε = 2). All ${description.classes.length} classes were trained on and can be asked for by name;
\`model.info.listedClasses\` are the ${description.listedClasses.length} with ${drawings.fewest} or more training drawings, and only they are measured below. Whoever
redistributes the weights or drawings made from them in quantity should repeat the attribution.

Biases to know of. The players drew on the web, in twenty seconds, with mouse or finger; what "a car" looks like is what they
thought a program would recognise. Part of the data is of players in Africa, Oceania and South America only; another part was
sampled by drawing time, so slow and busy drawings are over-represented (cats above all). Some drawings were not recognised by
the game and may be unfinished or something else. For face, pig, radio and alarm clock, part of the training drawings belongs
to the test part of Google's own sketch-rnn sets: figures published for that part cannot be compared with this model's.
The classes are very uneven: ${joined.classes[0][1].toLocaleString('en-GB')} training drawings of ${joined.classes[0][0]}, ${joined.classes.at(-1)[1].toLocaleString('en-GB')} of ${joined.classes.at(-1)[0]}.

## Training

\`\`\`
npx mixture-density data quickdraw_union_stroke3.npz quickdraw_more_stroke3.npz --out quickdraw.safetensors \\
  --licence "CC BY 4.0" --source "${description.data.source}" --attribution "${description.data.attribution}"
npx mixture-density train sketch --data quickdraw.safetensors --out run --seed ${training.seed}
node cpp/toolchain/ship-model.mjs run quickdraw_union_stroke3.npz quickdraw_more_stroke3.npz
\`\`\`

${whole(training.steps)} steps of ${training.spec.batch} drawings, ${(training.points / 1e6).toFixed(0)} M points, ${(training.seconds / 3600).toFixed(1)} hours on two CPU cores shared with other work, by the trainer of
this package (cpp/train); the specification is js/cli/presets/sketch.json, all its numbers are there. The number of steps was
adapted to the time left while it ran; the command makes the ${whole(training.spec.steps)} of the specification, so it does not give these very bits.
Nats per point on the validation drawings of the listed classes, averaged weights, float32:

${table(
  ['step', 'offsets', 'pen'],
  curve.map(({ step, offset, pen: penNats }) => [whole(step), offset.toFixed(3), penNats.toFixed(3)]),
)}

Training merges points away now and then, so the network ends its drawings too early. The biases of its three pen logits (down,
up, end) were therefore shifted by ${pen.shift.map((value) => signed(value, 3)).join(', ')}, which maximises the likelihood of the pen states of the validation
drawings; on the test drawings that changes the pen's nats by ${estimate(pen.change, 4)} per point.

## How well it predicts

Nats per point, offsets + pen, lower is better, by the code of \`npx mixture-density score\` on this very file: data units, target
offsets dequantised by ±½ unit (mean of four draws, seed 1), pen of three states with one end row a drawing, ± standard
error over drawings. "any": the same weights, not told the class. Baseline: one Gaussian and one table of pen states, fitted on the
training drawings of the same classes.

${table(
  ['test drawings', 'drawings', 'this model', 'told "any"', 'any − class', 'one Gaussian'],
  sets.map((set) => [
    set.name,
    whole(set.drawings),
    natsWithErrors(set.told),
    nats(set.any),
    estimate(set.gain.total),
    nats(set.baseline),
  ]),
)}

On the ${first.monkeys.drawings} test monkeys of the first file: ${natsWithErrors(first.monkeys.score)}.
Cost of the narrow weights: ${estimate(cost.offsets, 5)} + ${estimate(cost.pen, 5)} nats per point, paired, against the float32 master
(${whole(masterBytes)} bytes) on the ${whole(joined.drawings)} drawings.

${table(
  ['class', 'training', 'test', 'this model', 'told "any"', 'any − class', 'one Gaussian'],
  joined.classes.map(([name, count], i) => [
    name,
    whole(count),
    whole(joined.each[i].drawings),
    natsWithErrors(joined.each[i].told),
    nats(joined.each[i].any),
    estimate(joined.each[i].gain.total),
    nats(joined.each[i].baseline),
  ]),
)}

## What it draws

Likelihood is not enough: ${counts.perClass} drawings of each listed class, made from nothing and counted, beside the real test drawings, every class
weighing the same. Ink is the length drawn with the pen down, in data units; short steps are those under 8 units; unfinished means
not ended by itself after ${counts.mostPoints} points. The default temperature is rule \`${rule}\` with weights ${weights}, scales ${scales} (σ × √${scales}), and
leaves the pen at 1: a cold pen hardly ever lifts or ends. It was chosen as the coolest of these whose points, ink and strokes
are within 20 % of the real ones, with at most 1.3 times their short steps and at most 1 % unfinished${chosen ? '' : ' (none is: the nearest was taken)'}.

${table(
  ['weights, scales', 'median points', 'mean ink', 'mean strokes', 'short steps', 'unfinished'],
  [
    countRow('real', counts.real),
    ...counts.grid.map((row) => {
      const isDefault = row.weights === weights && row.scales === scales
      const name = `${row.weights}, ${row.scales}`
      return countRow(isDefault ? `**${name}**` : name, row)
    }),
  ],
)}

${LOOKED_AT}
`
}
