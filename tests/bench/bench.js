// npm run bench [-- GROUP… --browser --json]
//
// Times the library beside a plain-JavaScript implementation of the same work, in one interleaved run per table.
// Groups: step, futures, complete, load, sizes; all of these without a name. --browser measures in headless Chromium.
// And train, only by its name, and without a peer: it builds native programs first, and is measured in Node.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { GROUPS } from './groups.js'
import { formatContest, formatRates, formatSizes } from './report.js'
import { sizes } from './sizes.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { browser: { type: 'boolean' }, json: { type: 'boolean' } },
})
const known = [...Object.keys(GROUPS), 'sizes', 'train']
const unknown = positionals.find((name) => !known.includes(name))
if (unknown !== undefined) {
  console.error(`There is no group '${unknown}': ${known.join(', ')}`)
  process.exit(1)
}
const wanted = known.filter((name) => (positionals.length === 0 ? name !== 'train' : positionals.includes(name)))
const timed = wanted.filter((name) => name in GROUPS)

const say = (/** @type {string} */ text) => {
  if (!values.json) console.log(text)
}
const contests = []
const show = (/** @type {import('./groups.js').Contest} */ contest) => {
  contests.push(contest)
  say(`\n${formatContest(contest)}`)
}

let engine = `Node ${process.version}, V8 ${process.versions.v8}`
if (values.browser) {
  const { benchInBrowser } = await import('./browser.js')
  engine = await benchInBrowser(timed, { onContest: show, onEngine: describeRun })
} else {
  describeRun(engine)
  for (const name of timed) for await (const contest of GROUPS[name]()) show(contest)
}
const downloads = wanted.includes('sizes') ? await sizes() : []
if (downloads.length > 0) say(`\n${formatSizes(downloads)}`)
const training = []
if (wanted.includes('train')) {
  const { train } = await import('./train.js')
  for await (const table of train()) {
    training.push(table)
    say(`\n${formatRates(table)}`)
  }
}
if (values.json) {
  console.log(JSON.stringify({ engine, cpu: cpus()[0].model, contests, sizes: downloads, training }, undefined, 2))
}

/** @param {string} name Of the engine. */
function describeRun(name) {
  const threads = wanted.includes('train') ? '' : ', one thread'
  say(`${name}, ${cpus()[0].model}${threads}; every table is one interleaved run.`)
  if (timed.length > 0) say('The last two columns: how many times faster than the last line, by medians and by minima.')
}
