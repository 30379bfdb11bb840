// What the page says: the hint on empty paper, what happened, what went wrong, and how far a model has come.

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

/** Says what happened; screen readers hear it when they are done with what they say. @param {string} text */
export function say(text) {
  find('status').textContent = text
}

/** Says once how many continuations there are, when all have ended. @param {readonly { polylines: readonly unknown[], ended: boolean }[]} continuations */
export function announce(continuations) {
  if (!continuations.every(({ ended }) => ended)) return
  const count = continuations.filter(({ polylines }) => polylines.length > 0).length
  if (count === 0) say('The model would stop here. Draw on.')
  else if (count === 1) say('One continuation. Tap it, or press Enter, to keep it.')
  else say(`${count} continuations. Tap one, or press its number, to keep it.`)
}

/** Says what went wrong, on the paper; the next stroke takes it away. @param {string} [text] */
export function warn(text = '') {
  find('warning').textContent = text
}

/** @param {boolean} isShown */
export function showHint(isShown) {
  find('hint').hidden = !isShown
}

/** What the model dreams of on empty paper. @param {string | undefined} name A text from a file. */
export function showDream(name) {
  find('dream').textContent = name === undefined ? '' : `The model dreams: ${name}`
}

/** @param {string} name A text from a file. */
export function showModelName(name) {
  find('model-name').textContent = name
}

/** @param {number | undefined} share From 0 to 1; undefined hides it. */
export function showProgress(share) {
  const progress = /** @type {HTMLProgressElement} */ (find('progress'))
  progress.hidden = share === undefined
  progress.value = Math.min(share ?? 0, 1)
}
