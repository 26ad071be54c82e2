import { join, relative } from 'node:path'
import type { Fit } from './fit.js'
import { isPlaceholder, type Kind, placeOf, type Setting, type Unread } from './setting.js'
import type { NewValue, NotPassed, Passed } from './values.js'

/** What was found, what was made of it, and what could not be. Holds no secret. */
export interface Report {
  readonly folder: string
  /** Null where nothing was made. */
  readonly data: string | null
  readonly fit: Fit
  readonly tenantId: string | null
  readonly found: readonly Setting[]
  readonly applications: readonly {
    readonly name: string
    readonly folder: string | null
    readonly appId: string | null
    readonly given: boolean
  }[]
  readonly passed: readonly (Passed & { readonly program: string; readonly folder: string })[]
  readonly notPassed: readonly (NotPassed & { readonly program: string; readonly inBrowser: boolean })[]
  readonly beyondReach: readonly string[]
  readonly unread: readonly Unread[]
  readonly changes: number
}

const words: Readonly<Record<Kind, string>> = {
  authority: 'authority',
  subdomain: "tenant's subdomain",
  tenantId: "tenant's id",
  domain: "tenant's domain",
  clientId: 'client id',
  clientSecret: 'client secret',
  certificate: 'certificate',
  scope: 'scope',
  offeredScope: 'scope it offers',
  offeredRole: 'app role it offers',
  audience: 'audience',
  redirectUri: 'redirect URI',
  endpoint: 'address of an API',
  tlsCheck: 'switch of TLS checks',
}

/** For a program. */
export function reportAsJson({ fit, found, passed, notPassed, unread, ...report }: Report): string {
  const body = {
    folder: report.folder,
    data: report.data,
    tenant: { subdomain: fit.subdomain, tenantId: report.tenantId },
    applications: report.applications,
    found: found.map(({ file, line, name, kind, variable, ...setting }) => {
      const value = shown({ kind, ...setting })
      return { file, line, name, kind, value, placeholder: isOpen(setting), variable }
    }),
    decided: fit.decided,
    passed: passed.map(({ variable, value, program }) => ({ program, variable, value: textOf(value) })),
    notPassed: notPassed.map(({ setting: { file, line, name }, value, program }) => {
      return { program, file, line, name, value: textOf(value) }
    }),
    beyondReach: report.beyondReach,
    unread,
    changes: report.changes,
  }
  return `${JSON.stringify(body, null, 2)}\n`
}

/** For a person. */
export function reportAsText(report: Report, program: string): string {
  const { folder, data, fit, found, applications, passed, notPassed, beyondReach, unread } = report
  const widest = Math.max(...found.map((setting) => placeOf(setting).length))
  const where = data === null ? 'to be made' : `in ${data}`
  return [
    `Found in ${folder}:`,
    ...found.map((setting) => `  ${placeOf(setting).padEnd(widest)}  ${words[setting.kind]}: ${described(setting)}`),
    '',
    `Tenant ${fit.subdomain} (${report.tenantId ?? 'with an id of its own'}), ${where}:`,
    ...applications.map(({ name, appId, given, folder: own }) => {
      const id = appId === null ? 'gets an id of its own' : `${appId}, ${given ? 'as its files say' : 'made up'}`
      return `  ${name}${own === null ? ', which no file describes' : ''}: ${id}`
    }),
    ...fit.decided.map((decision) => `  ${decision}.`),
    '',
    ...(passed.length > 0
      ? ['Passed by tenantry run:']
      : notPassed.length > 0
        ? []
        : ['Nothing has to be passed: the files say it all.']),
    ...passed.map(({ variable, value, folder: own }) => `  ${own || '.'}: ${variable}=${written(value)}`),
    ...notPassed.map((one) => `! ${remedy(one)}`),
    ...beyondReach.map((one) => `! ${one}.`),
    ...unread.map((one) => `! ${placeOf(one)} was not read: ${one.why}.`),
    '',
    `No file was changed.${data === null ? '' : ` Next: ${nextStep(report, program)}`}`,
    '',
  ].join('\n')
}

const written = (value: NewValue) => textOf(value) ?? `(a client secret, not shown)`
const textOf = (value: NewValue) => ('text' in value ? value.text : null)

/** Whether the file leaves the value to whoever uses it: a placeholder somewhere in it, or nothing. */
const isOpen = ({ value }: Pick<Setting, 'value'>) =>
  isPlaceholder(value) || value.split(/[/.:]+/).some((part) => /^(enter|your|add|replace)_|_here$|^<.*>$/i.test(part))

/** A query may hold a key, and a file anything at all. */
function shown({ kind, value }: Pick<Setting, 'kind' | 'value'>): string | null {
  if (kind === 'clientSecret' || kind === 'certificate') return null
  const [bare = ''] = value.split('?')
  return bare.slice(0, 200).replaceAll(/\p{Cc}/gu, '?')
}

function described(setting: Setting): string {
  const value = shown(setting)
  const text = value === null ? (isPlaceholder(setting.value) ? 'a placeholder' : 'given, not shown') : value
  const isOffer = setting.kind === 'offeredScope' || setting.kind === 'offeredRole'
  const named = setting.variable === null || setting.variable === setting.name || isOffer
  const variable = named ? '' : `, unless ${setting.variable} is set`
  const state = value !== null && value !== '' && isOpen(setting) ? ' (a placeholder)' : ''
  return `${text === '' ? 'nothing' : text}${state}${variable}`
}

function remedy({ setting, value, inBrowser }: Report['notPassed'][number]): string {
  const text = textOf(value)
  const write = text === null ? 'write the one there that secrets.json of the data folder has' : `write ${text} there`
  const read = `have it ask the environment for ${variableFor(setting)} first and adopt again, or `
  const next = /\.[cm]?js$/.test(setting.file) && !inBrowser ? `${read}${write}` : write
  return `${placeOf(setting)}: ${setting.name} takes no value from the environment, and stays as it is. Next: ${next}.`
}

/** A name that is understood when the folder is adopted again. */
function variableFor({ name, kind }: Setting): string {
  if (/^[A-Z][A-Z0-9_]+$/.test(name)) return name
  return kind === 'subdomain' ? 'TENANT_SUBDOMAIN' : kind.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function nextStep({ folder, data, fit, passed }: Report, program: string): string {
  const starts = fit.members.map((member) => member.program).find(({ isApi, kind }) => !isApi && kind !== 'browser')
  const first = starts?.folder ?? passed[0]?.folder ?? ''
  const own = relative('.', join(folder, first))
  const enter = own === '' ? '' : `cd ${/^[\w./-]+$/.test(own) ? own : `"${own}"`} && `
  const usual = data === join(folder, '.tenantry')
  const options = [...(usual ? [] : [`--data "${data}"`]), ...(fit.todolistApi === null ? [] : ['--todolist-api'])]
  return `${enter}${[program, 'run', ...options, '--'].join(' ')} <program>`
}
