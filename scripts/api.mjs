// The public types of @tenantry/entra-token as one text, so that a change of them shows in a diff.
// npm run api writes packages/entra-token/api/entra-token.txt; with --check it only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { makeReady } from './ready.mjs'
import { root } from './root.mjs'

const folder = join(root, 'packages/entra-token')
const snapshot = join(folder, 'api/entra-token.txt')

/** Every declaration file that an entry point leads to, without comments, in order of its path. */
function publicTypes() {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const entries = Object.values(exports).filter((path) => path.endsWith('.js'))
  const files = new Map()
  for (const entry of entries) collect(join(folder, entry.replace(/\.js$/, '.d.ts')), files)
  const sorted = [...files].sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.map(([file, text]) => `// ${relative(join(folder, 'dist/src'), file)}\n${text}\n`).join('\n')
}

function collect(file, files) {
  if (files.has(file)) return
  const text = readFileSync(file, 'utf8')
  files.set(
    file,
    text
      .replaceAll(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, '')
      .replace(/^\/\/# sourceMappingURL.*$/m, '')
      .trim(),
  )
  for (const [, module] of text.matchAll(/from '(\.[^']+)\.js'/g)) collect(join(dirname(file), `${module}.d.ts`), files)
}

const check = process.argv.includes('--check')
if (!check) await makeReady()
const types = publicTypes()
if (!check) writeFileSync(snapshot, types)
else if (readFileSync(snapshot, 'utf8') !== types) {
  process.stderr.write(
    '✗ The public types differ from packages/entra-token/api. Next: npm run api, and read the diff.\n',
  )
  process.exitCode = 1
}
