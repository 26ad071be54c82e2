import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = () => dirname(fileURLToPath(import.meta.resolve('@tenantry/todolist-daemon')))

/** Settings that would win over the file we name; they belong to some other daemon. */
const overriding = [
  'CLIENT_ID',
  'CLIENT_SECRET',
  'CLIENT_SECRET_FILE',
  'CLIENT_SECRET_FROM',
  'CLIENT_SECRET_SECONDARY',
  'CLIENT_SECRET_SECONDARY_FILE',
  'CLIENT_SECRET_SECONDARY_FROM',
  'CERT',
  'CERT_FILE',
  'CERT_FROM',
  'CERT_PRIVATE_KEY',
  'CERT_PRIVATE_KEY_FILE',
  'CERT_PRIVATE_KEY_FROM',
  'CLIENT_CERTIFICATE',
  'CLIENT_CERTIFICATE_FILE',
  'CLIENT_CERTIFICATE_FROM',
  'FEDERATED_TOKEN',
  'FEDERATED_TOKEN_FILE',
  'FEDERATED_TOKEN_FROM',
  'MANAGED_IDENTITY',
  'TOKEN_CACHE',
  'AUTHORITY',
  'SCOPES',
  'API_ENDPOINT',
  'CA_FILE',
  'AZURE_CLIENT_ID',
  'AZURE_CLIENT_SECRET',
  'AZURE_TENANT_ID',
  'AZURE_AUTHORITY_HOST',
] as const

/**
 * Runs `node . --op getToDos` as its own process, its output going where ours goes. Resolves to its exit code;
 * `signal` ends it as Ctrl-C would.
 */
export function runDaemon(
  settingsFile: string,
  surroundings: { environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<number> {
  const { signal } = surroundings
  const environment = { ...surroundings.environment }
  for (const name of overriding) delete environment[name]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['.', '--op', 'getToDos', '--config', settingsFile], {
      cwd: folder(),
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const interrupt = () => child.kill('SIGINT')
    signal.addEventListener('abort', interrupt, { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      signal.removeEventListener('abort', interrupt)
      resolve(code ?? 1)
    })
  })
}

/** The names of settings in the environment that outrank the file that `up` writes. */
export function overridingSettings(environment: NodeJS.ProcessEnv): string[] {
  return overriding.filter((name) => environment[name] !== undefined)
}
