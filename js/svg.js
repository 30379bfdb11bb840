/**
 * `mixture-density/svg`: drawings out of SVG files. An entry of its own, because pages that only draw need not carry it.
 *
 * @module
 */

export { fromSvg } from './strokes/svg-read.js'
