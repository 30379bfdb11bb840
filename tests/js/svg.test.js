// SVG out and in. Expected points come from the definitions of the curves (closed forms beside each) and from SVG 2.

import assert from 'node:assert/strict'
import test from 'node:test'

import fc from 'fast-check'

import { MdnError } from '../../js/errors.js'
import { toSvg } from '../../js/strokes/svg.js'
import { fromSvg } from '../../js/svg.js'
import { mutants } from '../mutants.js'
import { drawing, line } from '../polylines.js'

const inSvg = (content, attributes = '') => `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`
const path = (d, options) => fromSvg(inSvg(`<path d="${d}"/>`), options)
const near = (actual, expected, tolerance = 1e-9) => {
  assert.equal(actual.length, expected.length)
  for (const [i, point] of expected.entries()) {
    for (const axis of [0, 1])
      assert.ok(Math.abs(actual[i][axis] - point[axis]) <= tolerance, `${actual[i]} ≠ ${point}`)
  }
}
const throwsCode = (run, code, pattern = /./) => {
  assert.throws(run, (error) => {
    assert.ok(error instanceof MdnError, `${error}`)
    assert.equal(error.code, code, error.message)
    assert.match(error.message, pattern)
    return true
  })
}

test('toSvg: one path a stroke, viewBox with a margin, a dot for a single point', () => {
  const svg = toSvg([line('10,20 110,20 110,70.126'), [[50, 60]], []], { margin: 5, style: { strokeWidth: 2 } })
  // Box 100 × 50.126 at (10, 20); margin 5 and half a line width of 1 on each side.
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="4 14 112 62\.13" fill="none"/)
  assert.match(svg, /<path d="M10 20L110 20 110 70\.13"\/>\n<path d="M50 60h0"\/>\n<\/svg>\n$/)
  assert.match(svg, /stroke="black" stroke-width="2"/)
  assert.match(svg, /stroke-linecap="round"/)
})

test('toSvg: styles for all, for single strokes, and the defaults from the size', () => {
  const lines = drawing('0,0 100,0 | 0,10 100,10 | 0,20 100,20')
  const svg = toSvg(lines, {
    style: { stroke: '#123456' },
    styles: [undefined, { stroke: 'rgb(1 2 3 / 50%)', opacity: 0.25, strokeWidth: 4, dash: [3, 1.5] }],
    background: 'white',
    width: 300,
    height: 60.5,
  })
  assert.match(svg, /stroke="#123456" stroke-width="1"/)
  assert.match(svg, /<path d="M0 0L100 0"\/>/)
  assert.match(svg, /stroke="rgb\(1 2 3 \/ 50%\)" stroke-width="4" stroke-opacity="0.25" stroke-dasharray="3 1.5"\/>/)
  assert.match(svg, /<rect [^>]*width="100%" height="100%" fill="white" stroke="none"\/>/)
  assert.match(svg, / width="300" height="60.5"/)
})

test('toSvg: an empty drawing and one point are valid pictures', () => {
  assert.match(toSvg([]), /viewBox="-0\.06 -0\.06 0\.11 0\.11"/)
  assert.deepEqual(fromSvg(toSvg([])), [])
  assert.deepEqual(fromSvg(toSvg([[[3, 4]]])), [[[3, 4]]])
  assert.deepEqual(fromSvg(toSvg([[], []])), [])
})

test('toSvg: text is escaped and colours cannot leave their attribute', () => {
  const title = '</title><script>alert("1")</script>&\u0000\u{1F40E}\uD800\''
  const svg = toSvg([[[0, 0]]], { title })
  assert.match(
    svg,
    /<title>&lt;\/title&gt;&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&amp;\uFFFD\u{1F40E}\uFFFD&#39;<\/title>/u,
  )
  assert.match(svg, /role="img"/)
  for (const stroke of ['red" onload="x', 'url(http://example.org/a)', 'URL(#a)', '<', "'", '', 'red;x:y', 5, null]) {
    const code = typeof stroke === 'string' ? 'bad-value' : 'bad-argument'
    throwsCode(() => toSvg([[[0, 0]]], { style: { stroke } }), code, /style\.stroke/)
    throwsCode(() => toSvg([[[0, 0]]], { background: stroke }), code, /background/)
  }
})

test('toSvg: bad drawings and options are refused', () => {
  throwsCode(() => toSvg(null), 'bad-argument')
  throwsCode(() => toSvg([[[0, NaN]]]), 'bad-value')
  throwsCode(() => toSvg([], { margin: -1 }), 'bad-value', /margin/)
  throwsCode(() => toSvg([], { decimals: 2.5 }), 'bad-value', /decimals/)
  throwsCode(() => toSvg([], { colour: 'red' }), 'bad-argument', /colour/)
  throwsCode(() => toSvg([[[0, 0]]], { styles: [{ dash: '3' }] }), 'bad-argument', /styles\[0\]\.dash/)
  throwsCode(() => toSvg([[[0, 0]]], { styles: [{ dash: [1, NaN] }] }), 'bad-value', /styles\[0\]\.dash\[1\]/)
  throwsCode(() => toSvg([[[0, 0]]], { styles: [{ width: 3 }] }), 'bad-argument', /styles\[0\]/)
})

const withoutRepeats = (points) => points.filter((point, i) => i === 0 || String(point) !== String(points[i - 1]))

test('property: what toSvg writes, fromSvg reads', () => {
  const cents = fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100)
  const stroke = fc.array(fc.tuple(cents, cents), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(fc.array(stroke, { maxLength: 5 }), (polylines) => {
      // Equal points in a row are one point of a picture.
      const expected = polylines.map(withoutRepeats)
      const options = { background: 'white', title: 'a & b' }
      assert.deepEqual(fromSvg(toSvg(polylines, options)), expected)
    }),
    { seed: 9, numRuns: 200 },
  )
})

test('path: lines, absolute and relative, repeated, closed, several subpaths', () => {
  assert.deepEqual(path('M1 2 L3,4 5 6H7V8'), drawing('1,2 3,4 5,6 7,6 7,8'))
  assert.deepEqual(path('m1 2 l2 2 2-2h1v.5'), drawing('1,2 3,4 5,2 6,2 6,2.5'))
  assert.deepEqual(path('M0 0 1 0 1 1z'), drawing('0,0 1,0 1,1 0,0'))
  assert.deepEqual(path('M0 0h1zm5 5h1'), drawing('0,0 1,0 0,0 | 5,5 6,5'))
  assert.deepEqual(path('M2 2h1Zl0 3'), drawing('2,2 3,2 2,2 | 2,2 2,5'), 'Z leads back to the start')
  assert.deepEqual(path('M1-1.5.5e1-2E-1l+1+1'), drawing('1,-1.5 5,-0.2 6,0.8'))
  assert.deepEqual(path(' \n\t'), [])
  assert.deepEqual(path('M5 5'), [], 'a move alone draws nothing')
  assert.deepEqual(path('M5 5z M6 6h0'), drawing('5,5 | 6,6'), 'dots')
})

/** Points of a Bézier curve by De Casteljau's construction, at t = i/n. */
function bezier(control, n) {
  return Array.from({ length: n + 1 }, (_, i) => {
    let level = control
    while (level.length > 1) {
      level = level.slice(1).map((point, j) => point.map((v, axis) => level[j][axis] + ((v - level[j][axis]) * i) / n))
    }
    return level[0]
  })
}

/** Greatest distance of the points from the segments of the line. */
function deviation(points, chords) {
  return Math.max(
    ...points.map(([x, y]) =>
      Math.min(
        ...chords.slice(1).map(([bx, by], i) => {
          const [ax, ay] = chords[i]
          const square = (bx - ax) ** 2 + (by - ay) ** 2 || 1
          const t = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square))
          return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))
        }),
      ),
    ),
  )
}

test('path: cubic and quadratic curves lie on the curve and keep the tolerance', () => {
  const cubic = line('0,0 10,40 60,-30 50,20')
  const quadratic = line('0,0 30,50 60,0')
  for (const tolerance of [5, 0.5, 0.01]) {
    const [c] = path('M0 0C10 40 60-30 50 20', { tolerance })
    near(c, bezier(cubic, c.length - 1))
    assert.ok(deviation(bezier(cubic, 2000), c) <= tolerance)
    const [q] = path('M0 0Q30 50 60 0', { tolerance })
    near(q, bezier(quadratic, q.length - 1))
    assert.ok(deviation(bezier(quadratic, 2000), q) <= tolerance)
  }
  // n = ⌈√(bend/(4·tolerance))⌉ with bend = |p₀ − 2p₁ + p₂| = 100: 5 chords.
  assert.equal(path('M0 0Q30 50 60 0', { tolerance: 1 })[0].length, 6)
  assert.deepEqual(path('M0 0C1 1 2 2 3 3'), drawing('0,0 3,3'), 'a straight curve needs one chord')
})

test('path: S and T mirror the control point before them; relative forms equal the absolute ones', () => {
  const options = { tolerance: 0.1 }
  const same = (a, b) => near(path(a, options)[0], path(b, options)[0])
  same('M0 0C0 10 10 10 10 0S20-10 20 0', 'M0 0C0 10 10 10 10 0C10-10 20-10 20 0')
  same('M0 0S0 10 10 10', 'M0 0C0 0 0 10 10 10')
  same('M0 0Q5 10 10 0T20 0T30 0', 'M0 0Q5 10 10 0Q15-10 20 0Q25 10 30 0')
  same('M0 0L5 5T20 0', 'M0 0L5 5Q5 5 20 0')
  same('M5 5c0 10 10 10 10 0s10-10 10 0', 'M5 5C5 15 15 15 15 5S25-5 25 5')
  same('M5 5q5 10 10 0t10 0', 'M5 5Q10 15 15 5T25 5')
  same('M5 5a10 5 30 1 0 10 3', 'M5 5A10 5 30 1 0 15 8')
})

test('path: the four arcs between two points (SVG 2, 9.5.1)', () => {
  // Radius √2 over a chord from (0,0) to (2,0): centres (1, ±1), so the arcs pass (1, ±(√2 − 1)) and (1, ±(√2 + 1)).
  // Sweep 1 turns clockwise on the screen: from left to right over the top, y < 0.
  const middle = (large, sweep) => {
    const [arc] = path(`M0 0A${Math.SQRT2} ${Math.SQRT2} 0 ${large}${sweep}2 0`, { tolerance: 1e-4 })
    assert.deepEqual(arc[0], [0, 0])
    assert.deepEqual(arc.at(-1), [2, 0])
    const centre = large === sweep ? [1, -1] : [1, 1]
    for (const [x, y] of arc) assert.ok(Math.abs(Math.hypot(x - centre[0], y - centre[1]) - Math.SQRT2) < 1e-12)
    const extreme = sweep === 1 ? Math.min(...arc.map(([, y]) => y)) : Math.max(...arc.map(([, y]) => y))
    return extreme
  }
  assert.ok(Math.abs(middle(0, 1) + (Math.SQRT2 - 1)) < 1e-4)
  assert.ok(Math.abs(middle(0, 0) - (Math.SQRT2 - 1)) < 1e-4)
  assert.ok(Math.abs(middle(1, 1) + (Math.SQRT2 + 1)) < 1e-4)
  assert.ok(Math.abs(middle(1, 0) - (Math.SQRT2 + 1)) < 1e-4)
})

test('path: elliptic arcs turned by an angle, radii too small, radii of zero', () => {
  // A quarter of the ellipse u = 20·(cos 30°, sin 30°), v = 10·(−sin 30°, cos 30°) about (0, 0), from u to v.
  const [cos, sin] = [Math.sqrt(3) / 2, 0.5]
  const at = (angle) => [
    20 * cos * Math.cos(angle) - 10 * sin * Math.sin(angle),
    20 * sin * Math.cos(angle) + 10 * cos * Math.sin(angle),
  ]
  const [start, end] = [at(0), at(Math.PI / 2)]
  const [arc] = path(`M${start}A20 10 30 0 1 ${end}`, { tolerance: 0.05 })
  near(
    arc,
    Array.from(arc, (_, i) => at((Math.PI / 2) * (i / (arc.length - 1)))),
    1e-6,
  )
  // A chord of 4 needs radius 2: a half circle about (2, 0) through (2, −2).
  const [half] = path('M0 0A1 1 0 0 1 4 0', { tolerance: 1e-3 })
  for (const [x, y] of half) assert.ok(Math.abs(Math.hypot(x - 2, y) - 2) < 1e-12 && y <= 0)
  assert.ok(half.some(([x, y]) => Math.hypot(x - 2, y + 2) < 0.1))
  assert.deepEqual(path('M0 0A0 5 0 0 1 4 0'), drawing('0,0 4,0'))
  assert.deepEqual(path('M1 1A5 5 0 0 1 1 1L2 2'), drawing('1,1 2,2'))
})

test('circle and ellipse: on the curve, closed, no chord farther than the tolerance', () => {
  const [circle] = fromSvg(inSvg('<circle cx="50" cy="40" r="10"/>'), { tolerance: 0.1 })
  assert.deepEqual(circle[0], [60, 40])
  assert.deepEqual(circle.at(-1), [60, 40])
  for (const [x, y] of circle) assert.ok(Math.abs(Math.hypot(x - 50, y - 40) - 10) < 1e-12)
  // Sagitta 10·(1 − cos(h/2)) ≤ 0.1 needs h ≤ 0.28309: 23 chords.
  assert.equal(circle.length, 24)
  assert.ok(circle[1][1] > 40, 'clockwise on the screen')
  const [ellipse] = fromSvg(inSvg('<ellipse cx="1" cy="2" rx="30" ry="4"/>'), { tolerance: 0.1 })
  for (const [x, y] of ellipse) assert.ok(Math.abs(((x - 1) / 30) ** 2 + ((y - 2) / 4) ** 2 - 1) < 1e-12)
})

test('line, polyline, polygon, rect', () => {
  assert.deepEqual(fromSvg(inSvg('<line x1="1" y1="2px" x2="3"/>')), drawing('1,2 3,0'))
  assert.deepEqual(fromSvg(inSvg('<polyline points="1,2 3,4,5 6"/>')), drawing('1,2 3,4 5,6'))
  assert.deepEqual(fromSvg(inSvg('<polygon points="0 0 1 0 1 1"/>')), drawing('0,0 1,0 1,1 0,0'))
  assert.deepEqual(fromSvg(inSvg('<polyline/><polygon points=" "/>')), [])
  const rect = line('1,2 4,2 4,6 1,6 1,2')
  assert.deepEqual(fromSvg(inSvg('<rect x="1" y="2" width="3" height="4"/>')), [rect])
  assert.deepEqual(fromSvg(inSvg('<rect width="3"/><circle/><rect width="-1" height="2"/>')), [])
  const [round] = fromSvg(inSvg('<rect width="10" height="6" rx="2"/>'), { tolerance: 0.01 })
  assert.deepEqual(round[0], [2, 0])
  assert.deepEqual(round.at(-1), [2, 0])
  assert.ok(
    round.some(([x, y]) => Math.hypot(x - (10 - 2 + Math.SQRT2), y - (2 - Math.SQRT2)) < 0.1),
    'middle of a corner',
  )
  const [pill] = fromSvg(inSvg('<rect width="10" height="6" rx="50" ry="50"/>'), { tolerance: 0.01 })
  for (const [x, y] of pill)
    assert.ok(Math.abs(((x - 5) / 5) ** 2 + ((y - 3) / 3) ** 2 - 1) < 1e-9, 'radii cut to halves')
})

test('transforms compose from the outside in; each function by its matrix', () => {
  const point = (transform) => {
    const [[, end]] = fromSvg(inSvg(`<path transform="${transform}" d="M99 99L2 3"/>`))
    return end
  }
  const cases = {
    '': [2, 3],
    'translate(10)': [12, 3],
    'translate(10,20)': [12, 23],
    'scale(2)': [4, 6],
    'scale(2 -1)': [4, -3],
    'rotate(90)': [-3, 2],
    'rotate(90 1 1)': [-1, 2],
    'skewX(45)': [5, 3],
    'skewY(45)': [2, 5],
    'matrix(1 2 3 4 5 6)': [16, 22],
    'translate(10 0) scale(2),rotate(90)': [4, 4],
    ' scale( 2 )translate(1)': [6, 6],
  }
  for (const [transform, expected] of Object.entries(cases)) near([point(transform)], [expected], 1e-12)
  const nested = inSvg(
    '<g transform="translate(100 0)"><g transform="scale(10)"><line x2="1"/></g><line x2="2"/></g><line x2="3"/>',
  )
  const expected = drawing('100,0 110,0 | 100,0 102,0 | 0,0 3,0')
  assert.deepEqual(fromSvg(nested), expected)
})

test('a circle under an oblique transform is the right ellipse, within the tolerance after the transform', () => {
  const tolerance = 0.2
  const [chords] = fromSvg(inSvg('<circle r="1" transform="matrix(40 10 -30 20 5 6)"/>'), { tolerance })
  const curve = Array.from({ length: 1000 }, (_, i) => {
    const [c, s] = [Math.cos((i / 500) * Math.PI), Math.sin((i / 500) * Math.PI)]
    return [40 * c - 30 * s + 5, 10 * c + 20 * s + 6]
  })
  assert.ok(deviation(curve, chords) <= tolerance)
  assert.ok(chords.length < 40)
})

test('the tolerance follows the size that the file states', () => {
  const chords = (attributes) => fromSvg(inSvg('<circle r="10"/>', attributes))[0].length
  assert.equal(chords('viewBox="0 0 100 50"'), 24, 'tolerance 0.1')
  assert.equal(chords('viewBox="0,0,100,100" width="5"'), 24)
  assert.equal(chords('width="100mm" height="20"'), 24)
  assert.equal(chords(''), 24)
  assert.equal(chords('width="100%"'), 24)
  assert.ok(chords('viewBox="0 0 10 10"') > 24)
})

test('XML: declaration, doctype, comments, CDATA, entities, prefixes, hidden parts', () => {
  const text = `\uFEFF<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x>y" [<!ENTITY a "<path d='M0 0L9 9'/>">]>
    <!-- <path d="M0 0L8 8"/> --><svg:svg xmlns:svg='http://www.w3.org/2000/svg'>
    <svg:title>a &lt; b</svg:title><style><![CDATA[ a > b {} <path d="M0 0L7 7"/> ]]></style>
    <defs><path d="M0 0L6 6"/></defs><symbol><g><line x2="5"/></g></symbol><g display="none"><line x2="4"/></g>
    <script>alert(1)</script><inkscape:path d="junk"/><unknown><line x2="3"/></unknown>
    <svg:path fill='"' d='M0&#32;0&#x4c;1 1' ></svg:path></svg:svg>`
  assert.deepEqual(fromSvg(text), drawing('0,0 3,0 | 0,0 1,1'))
})

test('what is not well-formed is refused with the line', () => {
  const cases = [
    ['', /no SVG/],
    ['hello', /no SVG/],
    ['<html></html>', /line 1: .*<html>/],
    ['<svg>\n<g>', /<g> is never closed/],
    ['<svg>\n</g></svg>', /line 2: <\/g> closes nothing/],
    ['<svg></svg><svg></svg>', /more after the end/],
    ['<svg>\n\n<path d=M0></svg>', /line 3: .*quotes/],
    ['<svg><path d="M0 0', /quotes/],
    ['<svg><path', /cut short/],
    ['<svg>< /svg>', /begins no tag/],
    ['<svg><!-- ', /comment is never closed/],
    ['<!DOCTYPE svg [', /never closed/],
    [inSvg('<path d="L1 1"/>'), /begins with M/],
    [inSvg('<path d="M0 0L1"/>'), /character 7 .*number is missing/],
    [inSvg('<path d="M0 0X5"/>'), /"X" is no path command/],
    [inSvg('<path d="M0 0A1 1 0 2 0 5 5"/>'), /flag/],
    [inSvg('<path d="M0 0z5 5"/>'), /"5" is no path command/],
    [inSvg('<path d="M0 1e999"/>'), /out of all proportion/],
    [inSvg('<polyline points="1 2 3"/>'), /number is missing/],
    [inSvg('<polyline points="1 2 x"/>'), /points/],
    [inSvg('<circle r="5em"/>'), /without a unit/],
    [inSvg('<circle r=""/>'), /number/],
    [inSvg('<g transform="turn(5)"/>'), /translate/],
    [inSvg('<g transform="scale(1,2,3)"/>'), /takes 1 or 2/],
    [inSvg('<g transform="scale(1"/>'), /\) is missing/],
    [inSvg('<g transform="scale 1"/>'), /\( is missing/],
  ]
  for (const [text, pattern] of cases) throwsCode(() => fromSvg(text), 'bad-file', pattern)
})

test('hostile sizes are refused in bounded time', () => {
  throwsCode(() => path('M0 0L1000001 0'), 'bad-value', /1000000/)
  throwsCode(() => fromSvg(inSvg('<g transform="scale(1e20)"><line x2="1"/></g>')), 'bad-value')
  throwsCode(() => path('M0 0C1e6 0 0 1e6 9 9'.repeat(4000), { tolerance: 1e-6 }), 'too-large', /tolerance/)
  throwsCode(() => fromSvg(inSvg('<circle r="1e30"/>')), 'bad-value')
  throwsCode(() => fromSvg('<svg>'.repeat(1000)), 'too-large', /nested/)
  throwsCode(() => fromSvg(' '.repeat(64 * 2 ** 20 + 1)), 'too-large')
  throwsCode(() => fromSvg(inSvg(''), { tolerance: 0 }), 'bad-value', /tolerance/)
  throwsCode(() => fromSvg(new Uint8Array(5)), 'bad-argument')
  throwsCode(() => fromSvg(inSvg(''), { epsilon: 1 }), 'bad-argument')
  // Texts that make careless patterns backtrack: each must take linear time.
  const start = performance.now()
  const long = 500_000
  for (const piece of ['<', '<!--', '&#x', '&amp', '0', '.', '-', 'e', ' ', '1e', '"', 'M', '<a ', '<![CDATA[', '(']) {
    const text = piece.repeat(long / piece.length)
    for (const whole of [text, inSvg(text), inSvg(`<path d="${text}"/>`), inSvg(`<g transform="${text}"/>`)]) {
      try {
        fromSvg(whole)
      } catch (error) {
        assert.ok(error instanceof MdnError, `${piece}: ${error}`)
      }
    }
  }
  assert.ok(performance.now() - start < 20_000)
})

test('100,000 points', () => {
  const long = Array.from({ length: 100_000 }, (_, i) => [i % 317, (i * 7) % 401])
  assert.deepEqual(fromSvg(toSvg([long])), [long])
})

test('damaged files are read or refused, never anything else', () => {
  const text = inSvg(
    '<!-- c --><g transform="rotate(30 5 5) scale(2)"><path d="M0 0C1 2 3 4 5 6s1 2 3 4a5 4 10 0110 0z"/>' +
      '<rect x="1" width="5" height="6" rx="2"/><circle r="3"/><polygon points="1,2 3,4 5,1"/></g>',
    'viewBox="0 0 20 20"',
  )
  const decoder = new TextDecoder()
  for (let end = 0; end < text.length; end++) throwsCode(() => fromSvg(text.slice(0, end)), 'bad-file')
  for (const mutant of mutants(new TextEncoder().encode(text), { count: 3000, seed: 10 })) {
    try {
      const polylines = fromSvg(decoder.decode(mutant))
      assert.ok(polylines.flat(2).every((value) => Math.abs(value) <= 1e6))
    } catch (error) {
      assert.ok(error instanceof MdnError, `${error.stack}`)
    }
  }
})
