/**
 * Trained weights inside the package, as addresses for `load`. Each has a model card beside it: data and its licence, what
 * it reaches, what to beware of.
 *
 * ```js
 * import { load } from 'mixture-density'
 * import { sketch } from 'mixture-density/models'
 * const model = await load(sketch)
 * ```
 *
 * @module
 */

/** Draws 41 things of Google's Quick, Draw! data set, a cat for example; see sketch.md. */
export const sketch = new URL('./sketch.safetensors', import.meta.url)
