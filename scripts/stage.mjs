// node scripts/stage.mjs <package folder> <new folder>: what is published of a package. Declarations keep their comments for the
// reader's editor; the programs lose comments and white space, which are a third of them.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { transform } from 'esbuild'
import { filesBelow } from './ready.mjs'
import { root } from './root.mjs'

const [from = '', to = ''] = process.argv.slice(2)
const source = join(root, from)
const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))

mkdirSync(to, { recursive: true })
writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
cpSync(join(source, 'README.md'), join(to, 'README.md'))
cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'))
const declared = declarationsFrom(Object.values(manifest.exports).filter((path) => path.endsWith('.js')))
// Found by their sources: what is left in dist of a file that was deleted is not published.
for (const file of filesBelow(join(source, 'src'), '.ts')) {
  const name = join('dist/src', file.replace(/\.ts$/, ''))
  mkdirSync(dirname(join(to, name)), { recursive: true })
  if (declared.has(name)) writeFileSync(join(to, `${name}.d.ts`), withoutMap(declarationOf(name)))
  const program = withoutMap(readFileSync(join(source, `${name}.js`), 'utf8'))
  const { code } = await transform(program, {
    minifyWhitespace: true,
    minifySyntax: true,
    // A stack through these programs tells nothing that their cases do not.
    minifyIdentifiers: name.startsWith(join('dist/src/testing', '/')),
    format: 'esm',
    target: 'node20',
  })
  writeFileSync(join(to, `${name}.js`), code)
}

/** The modules whose declarations the entry points lead to. */
function declarationsFrom(entries) {
  const found = new Set()
  const follow = (name) => {
    if (found.has(name)) return
    found.add(name)
    for (const [, module] of declarationOf(name).matchAll(/(?:from|import) '(\.[^']+)\.js'/g)) {
      follow(join(dirname(name), module))
    }
  }
  for (const entry of entries) follow(join(entry.replace(/\.js$/, '')))
  return found
}

function declarationOf(name) {
  return readFileSync(join(source, `${name}.d.ts`), 'utf8')
}

function withoutMap(text) {
  return text.replace(/^\/\/# sourceMappingURL=.*\n?/m, '')
}
