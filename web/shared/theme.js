// What a canvas needs to know of the style sheet: it cannot use custom properties by itself.

const dark = matchMedia('(prefers-color-scheme: dark)')
const contrast = matchMedia('(forced-colors: active)')
const still = matchMedia('(prefers-reduced-motion: reduce)')

/** The colours of tokens.css as they are now. */
export function colours() {
  const style = getComputedStyle(document.documentElement)
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim()
  return { paper: token('paper'), ink: token('ink'), modelInk: token('model-ink'), accent: token('accent') }
}

/** Calls `changed` when the colours change. @param {() => void} changed */
export function onThemeChange(changed) {
  dark.addEventListener('change', changed)
  contrast.addEventListener('change', changed)
}

/** Whether the person asked for less motion. */
export const prefersStillness = () => still.matches
