/**
 * Path data (the `d` attribute) → drawing commands. SVG 2, chapter 9; arcs: appendix B.2.4 and B.2.5.
 *
 * @module
 */

import { Scanner } from './svg-scanner.js'

/** @typedef {import('./svg-ink.js').Ink} Ink */

/** Numbers that each command takes. @type {ReadonlyMap<string, number>} */
// biome-ignore format: a table
const ARGUMENTS = new Map([['M', 2], ['L', 2], ['H', 1], ['V', 1], ['C', 6], ['S', 4], ['Q', 4], ['T', 2], ['A', 7], ['Z', 0]])

/**
 * Draws path data. Text that breaks the grammar raises a SyntaxError with the position in it.
 *
 * @param {Ink} ink
 * @param {string} data
 */
export function drawPath(ink, data) {
  const scanner = new Scanner(data, 'path data')
  let [x, y] = [0, 0] // the current point
  let [startX, startY] = [0, 0] // of the subpath
  let [controlX, controlY] = [0, 0] // last control point, for S and T
  let previous = ''
  scanner.skipSpace()
  while (!scanner.done) {
    const letter = scanner.letter()
    const command = letter.toUpperCase()
    const count = ARGUMENTS.get(command)
    if (count === undefined) throw scanner.error(`${JSON.stringify(letter)} is no path command`)
    if (previous === '' && command !== 'M') throw scanner.error('a path begins with M')
    const isRelative = letter !== command
    let isFirst = true
    do {
      const [dx, dy] = isRelative ? [x, y] : [0, 0]
      const n = command === 'A' ? arcArguments(scanner) : scanner.numbers(count)
      switch (command) {
        case 'M':
          ;[x, y] = [n[0] + dx, n[1] + dy]
          // Further pairs after a move are lines.
          if (isFirst) {
            ;[startX, startY] = [x, y]
            ink.moveTo(x, y)
          } else ink.lineTo(x, y)
          break
        case 'L':
          ;[x, y] = [n[0] + dx, n[1] + dy]
          ink.lineTo(x, y)
          break
        case 'H':
          x = n[0] + dx
          ink.lineTo(x, y)
          break
        case 'V':
          y = n[0] + dy
          ink.lineTo(x, y)
          break
        case 'C':
        case 'S': {
          const mirrored = previous === 'C' || previous === 'S' ? [2 * x - controlX, 2 * y - controlY] : [x, y]
          const [x1, y1] = command === 'C' ? [n[0] + dx, n[1] + dy] : mirrored
          const rest = command === 'C' ? 2 : 0
          ;[controlX, controlY] = [n[rest] + dx, n[rest + 1] + dy]
          ;[x, y] = [n[rest + 2] + dx, n[rest + 3] + dy]
          ink.cubicTo(x1, y1, controlX, controlY, x, y)
          break
        }
        case 'Q':
        case 'T': {
          const mirrored = previous === 'Q' || previous === 'T' ? [2 * x - controlX, 2 * y - controlY] : [x, y]
          ;[controlX, controlY] = command === 'Q' ? [n[0] + dx, n[1] + dy] : mirrored
          const rest = command === 'Q' ? 2 : 0
          ;[x, y] = [n[rest] + dx, n[rest + 1] + dy]
          ink.quadraticTo(controlX, controlY, x, y)
          break
        }
        case 'A':
          drawArc(ink, x, y, n, n[5] + dx, n[6] + dy)
          ;[x, y] = [n[5] + dx, n[6] + dy]
          break
        case 'Z':
          ink.close()
          ;[x, y] = [startX, startY]
          break
      }
      previous = command
      isFirst = false
    } while (count > 0 && scanner.atNumber())
  }
}

/** @param {Scanner} scanner */
function arcArguments(scanner) {
  const radii = scanner.numbers(3)
  return [...radii, scanner.flag(), scanner.flag(), ...scanner.numbers(2)]
}

/**
 * From the end points of an arc to its centre (SVG 2, B.2.4), radii enlarged where they cannot span the distance (B.2.5).
 *
 * @param {Ink} ink
 * @param {number} x0
 * @param {number} y0
 * @param {number[]} n rx, ry, rotation in degrees, large-arc flag, sweep flag, …
 * @param {number} x1
 * @param {number} y1
 */
export function drawArc(ink, x0, y0, n, x1, y1) {
  let [rx, ry] = [Math.abs(n[0]), Math.abs(n[1])]
  if (rx === 0 || ry === 0 || (x0 === x1 && y0 === y1)) {
    ink.lineTo(x1, y1)
    return
  }
  const angle = (n[2] * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  // Half of the chord, in the frame of the axes and then in units of the radii.
  const [halfX, halfY] = [(x0 - x1) / 2, (y0 - y1) / 2]
  let px = (cos * halfX + sin * halfY) / rx
  let py = (-sin * halfX + cos * halfY) / ry
  const length = Math.hypot(px, py)
  if (length > 1) {
    rx *= length
    ry *= length
    px /= length
    py /= length
  }
  // On the unit circle: the centre is beside the middle of the chord.
  const beside = Math.sqrt(Math.max(0, 1 / Math.min(1, px * px + py * py) - 1)) * (n[3] === n[4] ? -1 : 1)
  const [ux, uy] = length > 1 ? [0, 0] : [beside * py, -beside * px]
  const from = Math.atan2(py - uy, px - ux)
  let sweep = Math.atan2(-py - uy, -px - ux) - from
  if (n[4] === 1 && sweep < 0) sweep += 2 * Math.PI
  if (n[4] === 0 && sweep > 0) sweep -= 2 * Math.PI
  /** @type {[number, number]} */
  const centre = [cos * rx * ux - sin * ry * uy + (x0 + x1) / 2, sin * rx * ux + cos * ry * uy + (y0 + y1) / 2]
  ink.arcTo(centre, [rx * cos, rx * sin], [-ry * sin, ry * cos], from, sweep, x1, y1)
}
