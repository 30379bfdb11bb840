/**
 * Problems whose best answer is known: data from a formula, so that nats can be compared with the entropy that no model can
 * beat. Both are those of keras-mdn-layer's notebooks.
 *
 * @module
 */

import { dense, diagonalGaussian } from '../../train.js'

/** @typedef {import('../../random.js').Random} Random */

/**
 * @typedef {object} Toy
 * @property {(count: number, random: Random) => { x: Float32Array, y: Float32Array }} generate
 * @property {number} optimum Nats: the entropy of y given x.
 * @property {import('../../train.js').BuildOptions} network
 * @property {import('../../train.js').FitOptions} fit
 * @property {number} points To learn from.
 */

const RANGE = 10.5

/**
 * @param {number} count
 * @param {Random} random
 */
function alongTheRange(count, random) {
  return random.fillUniform(new Float32Array(count)).map((share) => RANGE * (2 * share - 1))
}

/** @type {Readonly<Record<string, Toy>>} */
export const TOYS = {
  /** x = 7 sin(0.75 y) + 0.5 y + N(0, 1), y uniform in ±10.5; y from x, of which there are up to five. */
  'inverse-sine': {
    generate(count, random) {
      const y = alongTheRange(count, random)
      const noise = random.fillNormal(new Float32Array(count))
      return { x: y.map((value, i) => 7 * Math.sin(0.75 * value) + 0.5 * value + noise[i]), y }
    },
    optimum: 1.28801, // by numerical integration
    network: {
      inputs: 1,
      layers: [dense(64, 'relu'), dense(64, 'relu')],
      head: diagonalGaussian({ dims: 1, components: 12 }),
    },
    fit: { steps: 4000, batchSize: 256, learningRate: 3e-3, schedule: 'cosine' },
    points: 50_000,
  },

  /** (7 sin(0.75 z) + 0.5 z, 6.5 cos(0.8 z) + 0.5 z) + N(0, 1)², z uniform in ±10.5; the point from z. */
  spiral: {
    generate(count, random) {
      const x = alongTheRange(count, random)
      const y = random.fillNormal(new Float32Array(2 * count))
      for (const [i, z] of x.entries()) {
        y[2 * i] += 7 * Math.sin(0.75 * z) + 0.5 * z
        y[2 * i + 1] += 6.5 * Math.cos(0.8 * z) + 0.5 * z
      }
      return { x, y }
    },
    optimum: Math.log(2 * Math.PI * Math.E), // of two unit normals
    network: {
      inputs: 1,
      layers: [dense(64, 'tanh'), dense(64, 'tanh')],
      head: diagonalGaussian({ dims: 2, components: 2 }),
    },
    fit: { steps: 4000, batchSize: 256, learningRate: 5e-3, schedule: 'cosine' },
    points: 50_000,
  },
}
