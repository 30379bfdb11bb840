// npm start: installs what is missing, builds the core, serves the site and prints its address.
//
//   PORT=3000     exactly this port; otherwise 8080, or a free one where that is taken
//   HOST=0.0.0.0  reachable from other machines; otherwise from this one only
//   SKIP_SETUP=1  installs nothing
import { existsSync } from 'node:fs'
import { buildWasm } from './build.mjs'
import { setUp } from './setup.mjs'
import { listen, SITE, staticServer } from './static-server.mjs'
import { inRoot } from './tools.mjs'

const wanted = process.env.PORT ?? ''
if (wanted !== '' && !(/^\d+$/.test(wanted) && Number(wanted) < 65536)) {
  console.error(`PORT=${wanted} is not a port: a number from 0 to 65535.`)
  process.exit(1)
}
if ((await setUp(['build'])).length > 0) process.exit(1)

const started = performance.now()
if (!existsSync(inRoot('js/wasm/core.wasm'))) console.log('Building the core: the first time, this takes a minute …')
const { ok, output } = await buildWasm()
if (!ok) {
  process.stderr.write(output)
  console.error('\nThe core was not built.')
  process.exit(1)
}
console.log(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`)

const host = process.env.HOST ?? 'localhost'
const server = staticServer(SITE)
let port
try {
  port = await listen(server, wanted === '' ? 8080 : Number(wanted), host)
} catch (error) {
  if (error.code !== 'EADDRINUSE' || wanted !== '') {
    console.error(`The site cannot be served on port ${wanted === '' ? 8080 : wanted}: ${error.message}`)
    process.exit(1)
  }
  port = await listen(server, 0, host)
}
console.log(`\n  http://${host}:${port}/\n\nCtrl+C stops it.`)
