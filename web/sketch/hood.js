// Under the hood: what to make visible, what is measured, and the code that does it all, as text.

import { startings } from './startings.js'

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))
const box = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id))

/** @typedef {{ mixture: boolean, heat: boolean, surprise: boolean }} Views */

/**
 * @param {(views: Views) => void} see
 * @param {readonly Function[]} code What to show of the page's own.
 */
export function listenToHood(see, code) {
  const views = () => ({
    mixture: box('see-mixture').checked,
    heat: box('see-heat').checked,
    surprise: box('see-surprise').checked,
  })
  let isFirst = true
  const toggle = () => {
    const hood = find('hood')
    hood.hidden = !hood.hidden
    find('hood-button').ariaExpanded = String(!hood.hidden)
    find('hood-button').textContent = hood.hidden ? 'Under the hood' : 'Close'
    if (isFirst) box('see-mixture').checked = true // who opens it wants to see
    isFirst = false
    see(views())
  }
  find('hood-button').addEventListener('click', toggle)
  find('hood').addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    toggle()
    find('hood-button').focus()
  })
  for (const id of ['see-mixture', 'see-heat', 'see-surprise']) box(id).addEventListener('change', () => see(views()))
  find('own-code').textContent = code.map(readable).join('\n\n')
  showStarting('npm')
  for (const button of find('startings').querySelectorAll('button'))
    button.addEventListener('click', () => showStarting(button.value))
  find('copy-code').addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(find('starting').textContent ?? '')
      find('copy-code').textContent = 'Copied'
    } catch {
      getSelection()?.selectAllChildren(find('starting'))
      find('copy-code').textContent = 'Selected: copy it by hand'
    }
  })
}

/** @param {string} name */
function showStarting(name) {
  find('starting').textContent = startings[name]
  find('copy-code').textContent = 'Copy'
  for (const button of find('startings').querySelectorAll('button')) button.ariaPressed = String(button.value === name)
}

/** A method as it stands in its file, moved to the left. @param {Function} code */
function readable(code) {
  return String(code).replaceAll(/^ {2}/gm, '')
}

/** @param {Record<string, string>} words By the ids of the read-out: nats, points a second, milliseconds. */
export function showMeasures(words) {
  for (const [id, text] of Object.entries(words)) find(id).textContent = text
}

/** What the pen may do next: three words with lengths. @param {Float32Array} states */
export function showPen(states) {
  for (const [i, id] of ['pen-down', 'pen-up', 'pen-end'].entries()) {
    const row = find(id)
    const percent = Math.round(100 * states[i])
    row.style.setProperty('--share', String(states[i]))
    const number = row.querySelector('output')
    if (number !== null) number.textContent = `${percent} %`
  }
}
