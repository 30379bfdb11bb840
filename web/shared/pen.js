// Mouse, pen and fingers as one pen: one pointer draws at a time, and a pen takes over from the hand that rests beside it.

/**
 * @typedef {object} PenPoint
 * @property {number} x Pixels from the element's top left corner.
 * @property {number} y
 * @property {number} pressure From 0 to 1; 0.5 where the device has none.
 */

/**
 * @typedef {object} PenEvents
 * @property {(point: PenPoint, type: string) => void} down `type`: 'mouse', 'pen' or 'touch'.
 * @property {(points: PenPoint[], predicted: PenPoint[]) => void} move Everything the device measured since the last call, and
 *   where the browser believes it is going.
 * @property {() => void} up
 * @property {() => void} cancel The stroke is not to be: the system took the pointer away.
 * @property {(point: PenPoint | undefined) => void} hover Nothing pressed; undefined when it leaves.
 */

/**
 * @param {HTMLElement} element Needs `touch-action: none` in its style sheet.
 * @param {PenEvents} events
 */
export function followPen(element, events) {
  /** @type {{ id: number, type: string } | undefined} */
  let active
  const isActive = (/** @type {PointerEvent} */ event) => event.pointerId === active?.id

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    if (active !== undefined) {
      if (event.pointerType !== 'pen' || active.type === 'pen') return
      events.cancel()
    }
    active = { id: event.pointerId, type: event.pointerType }
    element.setPointerCapture(event.pointerId)
    events.down(pointOf(event, element), event.pointerType)
  })
  element.addEventListener('pointermove', (event) => {
    if (active === undefined) events.hover(event.pointerType === 'touch' ? undefined : pointOf(event, element))
    if (!isActive(event)) return
    // Events come once a frame; the device measured more often.
    const measured = event.getCoalescedEvents?.() ?? []
    const points = (measured.length > 0 ? measured : [event]).map((each) => pointOf(each, element))
    const predicted = event.getPredictedEvents?.() ?? []
    events.move(
      points,
      predicted.map((each) => pointOf(each, element)),
    )
  })
  element.addEventListener('pointerup', (event) => {
    if (!isActive(event)) return
    active = undefined
    events.up()
  })
  element.addEventListener('pointercancel', (event) => {
    if (!isActive(event)) return
    active = undefined
    events.cancel()
  })
  element.addEventListener('pointerleave', () => {
    if (active === undefined) events.hover(undefined)
  })
}

/**
 * @param {PointerEvent} event
 * @param {HTMLElement} element
 * @returns {PenPoint}
 */
function pointOf(event, element) {
  const { left, top } = element.getBoundingClientRect()
  const isMeasured = event.pointerType === 'pen' || event.pressure > 0
  return { x: event.clientX - left, y: event.clientY - top, pressure: isMeasured ? event.pressure : 0.5 }
}
