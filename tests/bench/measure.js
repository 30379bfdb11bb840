// Times several contestants in one interleaved run: every round gives each of them one batch of work, in turn, so that
// whatever else the machine does meets all alike. Works in Node and on a page.

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {(units: number) => void | Promise<void>} work Does the work `units` times.
 */

/**
 * @typedef {object} Timing
 * @property {string} name
 * @property {number} median Microseconds per unit, over the rounds.
 * @property {number} minimum
 */

/**
 * @param {readonly Contestant[]} contestants
 * @param {{ rounds: number, milliseconds?: number }} options `milliseconds`: how long a batch should take at least.
 *   Short ones, because on a busy machine only those are ever undisturbed.
 * @returns {Promise<Timing[]>}
 */
export async function race(contestants, { rounds, milliseconds = 5 }) {
  const batches = []
  for (const { work } of contestants) batches.push(await warmUp(work, milliseconds))
  const times = contestants.map(() => new Float64Array(rounds))
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const i = (round + turn) % contestants.length
      times[i][round] = (await timed(contestants[i].work, batches[i])) / batches[i]
    }
  }
  return contestants.map(({ name }, i) => {
    const sorted = times[i].sort()
    const middle = rounds >> 1
    const median = rounds % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    return { name, median, minimum: sorted[0] }
  })
}

/** Long enough for every engine's optimising compiler to have replaced the code. */
const WARM_UP_MILLISECONDS = 300

/** Units in a batch of at least so many milliseconds, found while the code warms up. */
async function warmUp(work, milliseconds) {
  let units = 1
  let fastest = Infinity
  for (let total = 0; total < WARM_UP_MILLISECONDS * 1000; ) {
    const time = await timed(work, units)
    total += time
    fastest = Math.min(fastest, time / units)
    units = Math.max(1, Math.ceil((milliseconds * 1000) / Math.max(fastest, 0.001)))
  }
  return units
}

/** Microseconds. */
async function timed(work, units) {
  const start = performance.now()
  // Not awaited unless there is something to wait for: a turn of the event loop would count otherwise.
  const waiting = work(units)
  if (waiting !== undefined) await waiting
  return (performance.now() - start) * 1000
}
