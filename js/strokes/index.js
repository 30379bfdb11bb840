/**
 * Drawings: points ↔ network rows, simplification, units, SVG, and readers of published data sets.
 *
 * `import { strokes } from 'mixture-density'` gives all of this as one name; reading SVG, which is as large as all the rest,
 * is `import { fromSvg } from 'mixture-density/svg'`. A polyline is an array of `[x, y]` points
 * (or a flat typed array), a drawing is an array of polylines, y grows downwards; see validate.js and polylines.js.
 *
 * @module
 */

/** @typedef {import('./validate.js').Point} Point */
/** @typedef {import('./validate.js').Polyline} Polyline */
/** @typedef {import('./validate.js').Polylines} Polylines */
/** @typedef {import('./validate.js').Rows} Rows */
/** @typedef {import('./box.js').Transform} Transform */
/** @typedef {import('./npz.js').FlatSet} FlatSet */
/** @typedef {import('./quickdraw.js').QuickDrawing} QuickDrawing */
/** @typedef {import('./svg.js').StrokeStyle} StrokeStyle */

export { applyTransform, boundingBox, fitTransform, invertTransform } from './box.js'
export { readFlatNpz, readNpz, sequences } from './npz.js'
export { fromStroke3, fromStroke5, toStroke3, toStroke5 } from './polylines.js'
export { readNdjson, streamNdjson } from './quickdraw.js'
export { simplify, simplifyIndices } from './rdp.js'
export { toSvg } from './svg.js'
