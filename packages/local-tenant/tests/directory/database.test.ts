import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import Libsql from 'libsql'
import { createSignInLog } from '../../src/control/sign-in-log.js'
import { type Database, DirectoryFileError, openDatabase } from '../../src/directory/database.js'
import { openDirectory } from '../../src/directory/directory.js'
import { migrations } from '../../src/directory/migrations.js'
import { hashOpaque } from '../../src/tokens/one-way.js'
import { createRefreshTokens } from '../../src/tokens/refresh-tokens.js'

const folder = mkdtempSync(join(tmpdir(), 'tenantry-database-'))
let count = 0
let path: string
beforeEach(() => {
  count += 1
  path = join(folder, `${count}.db`)
})
after(() => rmSync(folder, { recursive: true }))

const first = { subdomain: 'contoso', displayName: 'Contoso', users: [] }
const openAt = (file: string | null) => openDirectory({ file, now: () => new Date(), first })

function memory(): Database {
  const db = openDatabase(null)
  db.query('CREATE TABLE t (a TEXT NOT NULL, b TEXT UNIQUE)').run()
  const insert = db.query('INSERT INTO t VALUES (?, ?)')
  for (const [a, b] of ['x1', 'x2', 'y3']) insert.run(a ?? '', b ?? '')
  return db
}

test('a query answers for the values of this call, whatever was asked of it before', () => {
  const query = memory().query<{ b: string }>('SELECT b FROM t WHERE a = ?')
  const expected: Record<string, string[]> = { x: ['1', '2'], y: ['3'], z: [] }
  for (const before of 'xyz') {
    for (const now of 'xyz') {
      for (const ask of [query.get, query.all]) {
        ask(before)
        assert.equal(query.get(now)?.b, expected[now]?.[0], `get ${now} after ${before}`)
        ask(before)
        assert.deepEqual(
          query.all(now).map(({ b }) => b),
          expected[now],
          `all ${now} after ${before}`,
        )
      }
    }
  }
})

test('a statement that failed once works the next time', () => {
  const db = memory()
  const insert = db.query('INSERT INTO t VALUES (?, ?)')
  assert.throws(() => insert.run('x', '1'), { code: 'SQLITE_CONSTRAINT_UNIQUE' })
  assert.equal(insert.run('x', '4'), 1)
})

test('a transaction that throws leaves nothing, an inner one included', () => {
  const db = memory()
  const insert = db.query('INSERT INTO t VALUES (?, ?)')
  const refused = () =>
    db.transaction(() => {
      insert.run('x', '4')
      db.transaction(() => insert.run('x', '5'))
      throw new Error('refused')
    })
  assert.throws(refused, { message: 'refused' })
  assert.equal(db.query('SELECT * FROM t').all().length, 3)
  assert.equal(
    db.transaction(() => insert.run('x', '4')),
    1,
  )
})

test('after close() nothing can be asked any more, and closing again does no harm', () => {
  const db = memory()
  const query = db.query('SELECT * FROM t')
  query.all()
  db.close()
  db.close()
  assert.throws(() => query.all(), { message: 'The directory is closed.' })
  assert.throws(() => query.get(), { message: 'The directory is closed.' })
})

test('a closed file is whole by itself, belongs to its owner alone and opens again', () => {
  const directory = openAt(path)
  const { tenantId } = directory.organization
  directory.close()
  assert.equal(statSync(path).mode & 0o777, 0o600)
  const copy = join(folder, 'copy.db')
  writeFileSync(copy, readFileSync(path))
  const again = openAt(copy)
  assert.equal(again.organization.tenantId, tenantId)
  assert.deepEqual(again.db.query('PRAGMA integrity_check').all(), [{ integrity_check: 'ok' }])
  again.close()
})

test('the files beside an open database belong to its owner alone', () => {
  const directory = openAt(path)
  for (const name of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(name).mode & 0o777, 0o600, name)
  directory.close()
})

test('a file that is no directory is refused as damaged, is named, and is left as it was', () => {
  openAt(path).close()
  const whole = readFileSync(path)
  const scribbled = Buffer.from(whole).fill(0xff, 4096)
  const damages: readonly [Buffer, string][] = [
    [Buffer.from('This is a letter to my aunt. '.repeat(300)), 'file is not a database'],
    [whole.subarray(0, 9_000), 'database disk image is malformed'],
    [scribbled, 'database disk image is malformed'],
  ]
  for (const [bytes, reason] of damages) {
    const file = join(folder, 'damaged.db')
    writeFileSync(file, bytes)
    assert.throws(
      () => openAt(file),
      (error) => {
        assert.ok(error instanceof DirectoryFileError)
        assert.equal(error.name, 'DirectoryFileError')
        assert.equal(error.code, 'damaged')
        const cure = 'Move it away, or delete its folder to start with a new tenant.'
        assert.equal(error.message, `${file} cannot be read as a directory (${reason}). ${cure}`)
        return true
      },
    )
    assert.deepEqual(readFileSync(file), bytes)
    for (const side of ['-wal', '-shm']) rmSync(`${file}${side}`, { force: true })
  }
})

test('a database of something else is refused as damaged', () => {
  openAt(path).close()
  const db = openDatabase(path)
  db.query('DROP TABLE tenant').run()
  db.close()
  assert.throws(() => openAt(path), { name: 'DirectoryFileError', code: 'damaged', message: /no such table: tenant/ })
})

test('a schema from the future is refused as too new', () => {
  openAt(path).close()
  const db = openDatabase(path)
  db.query(`PRAGMA user_version = ${migrations.length + 1}`).run()
  db.close()
  const message = `${path} was written by a newer version (schema ${migrations.length + 1}, this one knows ${migrations.length}). Update, or use another data folder.`
  assert.throws(() => openAt(path), { name: 'DirectoryFileError', code: 'too_new', message })
})

test('a directory opens and is read while another program writes to it', () => {
  openAt(path).close()
  const other = openDatabase(path)
  other.transaction(() => {
    const reader = openAt(path)
    assert.ok(reader.organization.tenantId, 'reading goes on beside a writer')
    reader.close()
  })
  other.close()
})

test('a subdomain that no host can have is refused before anything is made', () => {
  for (const subdomain of ['', 'Contoso', 'a.b', '-a', 'a-', 'x'.repeat(64), 'ü']) {
    const make = () => openDirectory({ file: null, now: () => new Date(), first: { ...first, subdomain } })
    assert.throws(make, {
      name: 'RangeError',
      message: `The subdomain '${subdomain}' must be 1 to 63 of a-z, 0-9 and inner hyphens.`,
    })
  }
})

test('in a directory from before keys had states, the first one signs and the others are next', () => {
  const old = new Libsql(path)
  const before = migrations.findIndex((step) => step.includes('COLUMN state'))
  for (const step of migrations.slice(0, before)) old.exec(step)
  old.exec(`PRAGMA user_version = ${before}`)
  const insert = old.prepare('INSERT INTO signing_keys VALUES (?, ?, ?, ?)')
  for (const [sequence, kid] of ['a', 'b'].entries())
    insert.run(kid, new Uint8Array([1]), new Uint8Array([2]), sequence)
  old.close()
  const db = openDatabase(path)
  const states = db.query<{ kid: string; state: string }>('SELECT kid, state FROM signing_keys ORDER BY sequence').all()
  assert.deepEqual(states, [
    { kid: 'a', state: 'current' },
    { kid: 'b', state: 'next' },
  ])
  db.close()
})

test('in a directory from when the origin of a role was kept, it is dropped, and the role is as before', () => {
  const old = new Libsql(path)
  const before = migrations.findIndex((step) => step.includes('$.origin'))
  for (const step of migrations.slice(0, before)) old.exec(step)
  old.exec(`PRAGMA user_version = ${before}`)
  const role = {
    id: 'r',
    value: null,
    displayName: 'R',
    description: 'R',
    isEnabled: true,
    allowedMemberTypes: ['User'],
  }
  const withOrigin = {
    displayName: 'api',
    appRoles: [
      { ...role, origin: 'Application' },
      { ...role, id: 's' },
    ],
    tags: [],
  }
  const written = { displayName: 'api', appRoles: [role, { ...role, id: 's' }], tags: [] }
  old
    .prepare('INSERT INTO applications (object_id, app_id, created, properties) VALUES (?, ?, ?, ?)')
    .run('o', 'a', '', JSON.stringify(withOrigin))
  old
    .prepare(
      "INSERT INTO deleted_items (object_id, type, deleted, created, properties, belongings) VALUES (?, ?, '', '', ?, '{}')",
    )
    .run('d', 'application', JSON.stringify(withOrigin))
  old.close()
  const db = openDatabase(path)
  const sql = "SELECT properties FROM applications WHERE object_id = 'o' UNION ALL SELECT properties FROM deleted_items"
  for (const { properties } of db.query<{ properties: string }>(sql).all()) {
    assert.deepEqual(JSON.parse(properties), written)
  }
  assert.equal(db.query(sql).all().length, 2)
  db.close()
})

test('a closed directory refuses to work and takes the process nowhere', () => {
  const db = openDatabase(null)
  db.close()
  assert.throws(() => db.transaction(() => {}), { message: 'The directory is closed.' })
  assert.throws(() => db.query('SELECT 1').get(), { message: 'The directory is closed.' })
})

test('sign-ins from before users had any are those of applications, and users of a later start stand beside them', () => {
  openAt(path).close()
  const old = new Libsql(path)
  const before = migrations.findIndex((step) => step.includes('ADD COLUMN event_type'))
  const since = ['event_type', 'user_id', 'user_principal_name', 'user_display_name', 'protocol', 'client_app']
  for (const column of since) old.exec(`ALTER TABLE sign_ins DROP COLUMN ${column}`)
  old.exec('ALTER TABLE refresh_tokens DROP COLUMN session_id')
  old.exec(`PRAGMA user_version = ${before}`)
  old.exec("INSERT INTO sign_ins VALUES (7, 1, 'a', 'r', 0, NULL, '::1')")
  old.close()
  const directory = openAt(path)
  const log = createSignInLog(
    directory.db,
    () => {},
    (error) => assert.fail(String(error)),
  )
  const user = { id: 'u', userPrincipalName: 'ada@contoso.onmicrosoft.com', displayName: 'Ada' }
  const byUser = { eventType: 'interactiveUser', user, protocol: 'oAuth2', clientApp: 'Browser' } as const
  const common = { appId: 'a', resource: 'r', errorCode: 0, correlationId: null, ipAddress: '::1' }
  log.note({ ...common, time: 2, byUser })
  assert.deepEqual(log.list(), [
    { ...common, time: '1970-01-01T00:00:00.002Z', ...byUser },
    {
      ...common,
      time: '1970-01-01T00:00:00.001Z',
      eventType: 'servicePrincipal',
      user: null,
      protocol: 'none',
      clientApp: null,
    },
  ])
  directory.close()
})

test('a refresh token from before sessions were kept with it is as good as before, and says nothing of one', () => {
  openAt(path).close()
  const old = new Libsql(path)
  const before = migrations.findIndex((step) => step.includes('refresh_tokens ADD COLUMN session_id'))
  old.exec('ALTER TABLE refresh_tokens DROP COLUMN session_id')
  old.exec(`PRAGMA user_version = ${before}`)
  old.exec("INSERT INTO users (object_id, created, user_principal_name, properties) VALUES ('u', '', 'u@x', '{}')")
  old
    .prepare("INSERT INTO refresh_tokens VALUES (?, 'c', 'u', 'openid offline_access', 'web', 1, ?, 1)")
    .run(hashOpaque('kept by the client'), 9e12)
  old.close()
  const directory = openAt(path)
  const tokens = createRefreshTokens(directory.db, () => new Date())
  const kept = tokens.find('kept by the client', 'c') ?? assert.fail()
  assert.deepEqual([kept.userId, kept.byCode, kept.sessionId], ['u', true, undefined])
  const successor = tokens.rotate(kept, 'openid')
  assert.equal(tokens.find(successor, 'c')?.sessionId, undefined)
  const ofSession = tokens.add({ ...kept, sessionId: 's' })
  assert.equal(tokens.find(ofSession, 'c')?.sessionId, 's')
  directory.close()
})
