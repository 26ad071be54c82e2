import { X509Certificate } from 'node:crypto'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { apiPortIn, tenantPortIn, webPortIn } from '../ports-in-folder.js'
import { namesJavaStore } from '../run/environment.js'
import { coversMicrosoft } from '../run/microsoft-hosts.js'
import { readNoProxy } from '../run/user-proxy.js'
import { programName } from '../spelling.js'
import type { Listener } from './listener.js'
import type { Project } from './project.js'

/** Something that is not as it should be, and the command or the change that mends it. */
export interface Problem {
  readonly what: string
  readonly next: string
}

/** What the checks look at. */
export interface Patient {
  readonly environment: NodeJS.ProcessEnv
  /** Null where there is no data folder yet. */
  readonly folder: DataFolder | null
  /** The folder as the person wrote it. */
  readonly data: string
  readonly project: Project
  readonly now: Date
  listener(port: number): Promise<Listener>
  /** Whether a process lives. */
  alive(processId: number): boolean
  entries(): readonly string[]
  /** Whether there is a file or folder of that path. */
  exists(path: string): boolean
}

export interface Check {
  readonly name: string
  look(patient: Patient): Promise<readonly Problem[]> | readonly Problem[]
}

/** Every check, in the order in which they are told. */
export const checks: readonly Check[] = [
  { name: 'Ports', look: busyPorts },
  { name: 'Trust', look: trustOverridden },
  { name: 'Node options', look: nodeOptionsOverwritten },
  { name: 'Proxy', look: proxyConflicts },
  { name: 'MSAL and authority', look: refusedIssuer },
  { name: 'Clock', look: clockBesideCertificates },
  { name: 'Leftovers', look: leftovers },
]

async function busyPorts({ listener, folder, environment }: Patient): Promise<Problem[]> {
  const servers = [
    { name: 'tenant', own: folder && tenantPortIn(folder), usual: 8443, option: '--port 18443', by: 'the tenant' },
    { name: 'api', own: folder && apiPortIn(folder), usual: 44_351, option: '--api-port 44352', by: 'the API' },
    // It has the API's certificate.
    { name: 'api', own: folder && webPortIn(folder), usual: 3443, option: '--web-port 3444', by: 'the web app' },
  ]
  const problems: Problem[] = []
  for (const { name, own, usual, option, by } of servers) {
    // One that runs elsewhere needs no other port.
    if (own && (await listener(own)) === name) continue
    if ((await listener(usual)) !== 'other') continue
    const what = `another program listens on port ${usual}, which ${by} would take`
    problems.push({ what, next: `${programName(environment)} up ${option}` })
  }
  return problems
}

/** By which programs other than Node are told whom to trust. */
const caVariables = ['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE']

function trustOverridden({ environment, data, project: { scripts }, exists }: Patient): Problem[] {
  const problems: Problem[] = Object.entries(scripts).flatMap(([script, text]) =>
    caVariables
      .filter((name) => new RegExp(`\\b${name}=`).test(text))
      .map((name) => ({
        what: `the script ${script} in package.json sets ${name}, and with it what tenantry run puts there is lost`,
        next: `take ${name} out of the script ${script}, and set it where tenantry run is called, which adds to it`,
      })),
  )
  for (const name of [...caVariables, 'NODE_EXTRA_CA_CERTS']) {
    const path = environment[name] ?? ''
    if (path === '' || exists(path)) continue
    problems.push({ what: `${name} names ${path}, which does not exist`, next: `unset ${name}` })
  }
  if (environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
    const what = 'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody pose as any server'
    problems.push({ what, next: 'unset NODE_TLS_REJECT_UNAUTHORIZED' })
  }
  if (namesJavaStore(environment['JAVA_TOOL_OPTIONS'])) {
    const what = 'JAVA_TOOL_OPTIONS names a trust store of its own, which does not hold the development CA'
    const next = `keytool -importcert -noprompt -alias tenantry -file ${data}/ca.pem -keystore <that store>`
    problems.push({ what, next })
  }
  return problems
}

function nodeOptionsOverwritten({ project: { scripts, npmNodeOptions } }: Patient): Problem[] {
  const setting = Object.entries(scripts).filter(([, text]) => /\bNODE_OPTIONS=(?!["']?\$\{?NODE_OPTIONS)/.test(text))
  const problems = setting.map(([name]) => ({
    what: `the script ${name} in package.json replaces NODE_OPTIONS, and with it what tenantry run puts there`,
    next: `write NODE_OPTIONS="$NODE_OPTIONS …" in the script ${name}`,
  }))
  if (!npmNodeOptions) return problems
  const what = '.npmrc sets node-options, with which npm replaces NODE_OPTIONS in every script'
  return [...problems, { what, next: 'npm config delete node-options --location=project' }]
}

function proxyConflicts({ environment }: Patient): Problem[] {
  const covering = readNoProxy(environment).filter(coversMicrosoft)
  const problems = covering.map((entry) => ({
    what: `NO_PROXY has ${entry}, which tenantry run leaves out: calls to Microsoft would go past the tenant`,
    next: `take ${entry} out of NO_PROXY`,
  }))
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']) {
    if (!/^(https|socks\w*):\/\//i.test(environment[name] ?? '')) continue
    const what = `${name} names a proxy that is not reached by plain HTTP, and tenantry run does not start behind it`
    problems.push({ what, next: `export ${name}=http://<host>:<port>, or unset ${name}` })
  }
  return problems
}

/** The first MSAL Node that refuses an issuer on another host than the authority's. */
const refusing = [5, 2, 1]

function refusedIssuer({ project: { msalNode, authorities } }: Patient): Problem[] {
  if (msalNode === null || isBefore(msalNode, refusing)) return []
  return authorities
    .filter(({ url }) =>
      /^https:\/\/(?![0-9a-f-]{36}\.)[a-z0-9-]+\.ciamlogin\.com\/?([a-z0-9-]+\.onmicrosoft\.com\/?)?$/i.test(url),
    )
    .map(({ file, url }) => ({
      what: `${file} has the authority ${url}, whose issuer MSAL Node ${msalNode} refuses (endpoints_resolution_error), here and in the cloud`,
      next: `write ${url.replace(/(\.com)\/.*$/, '$1')}/<tenant id> there`,
    }))
}

function isBefore(version: string, limit: readonly number[]): boolean {
  const numbers = version.split(/[.-]/).slice(0, limit.length).map(Number)
  const at = numbers.findIndex((number, index) => number !== limit[index])
  return at >= 0 && (numbers[at] ?? 0) < (limit[at] ?? 0)
}

function clockBesideCertificates({ folder, data, now }: Patient): Problem[] {
  const root = folder?.read('ca.pem')
  if (root === undefined) return []
  const { validFrom, validTo } = new X509Certificate(root)
  if (now >= new Date(validFrom) && now <= new Date(validTo)) return []
  const what = `the clock says ${now.toISOString()}, and the development CA is valid from ${validFrom} to ${validTo}`
  return [{ what, next: `set the clock, or rm ${data}/ca*.pem and start again if it is right` }]
}

function leftovers({ data, entries, alive }: Patient): Problem[] {
  const folders = entries().filter((name) => /^run-\d+$/.test(name))
  const dead = folders.filter((name) => !alive(Number(name.slice('run-'.length))))
  return dead.map((name) => ({
    what: `${data}/${name} is left of a run that was killed`,
    next: `rm -r ${data}/${name}`,
  }))
}
