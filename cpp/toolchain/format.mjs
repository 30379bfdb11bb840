// npm run format: writes every source as the tests want it.   With --check: only says what differs.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CLANG_FORMAT_VERSION, findClangFormat, inRoot, run } from './tools.mjs'

const cppFiles = () =>
  ['cpp', 'tests/cpp', 'tests/bench'].flatMap((folder) =>
    readdirSync(inRoot(folder), { recursive: true })
      .filter((name) => /\.(h|cpp)$/.test(name))
      .map((name) => join(folder, name)),
  )

/** JavaScript, JSON: style and lint rules. */
export const biome = ({ check }) =>
  run([
    process.execPath,
    inRoot('node_modules/@biomejs/biome/bin/biome'),
    'check',
    ...(check ? ['--error-on-warnings', '--max-diagnostics=50'] : ['--write']),
    '.',
  ])

/** C++: style. Other versions of clang-format lay out some lines differently, so they do not judge. */
export async function clangFormat({ check }) {
  const found = findClangFormat()
  if (!found) return { ok: false, output: 'clang-format was not found.\n' }
  if (check && found.version !== CLANG_FORMAT_VERSION) {
    const output = `Not checked: clang-format ${found.version} is here, the sources follow ${CLANG_FORMAT_VERSION}.\n`
    return { ok: true, skipped: true, output }
  }
  const { ok, output } = await run([found.path, ...(check ? ['--dry-run', '--Werror'] : ['-i']), ...cppFiles()])
  // Of its many lines, which files they are about.
  const files = [...new Set(output.match(/^\S+(?=:\d+:\d+: error:)/gm))]
  return { ok, output: files.length > 0 ? `To be formatted (npm run format):\n  ${files.join('\n  ')}\n` : output }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const check = process.argv.includes('--check')
  const results = [await clangFormat({ check }), await biome({ check })]
  for (const { output } of results) process.stdout.write(output)
  if (!results.every(({ ok }) => ok)) process.exit(1)
}
