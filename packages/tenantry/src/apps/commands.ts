import { command, flag, type Group, list, value } from '../command-line/command.js'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'
import type { ApplyAppsOptions } from './apply.js'
import type { DestroyAppsOptions } from './destroy.js'
import type { ExportAppsOptions } from './export.js'
import type { ImportAppsOptions } from './import.js'
import { type AppsOptions, type Output, readOutput, usualGraphUrl, usualOperatorClientId } from './options.js'
import type { PlanOptions } from './plan.js'
import type { RotateAppsOptions } from './rotate.js'
import type { StatusOptions } from './status.js'

/** What each command of `apps` does. */
export interface AppsCommands {
  plan(options: PlanOptions): Promise<number>
  apply(options: ApplyAppsOptions): Promise<number>
  status(options: StatusOptions): Promise<number>
  rotateSecret(options: RotateAppsOptions): Promise<number>
  rotateCert(options: RotateAppsOptions): Promise<number>
  destroy(options: DestroyAppsOptions): Promise<number>
  export(options: ExportAppsOptions): Promise<number>
  import(options: ImportAppsOptions): Promise<number>
}

export function appsGroup(apps: AppsCommands): Group {
  return {
    name: 'apps',
    summary: 'register the applications of a file through Microsoft Graph, here or in the cloud',
    commands: [
      command({
        name: 'plan',
        summary: 'say what apply would change; exit 10 when that is anything',
        options: { ...place, output },
        run: (values) => apps.plan({ ...placeOf(values), output: values.output }),
      }),
      command({
        name: 'apply',
        summary: 'make the tenant as declared, write the credentials and prove them',
        options: { ...place, output, dryRun: flag('show every call and change nothing') },
        run: (values) => apps.apply({ ...placeOf(values), output: values.output, dryRun: values.dryRun }),
      }),
      command({
        name: 'status',
        summary: 'what is registered, how long its credentials last, what is pending',
        options: { ...place, output },
        run: (values) => apps.status({ ...placeOf(values), output: values.output }),
      }),
      command({
        name: 'rotate-secret',
        summary: 'add a new client secret, prove it, and let the old one retire',
        options: { ...place, ...rotation },
        run: (values) => apps.rotateSecret({ ...placeOf(values), app: values.app, graceDays: values.graceDays }),
      }),
      command({
        name: 'rotate-cert',
        summary: 'the same for a certificate',
        options: { ...place, ...rotation },
        run: (values) => apps.rotateCert({ ...placeOf(values), app: values.app, graceDays: values.graceDays }),
      }),
      command({
        name: 'destroy',
        summary: 'delete what was registered from here, and nothing else',
        options: {
          ...place,
          yes: flag('do not ask'),
          purge: flag('delete for good, instead of leaving it restorable for 30 days'),
        },
        run: (values) => apps.destroy({ ...placeOf(values), yes: values.yes, purge: values.purge }),
      }),
      command({
        name: 'export',
        summary: 'print the declaration in the words of another tool, without secrets',
        options: { file: place.file, to: value('tool', 'az, bicep or terraform', null, readTool) },
        run: ({ file, to }) => {
          if (to !== null) return apps.export({ file, to })
          throw new Failure(exitCodes.usage, 'export needs a tool', 'name it with --to az, bicep or terraform')
        },
      }),
      command({
        name: 'import',
        summary: 'declare applications that exist, as they are, in a new file',
        options: { ...place, app: list('name', 'appId or display name; once for each', String) },
        run: (values) => apps.import({ ...placeOf(values), apps: values.app }),
      }),
    ],
  }
}

const place = {
  file: value('file', 'the declaration (default: tenantry.apps.json here, or else the tutorial)', null, String),
  data: value('folder', 'folder for credentials and state', '.tenantry', readFolder),
  port: value('number', 'port of the local tenant (default: the one its folder knows)', null, readPort),
  tenant: value('name', 'subdomain or id of the tenant', null, (text: string) => text),
  cloud: flag('a tenant in the cloud, instead of the local one'),
  graphUrl: value('url', 'with --cloud: base of Microsoft Graph', usualGraphUrl, String),
  loginUrl: value('url', 'with --cloud: the login host, instead of <tenant>.ciamlogin.com', null, String),
  graphTokenEnv: value('name', 'with --cloud: environment variable that holds a token for Graph', null, String),
  operatorClientId: value('id', 'with --cloud: application to sign in with', usualOperatorClientId, readGuid),
  verbose: flag('print a stack where something fails'),
} as const

const output = value<Output>('form', 'text or json', 'text', readOutput)
const rotation = {
  app: value('name', 'uniqueName (default: the only one that has such a credential)', null, String),
  graceDays: value('days', 'how long the old credential keeps working', 7, readDays),
} as const

interface PlaceValues extends Omit<AppsOptions, 'cloud'> {
  readonly cloud: boolean
  readonly graphUrl: string
  readonly loginUrl: string | null
  readonly graphTokenEnv: string | null
  readonly operatorClientId: string
}

function placeOf({ file, data, port, tenant, cloud, ...settings }: PlaceValues): AppsOptions {
  const { graphUrl, loginUrl, graphTokenEnv, operatorClientId } = settings
  const given = loginUrl !== null || graphTokenEnv !== null || graphUrl !== usualGraphUrl
  if (given && !cloud) {
    throw new Failure(exitCodes.usage, 'that option is for a tenant in the cloud', 'give --cloud along with it')
  }
  const there = cloud ? { graphUrl, loginUrl, graphTokenEnv, operatorClientId } : null
  return { file, data, port, tenant, cloud: there }
}

function readTool(text: string) {
  if (text === 'az' || text === 'bicep' || text === 'terraform') return text
  throw new RangeError('a tool is az, bicep or terraform')
}

function readDays(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 365) return Number(text)
  throw new RangeError('days are a whole number from 0 to 365')
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 1 && port <= 65_535) return port
  throw new RangeError('a port is a number from 1 to 65535')
}

function readFolder(text: string): string {
  if (text.trim() !== '') return text
  throw new RangeError('a folder needs a name')
}

function readGuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  throw new RangeError('an application id is a GUID')
}
