/**
 * What any model of drawings must beat: every offset from one bivariate Gaussian, every pen state from one table of three
 * shares, whatever came before. Both are fitted by maximum likelihood on whole drawings, each with its end row.
 *
 * @module
 */

/** @typedef {{ mean: [number, number], covariance: [xx: number, xy: number, yy: number], pen: [number, number, number] }} Baseline */

/** Variance of uniform noise of ±½ unit. */
const NOISE = 1 / 12

/**
 * @param {readonly ArrayLike<number>[]} drawings stroke-3 rows, data units.
 * @returns {Baseline} `pen`: shares of the pen staying down, being lifted, and of the end.
 */
export function fitBaseline(drawings) {
  let [points, x, y, xx, xy, yy, lifts] = [0, 0, 0, 0, 0, 0, 0]
  for (const rows of drawings) {
    for (let i = 0; i < rows.length; i += 3) {
      const [dx, dy] = [rows[i], rows[i + 1]]
      points += 1
      x += dx
      y += dy
      xx += dx * dx
      xy += dx * dy
      yy += dy * dy
      lifts += rows[i + 2]
    }
  }
  const all = points + drawings.length
  const [mx, my] = [x / points, y / points]
  return {
    mean: [mx, my],
    covariance: [xx / points - mx * mx, xy / points - mx * my, yy / points - my * my],
    pen: [(points - lifts) / all, lifts / all, drawings.length / all],
  }
}

/**
 * Nats of a drawing, as `scoreDrawing` counts them. Dequantised, it is the mean over the noise in closed form, not over
 * draws: only the squares of the offsets change, by the variance of the noise.
 *
 * @param {Baseline} baseline
 * @param {ArrayLike<number>} rows stroke-3, data units.
 * @param {{ dequantise?: boolean }} [options] Default true.
 * @returns {import('./score.js').DrawingScore}
 */
export function scoreBaseline({ mean, covariance: [xx, xy, yy], pen }, rows, { dequantise = true } = {}) {
  const determinant = xx * yy - xy * xy
  const constant = Math.log(2 * Math.PI) + Math.log(determinant) / 2
  const noise = dequantise ? NOISE : 0
  const points = rows.length / 3
  let offsets = constant * points
  let penNats = -Math.log(pen[2])
  for (let i = 0; i < rows.length; i += 3) {
    const [dx, dy] = [rows[i] - mean[0], rows[i + 1] - mean[1]]
    offsets += (yy * (dx * dx + noise) - 2 * xy * dx * dy + xx * (dy * dy + noise)) / (2 * determinant)
    penNats -= Math.log(pen[rows[i + 2]])
  }
  return { points, offsets, pen: penNats }
}
