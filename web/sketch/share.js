// The share sheet: a link that holds the whole drawing, and files.

import { exported, save } from './export.js'
import { toFragment } from './link.js'
import { say, warn } from './words.js'

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))

/**
 * @param {() => { page: import('./page-data.js').PageData, look: Parameters<typeof exported>[2] }} now
 * @param {{ open: (file: File) => void, play: (times: number) => void }} wishes `play` the drawing again, so many times as fast.
 */
export function listenToShare(now, { open, play }) {
  const link = /** @type {HTMLInputElement} */ (find('link'))
  find('share-sheet').addEventListener('beforetoggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'open') return
    const { page } = now()
    const fragment = toFragment(page)
    link.value = fragment === undefined ? '' : new URL(`#${fragment}`, location.href).href
    find('link-note').textContent =
      fragment === undefined
        ? 'This drawing is too large for a link: save it as JSON.'
        : 'The drawing is in the link itself; nothing is uploaded.'
    find('copy').setAttribute('aria-disabled', String(fragment === undefined))
    for (const button of [find('replay'), ...find('saves').querySelectorAll('button')])
      button.setAttribute('aria-disabled', String(page.strokes.length === 0))
  })
  find('copy').addEventListener('click', async () => {
    if (link.value === '') return
    link.select()
    try {
      await navigator.clipboard.writeText(link.value)
      find('link-note').textContent = 'Copied.'
      say('The link is copied.')
    } catch {
      find('link-note').textContent = 'The browser did not let it be copied: the link is selected, copy it by hand.'
    }
  })
  for (const button of find('saves').querySelectorAll('button')) {
    button.addEventListener('click', async () => {
      const { page, look } = now()
      if (page.strokes.length === 0) return
      try {
        const file = await exported(button.value, page, look)
        save(file)
        say(`${file.name} is saved.`)
      } catch (error) {
        warn(/** @type {Error} */ (error).message)
      }
      find('share-sheet').hidePopover()
    })
  }
  find('replay').addEventListener('click', () => {
    find('share-sheet').hidePopover()
    play(Number(/** @type {HTMLSelectElement} */ (find('replay-speed')).value))
  })
  const file = /** @type {HTMLInputElement} */ (find('file'))
  file.addEventListener('change', () => {
    if (file.files?.[0] !== undefined) open(file.files[0])
    file.value = '' // so that the same file can be chosen again
  })
}
