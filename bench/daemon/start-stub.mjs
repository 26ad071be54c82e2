import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { environment, root } from '../measure.mjs'

/** The stub in a process of its own, with a list of so many to-dos. */
export async function startStub(total) {
  const args = [join(root, 'bench/daemon/stub.mjs'), String(total)]
  const child = spawn(process.execPath, args, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
  const origin = `https://localhost:${said.trim()}`
  return {
    total,
    ca: join(root, 'apps/daemon/tests/stand-in/test-only-localhost.cert.pem'),
    settings: {
      CLIENT_ID: '00001111-aaaa-4bbb-8ccc-333333333333',
      AUTHORITY: `${origin}/aaaabbbb-0000-4ccc-8ddd-222222222222`,
      SCOPES: 'api://22223333-cccc-4ddd-8eee-444444444444/.default',
      API_ENDPOINT: `${origin}/api/todolist`,
    },
    stop: () => child.stdin.end(),
  }
}
