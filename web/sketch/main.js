// The sketch page: draw, and a model continues. Pen, keys and bar change the drawing and the settings; the model follows
// them; what it answers is shown. Each arrow goes one way: this file knows the others, they do not know it.

import { sketch } from '../../js/models/index.js'
import { keepOffline } from '../shared/offline.js'
import { followPen } from '../shared/pen.js'
import { prefersStillness } from '../shared/theme.js'
import { listenToBar, showHistory, showSettings } from './bar.js'
import { Continuer } from './continuer.js'
import { Drawing } from './drawing.js'
import { listenToHood, showMeasures, showPen } from './hood.js'
import { listenToDrops, listenToKeys } from './keys.js'
import { fromFragment } from './link.js'
import { isAnswer, isDream, planOf } from './modes.js'
import { readDrawing } from './open.js'
import { Picker } from './picker.js'
import { keepPreferences } from './preferences.js'
import { firstSettings, newSeed } from './settings.js'
import { listenToShare } from './share.js'
import { Stage } from './stage.js'
import { Voice } from './voice.js'
import { announce, say, showDream, showHint, showModelName, showProgress, warn } from './words.js'

const SLOP = 4 // px that a hand trembles in a tap
const REST = 1600 // ms that a dream stays
/** px to a ghost @type {Record<string, number>} */
const REACH = { mouse: 10, pen: 14, touch: 22 }

const element = /** @type {HTMLElement} */ (document.getElementById('paper'))
const drawing = new Drawing()
let settings = firstSettings()
/** The model that is there. @type {import('./continuer.js').Opened | undefined} */
let model
/** The model that a drawing was made with. @type {import('./page-data.js').PageData['model']} */
let wanted
let round = 0 // of dreams on the same paper
/** The timer between two of them. @type {ReturnType<typeof setTimeout> | undefined} */
let rest
/** Where the stroke being made began: the ghost it began on, while it may still turn out to be a tap. */
let start = { x: 0, y: 0, ghost: /** @type {number | undefined} */ (undefined) }

const stage = new Stage(element, drawing, {
  making: (points) => continuer.look(drawing.state, points),
  answered: (milliseconds) => showMeasures({ latency: `${milliseconds.toFixed(0)} ms` }),
  grown,
  replayed: () => changed(),
})
const { ghosts } = stage

// What the model says.

const continuer = new Continuer({
  opened(opened) {
    model = opened
    showModelName(model.name)
    const { name } = settings
    settings = { ...settings, name: model.chosen }
    picker.offer(model, model.chosen)
    compare(name)
    keepOffline()
    if (stage.wet === undefined) continueDrawing(true)
  },
  progress: showProgress,
  continued(continuations, plan) {
    showDream(plan.as)
    if (stage.wet !== undefined || stage.isReplaying) return
    const dream = isDream(settings.mode, drawing.state)
    stage.update(continuations, { atOnce: prefersStillness(), isDream: dream })
    if (!dream && !isAnswer(settings.mode, drawing.state)) announce(continuations)
  },
  seen(seen) {
    stage.tell(seen)
    showPen(seen.expectation.states)
    const sum = seen.surprises.reduce((total, { nats }) => total + nats, 0)
    if (sum !== 0) showMeasures({ nats: `${(-sum / seen.surprises.length).toFixed(2)} nats/pt` })
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
  const waits = isAnswer(settings.mode, drawing.state) && !isInvited
  continuer.follow(drawing.state, waits ? undefined : planOf(settings, drawing.state, round, model?.listed))
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
  stage.stop()
}

// What the person does.

/** @param {boolean} [isInvited] */
function changed(isInvited) {
  round = 0
  stage.show()
  showHint(drawing.isEmpty)
  showHistory(drawing)
  continueDrawing(isInvited)
}

/** @param {Partial<import('./settings.js').Settings>} change */
function set(change) {
  settings = { ...settings, ...change }
  showSettings(settings)
  if (stage.wet !== undefined || 'isLocked' in change) return
  ghosts.drop()
  stage.ask()
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
  stage.ask()
}

/** @param {import('../shared/pen.js').PenPoint} point */
const inUnits = (point) => [...stage.toUnits(point), point.pressure]

followPen(/** @type {HTMLElement} */ (element.querySelector('canvas:last-of-type')), {
  down(point, type) {
    stop()
    warn()
    start = { ...point, ghost: ghosts.at(stage.toUnits(point), REACH[type] * stage.pixel) }
    ghosts.drop(start.ghost)
    stage.wet = { points: [inUnits(point)], drawn: 0, predicted: [], isDrawn: false }
    stage.ask()
  },
  move(points, predicted) {
    const { wet } = stage
    if (wet === undefined) return
    wet.points.push(...points.map(inUnits))
    wet.predicted = predicted.map(inUnits)
    const { x, y } = points[points.length - 1]
    if (!wet.isDrawn && Math.hypot(x - start.x, y - start.y) > SLOP) {
      wet.isDrawn = true
      ghosts.drop()
    }
    stage.ask()
  },
  up() {
    if (stage.wet === undefined) return
    const { points, isDrawn } = stage.wet
    stage.lift()
    if (!isDrawn && start.ghost !== undefined && accept(start.ghost)) return
    if (drawing.isEmpty && !settings.isLocked) settings = { ...settings, seed: newSeed() }
    showSettings(settings)
    drawing.add([{ by: 'person', points: isDrawn ? points : [points[0]] }])
    changed(true)
  },
  cancel() {
    stage.wet = undefined
    changed()
  },
  hover(point) {
    const place = point && stage.toUnits(point)
    bringForward(place && ghosts.at(place, REACH.mouse * stage.pixel))
    stage.point(place)
  },
})

/** A step through the history, unless the pen is down. @param {() => void} step @param {string} words */
function go(step, words) {
  if (stage.wet !== undefined) return
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

/** @param {number} times How fast. */
function play(times) {
  if (stage.wet !== undefined || drawing.isEmpty) return
  stop()
  say('Replay.')
  stage.play(times)
}

function dismiss() {
  stop()
  ghosts.drop()
  say('')
  stage.ask()
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
  if (stage.wet !== undefined) return
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
  accept: (index) => stage.wet === undefined && accept(index),
  acceptFront: () => stage.wet === undefined && ghosts.front !== undefined && accept(ghosts.front),
  forward: (step) => bringForward(ghosts.neighbour(step)),
})
listenToDrops(open)
listenToShare(
  () => ({
    page: { strokes: drawing.state.strokes, settings, model: model && { name: model.name, hash: model.hash } },
    look: { colours: stage.theme, pixel: stage.pixel },
  }),
  { open, play },
)
listenToHood(
  (views) => {
    stage.see(views)
    continuer.isWatched = views.mixture || views.heat || views.surprise
    if (stage.wet === undefined) continueDrawing(true)
  },
  [Voice.prototype.follow, Voice.prototype.futures, Voice.prototype.read],
)
addEventListener('hashchange', openLink)
const picker = new Picker(choose)

keepPreferences()
showSettings(settings)
showHistory(drawing)
openLink()
continuer.open(sketch, settings.name)
