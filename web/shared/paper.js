// The paper: canvases that fill their element, sharp on every screen, and the way from pixels to paper units and back.
//
// A whole drawing fills a box of 256 paper units, as in the data that models learn from. The box is shown over 0.6 of the
// shorter side of the paper, so that what people naturally draw has the size that a model knows. (0, 0) is the middle.

export const BOX = 256
const SHARE = 0.6

export class Paper {
  /**
   * @param {HTMLElement} element
   * @param {HTMLCanvasElement[]} canvases Its layers.
   * @param {{ resized: () => void, isEmpty: () => boolean }} page The scale is only chosen anew on an empty paper: a
   *   drawing is never rescaled while it is being made.
   */
  constructor(element, canvases, { resized, isEmpty }) {
    this.element = element
    this.layers = canvases.map((canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d')))
    this.width = 0
    this.height = 0
    this.ratio = 1
    /** Pixels of the page a unit. */
    this.scale = 1
    const fit = () => {
      const { width, height } = element.getBoundingClientRect()
      if (width === 0 || height === 0) return
      const isFirst = this.width === 0
      this.width = width
      this.height = height
      this.ratio = devicePixelRatio
      if (isFirst || isEmpty()) this.scale = (SHARE * Math.min(width, height)) / BOX
      for (const { canvas } of this.layers) {
        canvas.width = Math.round(width * this.ratio)
        canvas.height = Math.round(height * this.ratio)
      }
      resized()
    }
    /** Chooses the scale again, after the paper was cleared. */
    this.fit = fit
    new ResizeObserver(fit).observe(element) // calls at once too
    onRatioChange(fit)
  }

  /** @param {number} x @param {number} y Pixels from the top left corner. @returns {[number, number]} */
  toUnits(x, y) {
    return [(x - this.width / 2) / this.scale, (y - this.height / 2) / this.scale]
  }

  /** @param {number} x @param {number} y @returns {[number, number]} */
  toPixels(x, y) {
    return [x * this.scale + this.width / 2, y * this.scale + this.height / 2]
  }

  /** A layer, cleared, with units as coordinates. @param {number} index */
  cleared(index) {
    const context = this.layers[index]
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, context.canvas.width, context.canvas.height)
    return this.layer(index)
  }

  /** A layer as it is, with units as coordinates. @param {number} index */
  layer(index) {
    const context = this.layers[index]
    const zoom = this.ratio * this.scale
    context.setTransform(zoom, 0, 0, zoom, (this.ratio * this.width) / 2, (this.ratio * this.height) / 2)
    context.lineCap = 'round'
    context.lineJoin = 'round'
    return context
  }
}

/** The window may move to another screen, or be zoomed. @param {() => void} changed */
function onRatioChange(changed) {
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
    'change',
    () => {
      changed()
      onRatioChange(changed)
    },
    { once: true },
  )
}
