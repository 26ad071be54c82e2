// Puts the admin portal together: its compiled program in pieces that a browser fetches when it needs them, its styles, its
// page. Every name but the page's holds a hash of what is in the file, and beside each file lies the same, compressed.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { root } from './ready.mjs'

const folder = join(root, 'packages/portal')
const site = join(folder, 'dist/site')
const page = join(site, 'index.html')
const compress = promisify(brotliCompress)

/** Builds the portal's files when what they are made from is newer. */
export async function buildPortal() {
  const built = modified(page)
  if (inputs().every((file) => modified(file) < built)) return
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'dist/src/main.js')],
    bundle: true,
    write: false,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'eof',
    logLevel: 'warning',
    define: { 'process.env.NODE_ENV': '"production"' },
    outdir: site,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
  })
  const styles = await build({
    entryPoints: [join(folder, 'src/portal.css')],
    write: false,
    minify: true,
    outdir: site,
    entryNames: '[name]-[hash]',
  })
  const files = new Map([...outputFiles, ...styles.outputFiles].map(({ path, contents }) => [basename(path), contents]))
  const icon = readFileSync(join(folder, 'src/icon.svg'))
  files.set(`icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`, icon)
  await write(files)
}

async function write(files) {
  mkdirSync(site, { recursive: true })
  const html = readFileSync(join(folder, 'src/index.html'), 'utf8').replace(/\{\{(.+?)\}\}/g, (_, name) =>
    hashedName(name, files),
  )
  const all = new Map([...files, ['index.html', Buffer.from(html)]])
  const compressed = await Promise.all([...all].map(async ([name, text]) => [`${name}.br`, await brotli(text)]))
  for (const name of readdirSync(site)) if (!all.has(name)) rmSync(join(site, name), { recursive: true, force: true })
  // The page comes last: it names the others.
  for (const [name, text] of [...compressed, ...all]) writeFileSync(join(site, name), text)
}

function hashedName(name, files) {
  const ending = extname(name)
  const found = [...files.keys()].find((file) => file.startsWith(`${basename(name, ending)}-`) && file.endsWith(ending))
  if (found === undefined) throw new Error(`The portal's page names ${name}, which was not built.`)
  return found
}

function brotli(text) {
  return compress(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
}

function inputs() {
  const below = (name, pattern) =>
    readdirSync(join(folder, name), { recursive: true })
      .filter((file) => pattern.test(file))
      .map((file) => join(folder, name, file))
  return [
    ...below('dist/src', /\.js$/),
    ...below('src', /\.(css|html|svg)$/),
    fileURLToPath(import.meta.url),
    join(root, 'node_modules/.package-lock.json'),
  ]
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
