import { spawnSync } from 'node:child_process'
import { openDataFolder } from '@tenantry/local-tenant/data-folder'
import { usualDataFolder } from '../adopt/record.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { type Ending, runChild } from './child.js'
import type { RunOptions, RunSurroundings } from './run.js'
import { joinTenant } from './tenant-at-hand.js'

export interface IsolatedSurroundings extends RunSurroundings {
  readonly platform: NodeJS.Platform
}

/** A user namespace with a network of its own, in which there is nothing but this machine's loopback (user_namespaces(7)). */
const unshare = ['unshare', '--user', '--map-current-user', '--keep-caps', '--net', '--']
const loopbackUp = 'ip link set lo up || ifconfig lo up'

/**
 * Runs the whole command, tenant and program, where there is no other network than loopback. Linux only. Resolves to how it
 * ended; throws a Failure where the system does not allow it, or where a tenant runs in the folder: it would be out of reach.
 */
export async function runIsolated(options: RunOptions, surroundings: IsolatedSurroundings): Promise<Ending> {
  const { platform, environment, self, workingFolder } = surroundings
  if (platform !== 'linux') {
    throw new Failure(exitCodes.configuration, '--isolated needs Linux', 'leave it out, or run it in a container')
  }
  refuseIfForbidden(environment)
  const folder = openDataFolder(options.data ?? usualDataFolder(workingFolder))
  const running = await joinTenant(folder)
  if (running !== undefined) {
    await running.leave()
    const why = `the tenant that runs in ${folder.path} is out of reach for an isolated program`
    throw new Failure(exitCodes.conflict, why, 'stop it, or choose another folder with --data')
  }
  const { managedIdentity, identitySource } = options
  const identity =
    managedIdentity === null ? [] : [`--managed-identity=${managedIdentity}`, `--identity-source=${identitySource}`]
  const again = [
    'run',
    `--data=${folder.path}`,
    `--port=${options.port}`,
    ...apiFlags(options),
    ...identity,
    '--',
    ...options.command,
  ]
  const script = ['sh', '-c', `(${loopbackUp}) && exec "$@"`, 'sh']
  return runChild([...unshare, ...script, ...self, ...again], surroundings)
}

function apiFlags({ todolistApi }: RunOptions): string[] {
  if (todolistApi === null) return []
  return ['--todolist-api', ...(todolistApi.port === null ? [] : [`--api-port=${todolistApi.port}`])]
}

function refuseIfForbidden(environment: NodeJS.ProcessEnv): void {
  const [file = '', ...args] = unshare
  const { status, stderr, error } = spawnSync(file, [...args, 'sh', '-c', loopbackUp], {
    env: environment,
    encoding: 'utf8',
  })
  if (status === 0) return
  const said = (error?.message ?? stderr.trim().split('\n')[0] ?? '').slice(0, 200)
  const why = `this system gives no network namespace to --isolated (${said})`
  const next =
    'install util-linux and iproute2, allow user namespaces (sysctl kernel.unprivileged_userns_clone or kernel.apparmor_restrict_unprivileged_userns), or leave --isolated out'
  throw new Failure(exitCodes.configuration, why, next)
}
