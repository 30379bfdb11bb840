// The keyboard, and files dropped on the page.

/**
 * What keys ask for.
 *
 * @typedef {object} KeyWishes
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} reroll
 * @property {() => void} toggle Continue, or stop.
 * @property {() => void} dismiss
 * @property {(index: number) => void} accept
 * @property {() => boolean} acceptFront Whether there was one in front.
 * @property {(step: number) => void} forward Brings the next ghost to the front, or the one before.
 */

const ARROWS = { arrowright: 1, arrowdown: 1, arrowleft: -1, arrowup: -1 }

/** @param {KeyWishes} wishes */
export function listenToKeys(wishes) {
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.defaultPrevented) return
    const target = event.target instanceof Element ? event.target : document.body
    if (target.closest('select, input') !== null || document.querySelector(':popover-open') !== null) return
    const act = event.ctrlKey || event.metaKey ? chord(event, wishes) : single(event, wishes, target)
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}

/** @param {KeyboardEvent} event @param {KeyWishes} wishes */
function chord(event, wishes) {
  const key = event.key.toLowerCase()
  if (key === 'z') return event.shiftKey ? wishes.redo : wishes.undo
  return key === 'y' ? wishes.redo : undefined
}

/**
 * @param {KeyboardEvent} event
 * @param {KeyWishes} wishes
 * @param {Element} target
 */
function single(event, wishes, target) {
  const key = event.key.toLowerCase()
  if (key === 'escape') return wishes.dismiss
  if (!(/** @type {HTMLInputElement} */ (document.getElementById('single-keys')).checked)) return undefined
  if (key in ARROWS) return () => wishes.forward(ARROWS[/** @type {keyof ARROWS} */ (key)])
  // On a button these two press it.
  const isFree = target.closest('button, a, summary, label') === null
  if (key === 'enter') return isFree ? wishes.acceptFront : undefined
  if (key === ' ') return isFree ? wishes.toggle : undefined
  if (key === 'r') return wishes.reroll
  return /^[1-9]$/.test(key) ? () => wishes.accept(Number(key) - 1) : undefined
}

/** @param {(file: File) => void} open */
export function listenToDrops(open) {
  const over = (/** @type {boolean} */ isOver) => document.body.classList.toggle('dropping', isOver)
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    over(true)
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) over(false)
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    over(false)
    const file = event.dataTransfer?.files[0]
    if (file !== undefined) open(file)
  })
}
