// The sketch page: draw, and a model continues. Pen and buttons change the drawing; the model follows it; what it answers
// is drawn. Each arrow goes one way: this file knows the others, they do not know it.

import { framesOf } from '../shared/frames.js'
import { drawPenStroke, drawPolylines, MODEL_WIDTH } from '../shared/ink.js'
import { Paper } from '../shared/paper.js'
import { followPen } from '../shared/pen.js'
import { colours, onThemeChange, prefersStillness } from '../shared/theme.js'
import { Continuer } from './continuer.js'
import { listen, say, showDrawing, showModel, showProgress, warn } from './controls.js'
import { Drawing } from './drawing.js'
import { Ghosts } from './ghosts.js'

const [INK, GHOSTS] = [0, 1] // layers of the paper
const SLOP = 4 // px that a hand trembles in a tap
const LATENCY = 'pen up to first ghost point' // a measure in the browser's own timeline
/** px to a ghost @type {Record<string, number>} */
const REACH = { mouse: 10, pen: 14, touch: 22 }

const element = /** @type {HTMLElement} */ (document.getElementById('paper'))
const canvases = [...element.querySelectorAll('canvas')]

const drawing = new Drawing()
const ghosts = new Ghosts()
let theme = colours()

/**
 * The stroke being made: its points in units, those already on the paper, and the ghost it began on while it may still
 * turn out to be a tap.
 *
 * @type {{ points: number[][], drawn: number, start: { x: number, y: number }, moved: boolean, ghost: number | undefined } | undefined}
 */
let wet
let announced = true
let lifted = 0 // when the pen left the paper; 0 once the first point of a ghost is on it

// What is seen.

const paper = new Paper(element, canvases, {
  resized: () => drawInk(),
  isEmpty: () => drawing.isEmpty && wet === undefined,
})

const askForFrame = framesOf((now) => {
  if (wet?.moved) drawWet(wet)
  const moving = ghosts.draw(paper, GHOSTS, now, theme.accent)
  if (lifted > 0 && ghosts.count > 0) {
    performance.clearMeasures(LATENCY)
    performance.measure(LATENCY, { start: lifted })
    lifted = 0
  }
  return moving
})

/** All ink anew: after undo, a new size, other colours. */
function drawInk() {
  const context = paper.cleared(INK)
  const pixel = 1 / paper.scale
  for (const { by, points } of drawing.state.strokes) {
    context.strokeStyle = by === 'person' ? theme.ink : theme.modelInk
    if (by === 'person') drawPenStroke(context, points, pixel)
    else drawPolylines(context, [points], MODEL_WIDTH * pixel)
  }
  if (wet?.moved) {
    wet.drawn = 0
    drawWet(wet)
  }
  askForFrame()
}

/** What is new of the stroke being made. @param {NonNullable<typeof wet>} stroke */
function drawWet(stroke) {
  const context = paper.layer(INK)
  context.strokeStyle = theme.ink
  drawPenStroke(context, stroke.points, 1 / paper.scale, { from: stroke.drawn, ended: false })
  stroke.drawn = stroke.points.length
}

onThemeChange(() => {
  theme = colours()
  drawInk()
})

// What the model says.

const continuer = new Continuer({
  opened(model) {
    showModel(model)
    warn()
    say(`${model.name} is ready.`)
    if (wet === undefined) continueDrawing()
  },
  progress: showProgress,
  continued(continuations) {
    if (wet !== undefined) return
    ghosts.update(continuations, { atOnce: prefersStillness() })
    announce(continuations)
    askForFrame()
  },
  failed(message) {
    say('')
    warn(message)
  },
})

/** Says once how many continuations there are. @param {import('./ghosts.js').Continuation[]} continuations */
function announce(continuations) {
  if (announced || !continuations.every(({ ended }) => ended)) return
  announced = true
  const { count } = ghosts
  if (count === 0) say('The model would stop here. Draw on.')
  else
    say(
      count === 1
        ? 'One continuation. Tap it, or press its number, to keep it.'
        : `${count} continuations. Tap one, or press its number, to keep it.`,
    )
}

function continueDrawing() {
  announced = false
  continuer.follow(drawing.state)
}

// What the person does.

function changed() {
  ghosts.drop()
  if (drawing.isEmpty) paper.fit()
  drawInk()
  showDrawing(drawing)
  continueDrawing()
}

/** @param {number} index */
function accept(index) {
  const polylines = ghosts.take(index, { now: performance.now(), settle: !prefersStillness() })
  if (polylines.length === 0) return false
  drawing.add(polylines.map((points) => ({ by: 'model', points })))
  say(`Continuation ${index + 1} kept.`)
  changed()
  return true
}

/** @param {import('../shared/pen.js').PenPoint} point */
const inUnits = ({ x, y, pressure }) => [...paper.toUnits(x, y), pressure]

followPen(canvases[GHOSTS], {
  down(point, type) {
    continuer.stop()
    warn()
    const ghost = ghosts.at(paper.toUnits(point.x, point.y), REACH[type] / paper.scale)
    ghosts.drop(ghost)
    wet = { points: [inUnits(point)], drawn: 0, start: point, moved: false, ghost }
    askForFrame()
  },
  move(points) {
    if (wet === undefined) return
    wet.points.push(...points.map(inUnits))
    const { x, y } = points[points.length - 1]
    if (!wet.moved && Math.hypot(x - wet.start.x, y - wet.start.y) > SLOP) {
      wet.moved = true
      ghosts.drop()
    }
    askForFrame()
  },
  up() {
    if (wet === undefined) return
    const { points, moved, ghost } = wet
    wet = undefined
    lifted = performance.now()
    if (!moved && ghost !== undefined && accept(ghost)) return
    drawing.add([{ by: 'person', points: moved ? points : [points[0]] }])
    changed()
  },
  cancel() {
    wet = undefined
    changed()
  },
  hover(point) {
    const front = point && ghosts.at(paper.toUnits(point.x, point.y), REACH.mouse / paper.scale)
    if (front === ghosts.front) return
    ghosts.front = front
    element.classList.toggle('on-ghost', front !== undefined)
    askForFrame()
  },
})

/** A step through the history, unless the pen is down. @param {() => void} step @param {string} words */
function go(step, words) {
  if (wet !== undefined) return
  const before = drawing.state
  step()
  if (drawing.state === before) return
  say(words)
  changed()
}

listen({
  undo: () => go(() => drawing.undo(), 'Undone.'),
  redo: () => go(() => drawing.redo(), 'Done again.'),
  clear: () => go(() => !drawing.isEmpty && drawing.clear(), 'Cleared. Undo brings it back.'),
  accept: (index) => wet === undefined && accept(index),
  dismiss() {
    continuer.stop()
    ghosts.drop()
    say('')
    askForFrame()
  },
  open(file) {
    warn()
    say(`Reading ${file.name} …`)
    continuer.open(file)
  },
  choose(name) {
    continuer.choose(name)
    ghosts.drop()
    if (wet === undefined) continueDrawing()
  },
})

showDrawing(drawing)
