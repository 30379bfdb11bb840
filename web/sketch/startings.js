// The first lines of a program of the visitor's own.

const BODY = `const model = await load(sketch)
const endings = await complete(model, [[[0, 0], [40, -30], [80, 0]]], { class: 'cat' })
console.log(endings[0].polylines)`

/** @type {Readonly<Record<string, string>>} */
export const startings = Object.freeze({
  npm: `// npm install mixture-density
import { complete, load } from 'mixture-density'
import { sketch } from 'mixture-density/models'

${BODY}`,
  cdn: `<script type="module">
import { complete, load } from 'https://cdn.jsdelivr.net/npm/mixture-density/js/index.js'
import { sketch } from 'https://cdn.jsdelivr.net/npm/mixture-density/js/models/index.js'

${BODY}
</script>`,
  node: `// npm install mixture-density, then: node continue.mjs
import { complete, load } from 'mixture-density'
import { sketch } from 'mixture-density/models'

${BODY}`,
})
