// What a person sets once: the hand they draw with, and whether single keys do anything. Kept in this browser.

const NAMES = ['left-handed', 'single-keys']

/** Puts the boxes as they were left, and keeps what is changed. */
export function keepPreferences() {
  for (const name of NAMES) {
    const box = /** @type {HTMLInputElement} */ (document.getElementById(name))
    const kept = read(name)
    if (kept !== null) box.checked = kept === 'true'
    const apply = () => document.documentElement.classList.toggle(name, box.checked)
    apply()
    box.addEventListener('change', () => {
      apply()
      write(name, String(box.checked))
    })
  }
}

/** @param {string} name */
function read(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // the person keeps sites from storing anything
  }
}

/** @param {string} name @param {string} value */
function write(name, value) {
  try {
    localStorage.setItem(name, value)
  } catch {
    // It then lasts as long as the page.
  }
}
