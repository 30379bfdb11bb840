// One drawing a frame, and none while nothing moves.

/**
 * @param {(now: number) => boolean} draw Returns whether something is still moving.
 * @returns {() => void} Asks for a frame.
 */
export function framesOf(draw) {
  let waiting = false
  function ask() {
    if (waiting) return
    waiting = true
    requestAnimationFrame((now) => {
      waiting = false
      if (draw(now)) ask()
    })
  }
  return ask
}

/** Resolves at the next frame. */
export const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))
