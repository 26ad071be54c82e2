import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { readConfiguration } from '../../src/adopt/configuration-files.js'

const root = mkdtempSync(join(tmpdir(), 'adopt files '))
after(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, content: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

test('what is damaged, huge, no text, a link or of another kind is told with the reason, and the rest is read', async () => {
  write('good/.env', '\uFEFFCLIENT_ID=abc\n')
  write('App/package.json', '{}')
  write('App/src/authConfig.js', "const clientId = 'unfinished")
  write('yml/application.yml', 'spring:\n  a: [\n')
  write('json/appsettings.json', '{ "AzureAd": { "ClientSecret": "very secret" "')
  write('deep/appsettings.json', '['.repeat(500_000))
  write('huge/appsettings.json', Buffer.alloc(1_048_577, ' '))
  write('wide/appsettings.json', Buffer.from('\uFEFF{}', 'utf16le'))
  write('spa/auth-config.ts', '')
  write('json/appsettings.Production.json', '{}')
  write('App/node_modules/x/.env', 'CLIENT_ID=never')
  write('App/.git/.env', 'CLIENT_ID=never')
  write('1/2/3/4/5/6/7/8/9/.env', 'CLIENT_ID=too deep')
  mkdirSync(join(root, 'linked'))
  symlinkSync(join(root, 'good/.env'), join(root, 'linked/.env'))
  symlinkSync(root, join(root, 'around'))
  const { settings, unread, files, programFolders } = await readConfiguration(root)
  assert.deepEqual(
    settings.map(({ file, value }) => [file, value]),
    [['good/.env', 'abc']],
  )
  assert.deepEqual(files, ['good/.env'])
  assert.deepEqual(programFolders, ['', 'App'])
  assert.deepEqual(Object.fromEntries(unread.map(({ file, why }) => [file, why])), {
    'App/src/authConfig.js': 'it is damaged at line 1',
    'yml/application.yml': 'it is damaged at line 3: BAD_INDENT',
    'json/appsettings.json': 'it is damaged at line 1: UnexpectedEndOfString',
    'deep/appsettings.json': 'it is nested too deeply',
    'huge/appsettings.json': 'it is larger than 1 MiB',
    'wide/appsettings.json': 'it is not UTF-8',
    'spa/auth-config.ts': 'TypeScript and JSX are not read',
    'json/appsettings.Production.json': 'only appsettings.json and appsettings.Development.json are read',
    'linked/.env': 'it is a link or no file, which is not followed',
  })
})

test('a folder with more configuration than anybody reads is read in part, and says so', async () => {
  const many = join(root, 'many')
  mkdirSync(many)
  for (let index = 0; index < 201; index += 1) write(`many/${index}/.env`, '')
  const { files, unread } = await readConfiguration(many)
  assert.deepEqual([files.length, unread.map(({ why }) => why)], [200, ['there is more here than is looked through']])
})
