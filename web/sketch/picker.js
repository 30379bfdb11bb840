// The class picker: a search field over a list, by pointer and by keys.

const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id))
const ANYTHING = 'anything'

/** @typedef {{ classes: readonly string[], listed: readonly string[], anyClass: boolean }} Choices */

export class Picker {
  /** @type {Choices} */
  #choices = { classes: [], listed: [], anyClass: false }
  /** @type {string | undefined} */
  #chosen
  #active = 0
  #chose
  #search = /** @type {HTMLInputElement} */ (find('class-search'))
  #sheet = find('class-sheet')
  #list = find('class-list')

  /** @param {(name: string | undefined) => void} chose undefined is no class in particular. */
  constructor(chose) {
    this.#chose = chose
    this.#sheet.addEventListener('beforetoggle', (event) => {
      if (/** @type {ToggleEvent} */ (event).newState !== 'open') return
      this.#search.value = ''
      this.#show()
    })
    this.#search.addEventListener('input', () => this.#show())
    this.#search.addEventListener('keydown', (event) => this.#press(event))
    this.#list.addEventListener('click', (event) => {
      const option = /** @type {Element} */ (event.target).closest('[role=option]')
      if (option !== null) this.#choose([...this.#list.children].indexOf(option))
    })
  }

  /** @param {Choices} choices @param {string | undefined} chosen */
  offer(choices, chosen) {
    this.#choices = choices
    find('class').hidden = choices.classes.length < 2
    this.#search.placeholder = `Search ${choices.classes.length} things`
    this.show(chosen)
  }

  /** @param {string | undefined} chosen */
  show(chosen) {
    this.#chosen = chosen
    find('class-name').textContent = chosen ?? ANYTHING
    if (this.#sheet.matches(':popover-open')) this.#show()
  }

  /** What fits the search, the listed ones first; without one, only these. @returns {(string | undefined)[]} */
  #found() {
    const { classes, listed, anyClass } = this.#choices
    const wanted = this.#search.value.trim().toLowerCase()
    const fits = (/** @type {string} */ name) => name.toLowerCase().includes(wanted)
    const anything = anyClass && fits(ANYTHING) ? [undefined] : []
    const sorted = (/** @type {readonly string[]} */ names) => {
      const found = names.filter(fits).sort()
      const isStart = (/** @type {string} */ name) => name.toLowerCase().startsWith(wanted)
      return [...found.filter(isStart), ...found.filter((name) => !isStart(name))]
    }
    const first = [...anything, ...sorted(listed)]
    return wanted === '' ? first : [...first, ...sorted(classes.filter((name) => !listed.includes(name)))]
  }

  #show() {
    const found = this.#found()
    this.#list.replaceChildren(
      ...found.map((name, i) => {
        const option = document.createElement('div')
        option.id = `class-${i}`
        option.role = 'option'
        option.textContent = name ?? ANYTHING
        option.ariaSelected = String(name === this.#chosen)
        return option
      }),
    )
    const none = find('class-none')
    none.hidden = found.length > 0
    none.textContent =
      this.#choices.classes.length > 0 ? 'It knows nothing of that name.' : 'The model is not here yet.'
    this.#activate(this.#search.value === '' ? Math.max(0, found.indexOf(this.#chosen)) : 0)
  }

  /** @param {number} index */
  #activate(index) {
    const options = [...this.#list.children]
    this.#active = Math.max(0, Math.min(index, options.length - 1))
    for (const [i, option] of options.entries()) option.classList.toggle('active', i === this.#active)
    const active = options[this.#active]
    this.#search.setAttribute('aria-activedescendant', active?.id ?? '')
    active?.scrollIntoView({ block: 'nearest' })
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const columns = getComputedStyle(this.#list).gridTemplateColumns.split(' ').length
    const isEmpty = this.#search.value === ''
    const step = { ArrowDown: columns, ArrowUp: -columns, ArrowRight: isEmpty ? 1 : 0, ArrowLeft: isEmpty ? -1 : 0 }[
      event.key
    ]
    if (event.key === 'Enter') this.#choose(this.#active)
    else if (step) this.#activate(this.#active + step)
    else return
    event.preventDefault()
  }

  /** @param {number} index */
  #choose(index) {
    const found = this.#found()
    if (index >= found.length) return
    this.#sheet.hidePopover()
    this.show(found[index])
    this.#chose(found[index])
  }
}
