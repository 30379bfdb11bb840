// The tables that the bench prints.

/** @param {import('./groups.js').Contest} contest */
export function formatContest({ title, unit, timings, notes }) {
  const divisor = unit === 'ms' ? 1000 : 1
  const peer = timings[timings.length - 1]
  const lines = timings.map((timing) => [
    timing.name,
    number(timing.median / divisor),
    number(timing.minimum / divisor),
    ...(timing === peer ? ['', ''] : [ratio(peer.median, timing.median), ratio(peer.minimum, timing.minimum)]),
  ])
  return [
    `${title} (${peer.rounds} rounds)`,
    ...table([[`  ${unit}`, 'median', 'minimum', '× median', '× minimum'], ...lines]),
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

/** @param {Awaited<ReturnType<typeof import('./sizes.js').sizes>>} rows */
export function formatSizes(rows) {
  const lines = rows.map(({ name, bytes, gzip }) => [name, String(bytes), String(gzip)])
  return ['Downloads, minified', ...table([['  bytes', 'raw', 'gz'], ...lines])].join('\n')
}

/** @param {import('./train.js').RateTable} table */
export function formatRates({ title, rounds, rates, notes }) {
  const percent = (/** @type {number | undefined} */ share) =>
    share === undefined ? '' : `${(100 * share).toFixed(0)} %`
  const lines = rates.map(({ name, rows, gflops, share, bestShare }) => [
    name,
    rows === undefined ? '' : rows.toFixed(0),
    number(gflops),
    percent(share),
    percent(bestShare),
  ])
  return [
    `${title} (${rounds} rounds)`,
    ...table([['', 'rows/s', 'GFLOP/s', 'of the products alone', 'fastest rounds'], ...lines]),
    ...notes.map((note) => `  ${note}`),
  ].join('\n')
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return rows.map((row) =>
    `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
  )
}

/** @param {number} value */
const number = (value) => (value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0))

/**
 * @param {number} peer
 * @param {number} own
 */
const ratio = (peer, own) => (peer / own).toFixed(2)
