// node package-wasm.mjs <folder with NAME.js and NAME.wasm> <js/wasm> NAME GLUE
//
// Turns what the linker wrote into what js/ imports:
//   GLUE.js         Emscripten's glue, minified; makes a module from bytes that js/runtime.js hands over
//   NAME.wasm       for the external entry: a file of its own, compiled while it streams in
//   NAME-bytes.js   the same bytes, deflated, as base64, for the entry that needs no second file (text that is deflated
//                   before it is base64 costs a quarter less on the wire than base64 that is deflated after)
//   *.d.ts          what TypeScript should believe about them
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'

const [from, to, name, glueName] = process.argv.slice(2)
const glue = readFileSync(join(from, `${name}.js`), 'utf8')
const wasm = readFileSync(join(from, `${name}.wasm`))

// Bundlers would copy the module a second time for the first, and refuse the page for the others.
for (const word of ['new URL(', 'import.meta', 'node:', 'require(', '__dirname', 'eval(', 'new Function']) {
  if (glue.includes(word)) throw new Error(`The glue contains "${word}": check the link options in CMakeLists.txt`)
}

mkdirSync(to, { recursive: true })
const write = (file, content) => writeFileSync(join(to, file), content)
write(`${glueName}.js`, await minify(glue))
write(`${name}.wasm`, wasm)
write(`${name}-bytes.js`, `export default '${deflateRawSync(wasm, { level: 9 }).toString('base64')}'\n`)
write(
  `${name}-bytes.d.ts`,
  `/** The bytes of ${name}.wasm, raw deflate, in base64. */\ndeclare const base64: string\nexport default base64\n`,
)
write(
  `${glueName}.d.ts`,
  `declare const createModule: import('../runtime.js').ModuleFactory\nexport default createModule\n`,
)

// The C++ alone does not need npm's packages, so the glue may stay as it is.
async function minify(code) {
  let esbuild
  try {
    esbuild = await import('esbuild')
  } catch {
    return code
  }
  return (await esbuild.transform(code, { minify: true, format: 'esm', target: 'es2022', legalComments: 'none' })).code
}
