// The bar: fields that show and change the settings, and buttons that ask for something.

import { allowed, LIMITS, MODES, newSeed } from './settings.js'

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id))

/** @typedef {import('./settings.js').Settings} Settings */

/**
 * What the person wants.
 *
 * @typedef {object} Wishes
 * @property {(change: Partial<Settings>) => void} set
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} clear
 */

/** @param {Wishes} wishes */
export function listenToBar(wishes) {
  for (const [name, label] of Object.entries(MODES)) field('mode').append(new Option(label, name))
  field('mode').addEventListener('change', () => wishes.set({ mode: field('mode').value }))
  for (const [name, { min, max }] of Object.entries(LIMITS)) {
    const input = field(name)
    input.min = String(min)
    input.max = String(max)
    // While a number is typed it may be out of bounds: it is put right when it is left.
    input.addEventListener('input', () => {
      const value = allowed(name, input.valueAsNumber)
      if (value === undefined) return
      wishes.set({ [name]: value })
      if (name === 'seed') wishes.set({ isLocked: true }) // who types one wants to keep it
    })
    input.addEventListener('change', () => {
      if (allowed(name, input.valueAsNumber) !== undefined) return
      const number = Number.isNaN(input.valueAsNumber) ? min : Math.round(input.valueAsNumber)
      wishes.set({ [name]: Math.max(min, Math.min(max, number)) })
    })
  }
  find('reroll').addEventListener('click', () => wishes.set({ seed: newSeed() }))
  find('lock').addEventListener('click', () => wishes.set({ isLocked: find('lock').ariaPressed !== 'true' }))
  find('undo').addEventListener('click', wishes.undo)
  find('redo').addEventListener('click', wishes.redo)
  find('clear').addEventListener('click', wishes.clear)

  // Sheets rise above the bar, whatever its height.
  const measure = () => {
    const { top } = find('tools').getBoundingClientRect()
    document.documentElement.style.setProperty('--above-bar', `${Math.round(innerHeight - top)}px`)
  }
  new ResizeObserver(measure).observe(find('tools'))
  addEventListener('resize', measure)
}

/** @param {Settings} settings */
export function showSettings(settings) {
  field('mode').value = settings.mode
  for (const name of Object.keys(LIMITS)) {
    const value = String(settings[/** @type {'count'} */ (name)])
    if (field(name).value !== value) field(name).value = value
  }
  find('temperature-value').textContent = `×${settings.temperature.toFixed(2)}`
  find('lock').ariaPressed = String(settings.isLocked)
  for (const id of ['count-field', 'length-field']) find(id).hidden = settings.mode !== 'ghosts'
}

/** @param {{ canUndo: boolean, canRedo: boolean, isEmpty: boolean }} drawing */
export function showHistory({ canUndo, canRedo, isEmpty }) {
  for (const [id, can] of /** @type {const} */ ([
    ['undo', canUndo],
    ['redo', canRedo],
    ['clear', !isEmpty],
  ])) {
    // Not `disabled`: a button that is pressed until nothing is left would lose the focus.
    find(id).setAttribute('aria-disabled', String(!can))
  }
}
