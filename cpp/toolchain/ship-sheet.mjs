// A sheet of drawings as SVG: one row a class, in blocks side by side, all at one scale.
const CELL = 66 // px
const UNITS = 300 // data units across a cell; drawings that are larger are shrunk to it
const LABEL = 96
const MARGIN = 24
const HEADER = 56
const BLOCKS = 2
const PER_LINE = 6 // numbers; keeps the lines of the file short

const PAPER = '#faf8f3'
const RULE = '#e7e2d8'
const INK = '#1f1c19'
const QUIET = '#6f6860'
const MODEL = '#4a3fb8'

/**
 * @param {{ title: string, facts: string, classes: { name: string, drawings: Float32Array[] }[] }} content
 *   stroke-3 rows, data units.
 * @returns {string}
 */
export function sheet({ title, facts, classes }) {
  const columns = Math.max(...classes.map(({ drawings }) => drawings.length))
  const rows = Math.ceil(classes.length / BLOCKS)
  const block = LABEL + columns * CELL
  const width = 2 * MARGIN + BLOCKS * block + (BLOCKS - 1) * MARGIN
  const height = 2 * MARGIN + HEADER + rows * CELL
  const body = classes.flatMap(({ name, drawings }, i) => {
    const left = MARGIN + Math.floor(i / rows) * (block + MARGIN)
    const top = MARGIN + HEADER + (i % rows) * CELL
    return [
      `<path d="M${left} ${top}h${block}" stroke="${RULE}"/>`,
      `<text x="${left}" y="${top + CELL / 2 + 4}" font-size="12" fill="${INK}">${name}</text>`,
      ...drawings.map((drawing, column) => path(drawing, left + LABEL + column * CELL, top)),
    ]
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"` +
      ` fill="none" stroke="${MODEL}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"` +
      ` font-family="system-ui, 'Helvetica Neue', Arial, sans-serif">`,
    `<title>${title}: ${facts}</title>`,
    `<rect width="100%" height="100%" fill="${PAPER}" stroke="none"/>`,
    '<g stroke="none">',
    `<text x="${MARGIN}" y="${MARGIN + 18}" font-size="20" fill="${INK}">${title}</text>`,
    `<text x="${MARGIN}" y="${MARGIN + 38}" font-size="12" fill="${QUIET}">${facts}</text>`,
    '</g>',
    ...body.map((line) => (line.startsWith('<text') ? line.replace('<text', '<text stroke="none"') : line)),
    '</svg>',
    '',
  ].join('\n')
}

/** A drawing as one path of relative moves, centred in its cell. */
function path(rows, left, top) {
  let [x, y, minX, minY, maxX, maxY] = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < rows.length; i += 3) {
    x += rows[i]
    y += rows[i + 1]
    minX = Math.min(minX, x)
    maxX = Math.max(maxX, x)
    minY = Math.min(minY, y)
    maxY = Math.max(maxY, y)
  }
  const scale = CELL / Math.max(UNITS, 1.1 * (maxX - minX), 1.1 * (maxY - minY))
  // Each end is rounded, not each offset, so that the rounding does not add up.
  let [atX, atY] = [left + CELL / 2 - (scale * (minX + maxX)) / 2, top + CELL / 2 - (scale * (minY + maxY)) / 2].map(
    tenths,
  )
  let [endX, endY] = [atX, atY]
  const moves = [`M${tenths(atX)} ${tenths(atY)}`]
  let command = ''
  for (let i = 0; i < rows.length; i += 3) {
    endX += scale * rows[i]
    endY += scale * rows[i + 1]
    const [dx, dy] = [tenths(endX - atX), tenths(endY - atY)]
    const next = i === 0 || rows[i - 1] === 0 ? 'l' : 'm'
    moves.push(`${next === command && i % PER_LINE !== 0 ? ' ' : next}${dx} ${dy}`)
    if (next === 'm' && rows[i + 2] === 1) moves.push('h0') // a dot
    command = next === 'm' ? '' : next
    atX = tenths(atX + dx)
    atY = tenths(atY + dy)
  }
  return `<path d="${moves.join('').replaceAll(' -', '-')}"/>`
}

const tenths = (value) => Math.round(10 * value) / 10 || 0
