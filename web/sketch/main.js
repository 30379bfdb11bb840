// The sketch page: draw, and a model continues. Pen, keys and bar change the drawing and the settings; the model follows
// them; what it answers is drawn. Each arrow goes one way: this file knows the others, they do not know it.

import { sketch } from '../../js/models/index.js'
import { framesOf } from '../shared/frames.js'
import { Paper } from '../shared/paper.js'
import { followPen } from '../shared/pen.js'
import { colours, onThemeChange, prefersStillness } from '../shared/theme.js'
import { listenToBar, showHistory, showSettings } from './bar.js'
import { Continuer } from './continuer.js'
import { Drawing } from './drawing.js'
import { Ghosts } from './ghosts.js'
import { listenToHood, showMeasures, showPen } from './hood.js'
import { InkLayer } from './ink-layer.js'
import { listenToDrops, listenToKeys } from './keys.js'
import { fromFragment } from './link.js'
import { isAnswer, isDream, planOf } from './modes.js'
import { readDrawing } from './open.js'
import { Picker } from './picker.js'
import { drawExpectation, drawNote, drawSurprises, greatest, surpriseAt } from './seeing.js'
import { firstSettings, newSeed } from './settings.js'
import { listenToShare } from './share.js'
import { Voice } from './voice.js'
import { announce, say, showHint, showModelName, showProgress, warn } from './words.js'

const [SEEN, INK, GHOSTS] = [0, 1, 2] // layers of the paper
const SLOP = 4 // px that a hand trembles in a tap
const REST = 1600 // ms that a dream stays
const LATENCY = 'pen up to first ghost point' // a measure in the browser's own timeline
/** px to a ghost @type {Record<string, number>} */
const REACH = { mouse: 10, pen: 14, touch: 22 }

const element = /** @type {HTMLElement} */ (document.getElementById('paper'))
const canvases = [...element.querySelectorAll('canvas')]

const drawing = new Drawing()
const ghosts = new Ghosts()
let settings = firstSettings()
/** The model that is there @type {import('./continuer.js').Opened | undefined} */
let model
/** The model that a drawing was made with. @type {import('./page-data.js').PageData['model']} */
let wanted
let theme = colours()
let round = 0 // of dreams on the same paper
let rest = 0 // the timer between two of them

/** What the person wants to see of the model @type {import('./hood.js').Views} */
let views = { mixture: false, surprise: false }
/** What it expects and how surprised it was. @type {Parameters<import('./continuer.js').Reports['seen']>[0] | undefined} */
let seen
/** The point under the mouse, of those that it was surprised by. @type {import('./seeing.js').Surprise | undefined} */
let pointed

/**
 * The stroke being made, where it began, and the ghost it began on while it may still turn out to be a tap.
 *
 * @type {import('./ink-layer.js').Wet & { start: { x: number, y: number }, moved: boolean, ghost: number | undefined } | undefined}
 */
let wet
let isWaiting = false // for the ghosts to have grown, to say or do what comes then
let lifted = 0 // when the pen left the paper; 0 once the first point of a ghost is on it

// What is seen.

const paper = new Paper(element, canvases, {
  resized: () => drawInk(),
  isEmpty: () => drawing.isEmpty && wet === undefined,
})
const ink = new InkLayer(paper, INK)

const askForFrame = framesOf((now) => {
  if (wet?.moved) {
    ink.add(wet, theme)
    if (views.mixture) continuer.look(drawing.state, wet.points)
  }
  drawSeen()
  const moving = ghosts.draw(paper, GHOSTS, now, theme.accent)
  if (lifted > 0 && ghosts.count > 0) {
    performance.clearMeasures(LATENCY)
    const { duration } = performance.measure(LATENCY, { start: lifted })
    showMeasures({ latency: `${duration.toFixed(0)} ms` })
    lifted = 0
  }
  if (isWaiting && ghosts.grown) {
    isWaiting = false
    grown()
  }
  return moving
})

function drawSeen() {
  const context = paper.cleared(SEEN)
  if (seen === undefined) return
  const pixel = 1 / paper.scale
  const { surprises, expectation } = seen
  const isMarked = views.surprise && surprises.length > 0
  if (isMarked) drawSurprises(context, surprises, theme.accent, pixel)
  if (views.mixture) drawExpectation(context, expectation, theme.accent, pixel)
  if (isMarked) {
    const words = (/** @type {number} */ nats) => `${nats.toFixed(1)} nats`
    const most = greatest(surprises)
    if (pointed === undefined) drawNote(paper, context, most, `Most surprising: ${words(most.nats)}`, theme)
    else drawNote(paper, context, pointed, words(pointed.nats), theme)
  }
}

function drawInk() {
  ink.draw(drawing.state.strokes, theme)
  if (wet?.moved) wet.drawn = 0
  askForFrame()
}

onThemeChange(() => {
  theme = colours()
  drawInk()
})

// What the model says.

const continuer = new Continuer({
  opened(opened) {
    model = opened
    showModelName(model.name)
    const { name } = settings
    settings = { ...settings, name: model.chosen }
    picker.offer(model, model.chosen)
    compare(name)
    if (wet === undefined) continueDrawing(true)
  },
  progress: showProgress,
  continued(continuations) {
    if (wet !== undefined) return
    const dream = isDream(settings.mode, drawing.state)
    ghosts.update(continuations, { atOnce: prefersStillness(), isDream: dream })
    isWaiting = true
    if (!dream && !isAnswer(settings.mode, drawing.state)) announce(continuations)
    askForFrame()
  },
  seen(now) {
    seen = now
    const sum = now.surprises.reduce((total, { nats }) => total + nats, 0)
    if (now.surprises.length > 0) showMeasures({ nats: `${(-sum / now.surprises.length).toFixed(2)} nats/pt` })
    showPen(now.expectation.states)
    askForFrame()
  },
  measured: (pointsPerSecond) => showMeasures({ speed: `${Math.round(pointsPerSecond)} points/s` }),
  failed(message) {
    say('')
    warn(message)
  },
})

/**
 * The model goes on from here.
 *
 * @param {boolean} [isInvited] Whether the person has just drawn, or asked for it: to take turns takes two.
 */
function continueDrawing(isInvited = false) {
  clearTimeout(rest)
  isWaiting = false
  const waits = isAnswer(settings.mode, drawing.state) && !isInvited
  continuer.follow(drawing.state, waits ? undefined : planOf(settings, drawing.state, round))
}

/** All ghosts have come to their ends. */
function grown() {
  if (isDream(settings.mode, drawing.state)) {
    if (prefersStillness()) return
    rest = setTimeout(() => {
      round += 1
      ghosts.drop()
      continueDrawing()
    }, REST)
  } else if (isAnswer(settings.mode, drawing.state)) {
    const isTurn = settings.mode === 'turns'
    if (accept(0)) say(isTurn ? 'Your turn.' : 'Finished. Draw on, or undo it.')
    else say('The model would stop here. Draw on.')
  }
}

function stop() {
  clearTimeout(rest)
  continuer.stop()
  isWaiting = false
}

// What the person does.

/** @param {boolean} [isInvited] */
function changed(isInvited) {
  round = 0
  seen = undefined
  pointed = undefined
  ghosts.drop()
  if (drawing.isEmpty) paper.fit()
  drawInk()
  showHint(drawing.isEmpty)
  showHistory(drawing)
  continueDrawing(isInvited)
}

/** @param {Partial<import('./settings.js').Settings>} change */
function set(change) {
  settings = { ...settings, ...change }
  showSettings(settings)
  if (wet !== undefined || 'isLocked' in change) return
  ghosts.drop()
  askForFrame()
  continueDrawing(true)
}

/** @param {number} index */
function accept(index) {
  const polylines = ghosts.take(index, { now: performance.now(), settle: !prefersStillness() })
  if (polylines.length === 0) return false
  stop()
  drawing.add(polylines.map((points) => ({ by: 'model', points })))
  say(`Continuation ${index + 1} kept.`)
  changed()
  return true
}

/** @param {number | undefined} index */
function bringForward(index) {
  if (index === ghosts.front) return
  ghosts.front = index
  element.classList.toggle('on-ghost', index !== undefined)
  askForFrame()
}

/** @param {import('../shared/pen.js').PenPoint} point */
const inUnits = ({ x, y, pressure }) => [...paper.toUnits(x, y), pressure]

followPen(canvases[GHOSTS], {
  down(point, type) {
    stop()
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
    if (drawing.isEmpty && !settings.isLocked) settings = { ...settings, seed: newSeed() }
    showSettings(settings)
    drawing.add([{ by: 'person', points: moved ? points : [points[0]] }])
    changed(true)
  },
  cancel() {
    wet = undefined
    changed()
  },
  hover(point) {
    const place = point && paper.toUnits(point.x, point.y)
    bringForward(place && ghosts.at(place, REACH.mouse / paper.scale))
    const before = pointed
    pointed = place && views.surprise && seen ? surpriseAt(seen.surprises, place, 1 / paper.scale) : undefined
    if (pointed !== before) askForFrame()
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

const undo = () => go(() => drawing.undo(), 'Undone.')
const redo = () => go(() => drawing.redo(), 'Done again.')

function clear() {
  if (!drawing.isEmpty) go(() => drawing.clear(), 'Cleared. Undo brings it back.')
}

function dismiss() {
  stop()
  ghosts.drop()
  say('')
  askForFrame()
}

/** @param {string | undefined} name */
function choose(name) {
  const isKnown = name === undefined ? model?.anyClass : model?.classes.includes(name)
  const chosen = isKnown ? name : settings.name
  continuer.choose(chosen)
  picker.show(chosen)
  set({ name: chosen })
}

/** @param {File} file */
async function open(file) {
  warn()
  say(`Reading ${file.name} …`)
  try {
    const page = await readDrawing(file)
    if (page === undefined) continuer.open(file, settings.name)
    else show(page)
  } catch (error) {
    say('')
    warn(/** @type {Error} */ (error).message)
  }
}

/** A drawing from elsewhere, in place of this one. @param {import('./page-data.js').PageData} page */
function show(page) {
  if (wet !== undefined) return
  const { name, ...others } = page.settings
  wanted = page.model
  settings = { ...settings, ...others, isLocked: others.seed !== undefined || settings.isLocked }
  drawing.replace(page.strokes)
  if (model === undefined)
    settings.name = name // for when it comes
  else if (name !== settings.name) choose(name)
  showSettings(settings)
  changed()
  say('A drawing was opened. Undo brings back what was here.')
  compare(name)
}

/** Says what is not as it was where a drawing comes from. @param {string | undefined} name */
function compare(name) {
  if (model === undefined) return
  const isOther = wanted !== undefined && wanted.hash !== model.hash
  if (name !== undefined && name !== settings.name) warn(`${model.name} does not know “${name}”.`)
  else if (isOther) warn('This drawing was made with another model: here it is continued differently.')
  wanted = undefined
}

/** The drawing of a link. */
function openLink() {
  if (location.hash.length < 2) return
  try {
    show(fromFragment(location.hash.slice(1)))
  } catch (error) {
    warn(`This link cannot be opened: ${/** @type {Error} */ (error).message}.`)
  }
}

listenToBar({ set, undo, redo, clear })
listenToKeys({
  undo,
  redo,
  dismiss,
  reroll: () => set({ seed: newSeed() }),
  toggle: () => (ghosts.count > 0 ? dismiss() : continueDrawing(true)),
  accept: (index) => wet === undefined && accept(index),
  acceptFront: () => wet === undefined && ghosts.front !== undefined && accept(ghosts.front),
  forward: (step) => bringForward(ghosts.neighbour(step)),
})
listenToDrops(open)
listenToShare(
  () => ({
    page: { strokes: drawing.state.strokes, settings, model: model && { name: model.name, hash: model.hash } },
    look: { colours: theme, pixel: 1 / paper.scale },
  }),
  open,
)
listenToHood(
  (wanted) => {
    views = wanted
    continuer.isWatched = views.mixture || views.surprise
    if (wet === undefined) continueDrawing(true)
    askForFrame()
  },
  [Voice.prototype.follow, Voice.prototype.futures, Voice.prototype.read],
)
addEventListener('hashchange', openLink)
const picker = new Picker(choose)

showSettings(settings)
showHistory(drawing)
openLink()
continuer.open(sketch, settings.name)
