import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { filesBelow, read, readManifest, root, workspaces } from './workspaces.js'

const documents = ['.', 'docs', 'packages', 'apps', 'tests'].flatMap((folder) =>
  folder === '.'
    ? ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
    : filesBelow(folder, '.md'),
)

test('every npm command that a document names exists', () => {
  const scripts = readManifest('.').scripts ?? {}
  for (const document of documents) {
    for (const [, run, short] of read(document).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)) {
      const name = run ?? short ?? ''
      assert.ok(Object.hasOwn(scripts, name), `${document}: npm run ${name}`)
    }
  }
})

test('every benchmark that a document names exists', () => {
  for (const document of documents) {
    for (const [, name] of read(document).matchAll(/\bnpm run bench -- ([\w-]+)/g)) {
      assert.ok(existsSync(join(root, 'bench', `${name}.mjs`)), `${document}: ${name}`)
    }
  }
})

test('every link to a file leads to one', () => {
  for (const document of documents) {
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      assert.ok(existsSync(join(root, dirname(document), target)), `${document}: ${target}`)
    }
  }
})

test('every path that ARCHITECTURE.md sends the reader to exists', () => {
  const paths = [...read('ARCHITECTURE.md').matchAll(/`((?:packages|apps|scripts|tests|bench)\/[^`]+)`/g)]
  assert.ok(paths.length > 20)
  for (const [, path = ''] of paths) assert.ok(existsSync(join(root, path)), path)
})

test('every file that ARCHITECTURE.md names in the life of a request exists below the part it speaks of', () => {
  const [, life = ''] = read('ARCHITECTURE.md').split('## The life of one request')
  const [section = ''] = life.split('\n## ')
  const sources = workspaces().flatMap((workspace) => workspace.sources)
  for (const [, file = ''] of section.matchAll(/`([\w./-]+\.ts)`/g)) {
    assert.ok(
      sources.some((source) => source === file || source.endsWith(`/${file}`)),
      file,
    )
  }
})

test('the table of packages in ARCHITECTURE.md lists every dependency, and nothing else', () => {
  const manifests = [readManifest('.'), readManifest('tests'), ...workspaces().map(({ manifest }) => manifest)]
  const names = manifests.flatMap(({ dependencies = {}, devDependencies = {} }) =>
    Object.keys({ ...dependencies, ...devDependencies }),
  )
  const ours = new Set(workspaces().map(({ name }) => name))
  const [, section = ''] = read('ARCHITECTURE.md').split('## Packages of others')
  const listed = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name)
  assert.deepEqual(new Set(listed), new Set(names.filter((name) => !ours.has(name))))
})

test('the folders in the table of README.md are the workspaces', () => {
  const listed = [...read('README.md').matchAll(/^\| \[((?:packages|apps)\/[\w-]+)\]/gm)].map(([, folder]) => folder)
  assert.deepEqual(new Set(listed), new Set(workspaces().map(({ folder }) => folder)))
})

test('every claim in docs/parity.md says how sure it is and names a test that exists', () => {
  const tests = ['packages', 'apps', 'tests'].flatMap((folder) => filesBelow(folder, '.test.ts'))
  const [, section = ''] = read('docs/parity.md').split('## What it does as the real one')
  const [table = ''] = section.split('\n## ')
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| the real tenant'))
  assert.ok(rows.length > 20)
  for (const row of rows.filter((line) => !line.startsWith('| ---'))) {
    const [, claim, sure = '', witness = ''] = row.split(/\s*(?<!\\)\|\s*/)
    assert.match(sure, /^(documented|recorded|recalled)$/, claim)
    const [, file = '', title = ''] = /^`([^`]+)`: (.+)$/.exec(witness) ?? []
    const source = tests.find((path) => path.endsWith(`/${file}`))
    assert.ok(source, `${claim}: there is no test file ${file}`)
    assert.ok(read(source).includes(title), `${claim}: ${file} has no test «${title}»`)
  }
})

test('the TypeScript in every document compiles as it stands, a later snippet below the earlier ones', async () => {
  const programs = documents
    .map((document) => ({ document, code: snippetsOf(document).join('\n') }))
    .filter(({ code }) => code !== '')
  assert.ok(programs.length >= 3)
  // Below tests, so that the packages are found as a reader's own project would find them.
  const folder = join(root, 'tests', 'dist', 'snippets')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const { document, code } of programs) writeFileSync(join(folder, `${document.replaceAll(/\W/g, '-')}.ts`), code)
  const compilerOptions = { composite: false, noEmit: true, noUnusedLocals: false }
  const extended = { extends: '../../../tsconfig.base.json', compilerOptions, include: ['.'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended))
  const compiler = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', folder])
  let complaints = ''
  compiler.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    complaints += chunk
  })
  const [code] = (await once(compiler, 'close')) as [number]
  assert.equal(code, 0, complaints)
})

function snippetsOf(document: string): string[] {
  return [...read(document).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code)
}
