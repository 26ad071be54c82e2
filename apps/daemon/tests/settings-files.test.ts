import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../src/failure.js'
import { settingsLayers as layersOf, readSettingsFile, type Surroundings } from '../src/settings-files.js'
import { emptyFolder } from './stand-in/daemon-process.js'

const userId = process.getuid?.()
/** No options, no profile and a home without settings, unless the test says otherwise. */
function settingsLayers(surroundings: Pick<Surroundings, 'env' | 'cwd' | 'userId' | 'config'> & Partial<Surroundings>) {
  const operatingSystem = () => ({ platform: 'linux', home: join(surroundings.cwd, 'no-home') })
  return layersOf({ profile: undefined, settings: {}, operatingSystem, ...surroundings })
}

const onWindows = process.platform === 'win32' && 'Windows has no POSIX permissions'

function writeLocalSettings(folder: string, text: string): string {
  mkdirSync(join(folder, '.tenantry'), { recursive: true })
  const file = join(folder, '.tenantry', 'daemon.env')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

function refusalOf(act: () => unknown): { message: string; next: string } {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Failure)
    assert.equal(error.exit, 'configuration')
    return { message: error.message, next: error.next }
  }
  throw new assert.AssertionError({ message: 'nothing was refused' })
}

test('the layers are environment, --config, .env and local settings, each with the folder its file names are relative to', (t) => {
  const folder = emptyFolder(t)
  writeFileSync(join(folder, '.env'), 'SCOPES="from .env" # a comment\r\n')
  writeFileSync(join(folder, 'named.env'), 'SCOPES=from --config\n')
  const file = writeLocalSettings(folder, 'SCOPES=from local settings\n')
  const layers = settingsLayers({ env: { SCOPES: 'from env' }, cwd: folder, userId, config: 'named.env' })
  assert.deepEqual(
    layers.map(({ origin, folder: base, values }) => [origin, base, values['SCOPES']]),
    [
      ['the environment', folder, 'from env'],
      [join(folder, 'named.env'), folder, 'from --config'],
      [join(folder, '.env'), folder, 'from .env'],
      [file, join(folder, '.tenantry'), 'from local settings'],
    ],
  )
})

test('below an origin that has AUTHORITY or CLIENT_ID nothing is read: settings of two tenants never mix', (t) => {
  const folder = emptyFolder(t)
  writeLocalSettings(folder, 'CLIENT_ID=local\nCLIENT_SECRET=local\nCA_FILE=local\n')
  const secretOnly = () => settingsLayers({ env: { CLIENT_SECRET: 'env' }, cwd: folder, userId, config: undefined })
  assert.equal(secretOnly().length, 2)
  writeFileSync(join(folder, '.env'), 'AUTHORITY=https://contoso.ciamlogin.com/\n')
  const layers = secretOnly()
  assert.deepEqual(
    layers.map(({ origin }) => origin),
    ['the environment', join(folder, '.env')],
  )
  const env = { CLIENT_ID: 'env' }
  assert.equal(settingsLayers({ env, cwd: folder, userId, config: undefined }).length, 1)
})

test('the origin that decides names the files below it, which exist and are not read', (t) => {
  const cwd = emptyFolder(t)
  const env = { AUTHORITY: 'https://contoso.ciamlogin.com/' }
  assert.deepEqual(settingsLayers({ env, cwd, userId, config: undefined })[0]?.decides, undefined)
  writeFileSync(join(cwd, '.env'), 'SCOPES=x\n')
  // Never opened, so nobody minds who may read it.
  const local = writeLocalSettings(cwd, 'CLIENT_ID=x\n')
  if (!onWindows) chmodSync(local, 0o644)
  const [layer] = settingsLayers({ env, cwd, userId, config: undefined })
  assert.deepEqual(layer?.decides, { setting: 'AUTHORITY', unread: [join(cwd, '.env'), local] })
})

test('the nearest local settings are used, and --config replaces them', (t) => {
  const project = emptyFolder(t)
  const inner = join(project, 'a', 'b')
  mkdirSync(inner, { recursive: true })
  writeLocalSettings(project, 'CLIENT_ID=outer\n')
  const nearest = writeLocalSettings(join(project, 'a'), 'CLIENT_ID=nearer\n')
  const origins = (config?: string) =>
    settingsLayers({ env: {}, cwd: inner, userId, config }).map(({ origin }) => origin)
  assert.deepEqual(origins(), ['the environment', nearest])
  writeFileSync(join(inner, 'cloud.env'), 'CLIENT_ID=cloud\n')
  assert.deepEqual(origins('cloud.env'), ['the environment', join(inner, 'cloud.env')])
})

test('a --config file that does not exist is refused', (t) => {
  const cwd = emptyFolder(t)
  assert.deepEqual(
    refusalOf(() => settingsLayers({ env: {}, cwd, userId, config: 'cloud.env' })),
    {
      message: `cannot read ${join(cwd, 'cloud.env')}: there is no such file`,
      next: 'correct --config, or leave it out to use .tenantry/daemon.env',
    },
  )
})

test('a .env that is a folder is refused', (t) => {
  const cwd = emptyFolder(t)
  mkdirSync(join(cwd, '.env'))
  const { message } = refusalOf(() => settingsLayers({ env: {}, cwd, userId, config: undefined }))
  assert.equal(message, `cannot read ${join(cwd, '.env')}: it is a folder`)
})

for (const mode of [0o644, 0o620, 0o602]) {
  test(`local settings with mode ${mode.toString(8)} are refused with the command that helps`, {
    skip: onWindows,
  }, (t) => {
    const cwd = emptyFolder(t)
    const file = writeLocalSettings(cwd, 'CLIENT_ID=x\n')
    chmodSync(file, mode)
    assert.deepEqual(
      refusalOf(() => settingsLayers({ env: {}, cwd, userId, config: undefined })),
      {
        message: `refused to use ${file}: other users can read or write it`,
        next: `run: chmod 600 ${file}`,
      },
    )
  })
}

test("another user's local settings are refused, not skipped, unless --config names them", { skip: onWindows }, (t) => {
  const cwd = emptyFolder(t)
  const file = writeLocalSettings(cwd, 'CLIENT_ID=x\n')
  const somebodyElse = (userId ?? 0) + 1
  assert.deepEqual(
    refusalOf(() => settingsLayers({ env: {}, cwd, userId: somebodyElse, config: undefined })),
    {
      message: `refused to use ${file}: it belongs to another user`,
      next: 'name it with --config if you trust it',
    },
  )
  assert.equal(settingsLayers({ env: {}, cwd, userId: somebodyElse, config: file }).length, 2)
})

test('a file above 1 MiB is not read into a setting', (t) => {
  const file = join(emptyFolder(t), 'large')
  writeFileSync(file, 'x'.repeat(1024 * 1024 + 1))
  assert.throws(() => readSettingsFile(file), { message: 'it is larger than 1048576 bytes' })
})

test('options win over everything and their file names are relative to the current folder', (t) => {
  const cwd = emptyFolder(t)
  const settings = { SCOPES: 'from an option' }
  const [first, second] = settingsLayers({ env: { SCOPES: 'env' }, cwd, userId, config: undefined, settings })
  assert.deepEqual(first, { origin: 'the command line', folder: cwd, values: settings })
  assert.equal(second?.origin, 'the environment')
})

test('in production .env is not read', (t) => {
  const cwd = emptyFolder(t)
  writeFileSync(join(cwd, '.env'), 'CLIENT_ID=x\n')
  const origins = (NODE_ENV: string) =>
    settingsLayers({ env: { NODE_ENV }, cwd, userId, config: undefined }).map(({ origin }) => origin)
  assert.deepEqual(origins('production'), ['the environment'])
  assert.deepEqual(origins('development'), ['the environment', join(cwd, '.env')])
})

for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_AUTHORITY_HOST']) {
  test(`${name} decides like AUTHORITY: weaker origins are not read`, (t) => {
    const cwd = emptyFolder(t)
    writeFileSync(join(cwd, '.env'), 'CLIENT_SECRET=x\n')
    assert.equal(settingsLayers({ env: { [name]: 'x' }, cwd, userId, config: undefined }).length, 1)
  })
}

function userSettings(home: string, name: string, text: string, mode = 0o600): string {
  const folder = join(home, '.config', 'todolist-daemon')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.env`)
  writeFileSync(file, text, { mode })
  return file
}

test("the user's own file is the weakest origin, and a profile takes the place of --config", (t) => {
  const cwd = emptyFolder(t)
  const file = userSettings(cwd, 'daemon', 'SCOPES=user\n')
  const cloud = userSettings(cwd, 'cloud', 'SCOPES=cloud\n')
  writeLocalSettings(cwd, 'SCOPES=project\n')
  const operatingSystem = () => ({ platform: 'linux', home: cwd })
  const origins = (profile?: string) =>
    settingsLayers({ env: {}, cwd, userId, config: undefined, profile, operatingSystem }).map(({ origin }) => origin)
  const project = join(cwd, '.tenantry', 'daemon.env')
  assert.deepEqual(origins(), ['the environment', project, file])
  assert.deepEqual(origins('cloud'), ['the environment', cloud, project, file])
  const missing = join(cwd, '.config', 'todolist-daemon', 'other.env')
  assert.deepEqual(
    refusalOf(() => origins('other')),
    {
      message: `there is no profile other: ${missing} does not exist`,
      next: 'write the settings of the profile into that file, one NAME=value a line',
    },
  )
})

test("a user's own file that others can read is refused", { skip: onWindows }, (t) => {
  const cwd = emptyFolder(t)
  const file = userSettings(cwd, 'daemon', 'SCOPES=user\n', 0o640)
  const operatingSystem = () => ({ platform: 'linux', home: cwd })
  const { message } = refusalOf(() => settingsLayers({ env: {}, cwd, userId, config: undefined, operatingSystem }))
  assert.equal(message, `refused to use ${file}: other users can read or write it`)
})
