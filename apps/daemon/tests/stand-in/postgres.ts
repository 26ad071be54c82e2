import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const programs = ['/usr/local/bin', '/usr/bin', ...installed('/usr/lib/postgresql')]
const folderOfPrograms = programs.find(
  (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')),
)

/** Why tests with a real PostgreSQL are left out on this machine; false where they are not. */
export const noPostgres: string | false =
  folderOfPrograms === undefined ? 'PostgreSQL is not installed on this machine' : false

/** A real PostgreSQL of its own, behind a socket in a folder that is gone after the test; gives its address. */
export function startPostgres(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'todolist-daemon-postgres-'))
  const owner = ownerOf(folder)
  const data = join(folder, 'data')
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(join(folderOfPrograms ?? '', program), ['--pgdata', data, ...args], {
      cwd: folder,
      encoding: 'utf8',
      // The server keeps what it is given as output: a pipe would never end.
      stdio: ['ignore', 'ignore', program === 'initdb' ? 'pipe' : 'ignore'],
      ...owner,
    })
    if (status !== 0) throw new Error(`${program} failed: ${stderr}`)
  }
  run('initdb', '--username', 'test', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8')
  const options = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off -c shared_buffers=16MB`
  run('pg_ctl', '--wait', '--log', join(folder, 'log'), '--options', options, 'start')
  test.after(() => {
    run('pg_ctl', '--mode', 'immediate', 'stop')
    rmSync(folder, { recursive: true, force: true })
  })
  return `postgresql://test@localhost/postgres?host=${encodeURIComponent(folder)}`
}

/** PostgreSQL refuses to run as root; then it runs as nobody, who owns the folder. */
function ownerOf(folder: string): { uid: number; gid: number } | Record<string, never> {
  if (process.getuid?.() !== 0) return {}
  const number = (flag: string): number => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout)
  const owner = { uid: number('-u'), gid: number('-g') }
  chownSync(folder, owner.uid, owner.gid)
  return owner
}

function installed(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : []
}
