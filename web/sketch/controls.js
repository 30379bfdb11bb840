// Buttons, keys, files and words: everything of the page that is not paper.

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * What the person wants.
 *
 * @typedef {object} Wishes
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} clear
 * @property {(file: File) => void} open
 * @property {(name: string | undefined) => void} choose A class; undefined is none in particular.
 * @property {(index: number) => void} accept
 * @property {() => void} dismiss
 */

/** @param {Wishes} wishes */
export function listen(wishes) {
  find('undo').addEventListener('click', wishes.undo)
  find('redo').addEventListener('click', wishes.redo)
  find('clear').addEventListener('click', wishes.clear)
  const file = /** @type {HTMLInputElement} */ (find('file'))
  file.addEventListener('change', () => {
    if (file.files?.[0] !== undefined) wishes.open(file.files[0])
    file.value = '' // so that the same file can be chosen again
  })
  const classes = /** @type {HTMLSelectElement} */ (find('classes'))
  classes.addEventListener('change', () => wishes.choose(classes.value === '' ? undefined : classes.value))
  listenToDrops(wishes)
  document.addEventListener('keydown', (event) => {
    const act = actionOf(event, wishes)
    if (act === undefined) return
    event.preventDefault()
    act()
  })
}

/**
 * @param {KeyboardEvent} event
 * @param {Wishes} wishes
 */
function actionOf(event, wishes) {
  if (event.target instanceof Element && event.target.closest('select, input') !== null) return undefined
  const key = event.key.toLowerCase()
  if (event.ctrlKey || event.metaKey) {
    if (key === 'z') return event.shiftKey ? wishes.redo : wishes.undo
    return key === 'y' ? wishes.redo : undefined
  }
  if (event.altKey) return undefined
  if (key === 'escape') return wishes.dismiss
  return /^[1-9]$/.test(key) ? () => wishes.accept(Number(key) - 1) : undefined
}

/** @param {Wishes} wishes */
function listenToDrops(wishes) {
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
    if (file !== undefined) wishes.open(file)
  })
}

/** @param {{ canUndo: boolean, canRedo: boolean, isEmpty: boolean }} drawing */
export function showDrawing({ canUndo, canRedo, isEmpty }) {
  for (const [id, can] of /** @type {const} */ ([
    ['undo', canUndo],
    ['redo', canRedo],
    ['clear', !isEmpty],
  ])) {
    // Not `disabled`: a button that is pressed until nothing is left would lose the focus.
    find(id).setAttribute('aria-disabled', String(!can))
  }
  find('history').hidden = !canUndo && !canRedo
  find('hint').hidden = !isEmpty
}

/** @param {{ name: string, classes: readonly string[], anyClass: boolean }} model */
export function showModel({ name, classes, anyClass }) {
  find('model-name').textContent = name
  find('model').classList.add('chosen')
  find('no-model').hidden = true
  const choices = [...(anyClass ? [new Option('anything', '')] : []), ...classes.map((each) => new Option(each, each))]
  find('classes').replaceChildren(...choices)
  find('class').hidden = choices.length < 2 || classes.length < 2
}

/** @param {number | undefined} share From 0 to 1; undefined hides it. */
export function showProgress(share) {
  const progress = /** @type {HTMLProgressElement} */ (find('progress'))
  progress.hidden = share === undefined
  progress.value = share ?? 0
}

/** Says what happened; screen readers hear it when they are done with what they say. @param {string} text */
export function say(text) {
  find('status').textContent = text
}

/** Says what went wrong, on the paper; nothing takes it away again. @param {string} [text] */
export function warn(text = '') {
  find('warning').textContent = text
}
