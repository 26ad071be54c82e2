// Puts the pages of the house together, the admin portal and the web app: the compiled program in pieces that a browser
// fetches when it needs them, the styles, the page. Every name but the page's holds a hash of what is in the file, and beside
// each file lies the same, compressed.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'
import { root } from './root.mjs'

const compress = promisify(brotliCompress)

/**
 * Each site: where it stands, the folder below src with its page and what else is not TypeScript, and that folder's styles and
 * program. The files go to dist/site.
 */
const sites = [
  { folder: 'packages/portal', from: 'src', styles: 'portal.css', program: 'main.js' },
  { folder: 'apps/todolist-web', from: 'src/page', styles: 'page.css', program: 'start.js' },
]

/** Builds the files of the sites that are older than what they are made from. */
export async function buildSites() {
  const outdated = sites.filter((site) => {
    const built = modified(pageOf(site))
    return inputs(site).some((file) => modified(file) >= built)
  })
  if (outdated.length === 0) return
  const { build } = await import('esbuild')
  await Promise.all(outdated.map((site) => buildSite(site, build)))
}

const filesOf = ({ folder }) => join(root, folder, 'dist/site')
const pageOf = (site) => join(filesOf(site), 'index.html')

async function buildSite(site, build) {
  const { folder, from, styles, program } = site
  const outdir = filesOf(site)
  const { outputFiles: programs } = await build({
    entryPoints: [join(root, folder, 'dist', from, program)],
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
    outdir,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[hash]',
  })
  const { outputFiles: looks } = await build({
    entryPoints: [join(root, folder, from, styles)],
    write: false,
    minify: true,
    outdir,
    entryNames: '[name]-[hash]',
  })
  const files = new Map([...programs, ...looks].map(({ path, contents }) => [basename(path), contents]))
  const icon = readFileSync(join(root, folder, from, 'icon.svg'))
  files.set(`icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8)}.svg`, icon)
  await write(site, files)
}

async function write(site, files) {
  const target = filesOf(site)
  mkdirSync(target, { recursive: true })
  const page = readFileSync(join(root, site.folder, site.from, 'index.html'), 'utf8')
  const html = page.replace(/\{\{(.+?)\}\}/g, (_, name) => hashedName(name, files, site))
  const all = new Map([...files, ['index.html', Buffer.from(html)]])
  const compressed = await Promise.all([...all].map(async ([name, text]) => [`${name}.br`, await brotli(text)]))
  const written = new Map([...compressed, ...all])
  for (const name of readdirSync(target)) {
    if (!written.has(name)) rmSync(join(target, name), { recursive: true, force: true })
  }
  // The page comes last: it names the others.
  for (const [name, text] of written) writeFileSync(join(target, name), text)
}

function hashedName(name, files, { folder }) {
  const ending = extname(name)
  const found = [...files.keys()].find((file) => file.startsWith(`${basename(name, ending)}-`) && file.endsWith(ending))
  if (found === undefined) throw new Error(`The page of ${folder} names ${name}, which was not built.`)
  return found
}

function brotli(text) {
  return compress(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
}

function inputs({ folder, from }) {
  const below = (name, pattern) =>
    readdirSync(join(root, folder, name), { recursive: true })
      .filter((file) => pattern.test(file))
      .map((file) => join(root, folder, name, file))
  return [
    ...below('dist/src', /\.js$/),
    ...below(from, /\.(css|html|svg)$/),
    fileURLToPath(import.meta.url),
    join(root, 'node_modules/.package-lock.json'),
  ]
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
