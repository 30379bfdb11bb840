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
 * @property {number} rounds
 */

/** On a busy machine only short batches are ever undisturbed, and only many of them show it. */
const BATCH_MILLISECONDS = 2
const ROUNDS = 199
const FEWEST_ROUNDS = 9
const ENOUGH_SECONDS = 15

/**
 * Contestants that need longer than a batch should take get fewer rounds: as many as fit into a few seconds, at least 9.
 *
 * @param {readonly Contestant[]} contestants
 * @returns {Promise<Timing[]>}
 */
export async function race(contestants) {
  const batches = []
  for (const { work } of contestants) batches.push(await warmUp(work))
  /** @type {number[][]} */
  const times = contestants.map(() => [])
  const start = performance.now()
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round >= FEWEST_ROUNDS && performance.now() - start > ENOUGH_SECONDS * 1000) break
    for (let turn = 0; turn < contestants.length; turn += 1) {
      const i = (round + turn) % contestants.length
      times[i].push((await timed(contestants[i].work, batches[i])) / batches[i])
    }
  }
  return contestants.map(({ name }, i) => {
    const sorted = times[i].sort((a, b) => a - b)
    return { name, median: sorted[sorted.length >> 1], minimum: sorted[0], rounds: sorted.length }
  })
}

/** Long enough for every engine's optimising compiler to have replaced the code. */
const WARM_UP_MILLISECONDS = 300

/** Units in a batch, found while the code warms up. */
async function warmUp(work) {
  let units = 1
  let fastest = Infinity
  for (let total = 0; total < WARM_UP_MILLISECONDS * 1000; ) {
    const time = await timed(work, units)
    total += time
    fastest = Math.min(fastest, time / units)
    units = Math.max(1, Math.ceil((BATCH_MILLISECONDS * 1000) / Math.max(fastest, 0.001)))
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
