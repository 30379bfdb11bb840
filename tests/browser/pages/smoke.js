// Starts the library on a page and hands a few numbers back: globalThis.result.
import { report } from './report.js'

await report(async () => {
  const { Mixture, ready } = await import('/js/index.js')
  await ready()
  const mixture = Mixture.diagonal({ dims: 1, weights: [0.25, 0.75], means: [-1, 2], scales: [0.5, 1.5] })
  return {
    isolated: globalThis.crossOriginIsolated,
    evalBlocked: evalBlocked(),
    logProb: [...mixture.logProb([0, 1, 2])],
    mean: [...mixture.mean()],
  }
})

function evalBlocked() {
  try {
    return new Function('return false')()
  } catch {
    return true
  }
}
