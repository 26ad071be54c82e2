import { openDevelopmentCa } from '@tenantry/local-tenant'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { openLocalPlace } from '../apps/local-place.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { seedTodos, startApi } from '../processes/api.js'
import { apiEnvironment } from '../settings.js'
import { tutorialTodos } from '../tutorial/todos.js'
import type { Surroundings } from '../up.js'
import { type Adoption, adoptedFor, readAdoptions } from './record.js'

export interface StandInOptions {
  readonly folder: DataFolder
  readonly workingFolder: string
  /** Of the tenant that runs. */
  readonly tenantPort: number
  /** Null: the one that the programs of the folder call. */
  readonly port: number | null
  /** By which the API, too, finds the tenant under the names of Microsoft's hosts. */
  readonly environment: NodeJS.ProcessEnv
}

/** The ToDoList API of ours in place of one that an adopted program calls. */
export interface StandIn {
  /** For the program, where it can be told another address than the one in its files. */
  readonly variables: Readonly<Record<string, string>>
  readonly notices: readonly string[]
  stop(): Promise<void>
}

const usualPort = 44_351

/**
 * Starts the ToDoList API as the application that the adopted programs of the working folder call, on a certificate of the
 * development CA and with the tutorial's to-dos. Throws a Failure where no adopted program calls it, or its port cannot be had.
 */
export async function startTodolistApi(options: StandInOptions, surroundings: Surroundings): Promise<StandIn> {
  const { folder, workingFolder, tenantPort, environment } = options
  const { terminal } = surroundings
  const { adoption, programs, clientId } = calling(folder, workingFolder)
  const endpoint = programs.map((program) => program.endpoint).find((one) => one !== null) ?? null
  const port = options.port ?? portOf(endpoint?.address) ?? usualPort
  const ca = await openDevelopmentCa(folder, () => new Date())
  const { files } = await ca.certificateFor('api', ['localhost', '127.0.0.1', '::1'])
  if (files === null) throw new Error('The CA keeps no files although it was given a folder.')
  const settings = apiEnvironment(environment, {
    AUTHORITY: adoption.authority,
    TENANT_ID: adoption.tenantId,
    CLIENT_ID: clientId,
    DATABASE_FILE: folder.file(`todolist-${adoption.tenantId}.db`),
    HOST: 'localhost',
    PORT: String(port),
    TLS_CERT_FILE: files.chain,
    TLS_KEY_FILE: files.key,
    CA_FILE: folder.file('ca.pem'),
  })
  const place = { file: null, data: folder.path, port: tenantPort, tenant: adoption.tenantId, cloud: null }
  const { graph } = await openLocalPlace(place, { ...surroundings, stdout: terminal, confirm: null })
  await seedTodos(settings, await tutorialTodos(graph))
  const api = await startApi(settings, (text) => terminal.write(text))
  return { ...addressed(endpoint, api.url), stop: () => api.stop() }
}

function calling(folder: DataFolder, workingFolder: string) {
  const adopted = adoptedFor(readAdoptions(folder), workingFolder)
  const clientId = adopted?.adoption.todolistApi
  if (adopted !== undefined && clientId !== null && clientId !== undefined) return { ...adopted, clientId }
  const why =
    adopted === undefined
      ? `nothing that was adopted in ${folder.path} covers ${workingFolder}`
      : `no program adopted from ${adopted.adoption.folder} calls a ToDoList API`
  const next = adopted === undefined ? 'run tenantry adopt . first' : 'leave out --todolist-api'
  throw new Failure(exitCodes.configuration, why, next)
}

function portOf(address: string | undefined): number | undefined {
  if (address === undefined) return undefined
  const { hostname, port, protocol } = new URL(address)
  return protocol === 'https:' && hostname === 'localhost' ? Number(port || 443) : undefined
}

type Endpoint = Adoption['programs'][number]['endpoint']

function addressed(endpoint: Endpoint, url: string): Pick<StandIn, 'variables' | 'notices'> {
  const address = `${url}/api/todolist`
  if (endpoint === null || endpoint.address === address) return { variables: {}, notices: [] }
  if (endpoint.variable !== null) return { variables: { [endpoint.variable]: address }, notices: [] }
  const notice = `The program calls ${endpoint.address} and cannot be told that the ToDoList API is at ${address}. Next: leave out --api-port`
  return { variables: {}, notices: [notice] }
}
