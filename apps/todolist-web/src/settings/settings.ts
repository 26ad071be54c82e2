/** What the page needs to know, none of it secret. The names are those that the daemon and the API know too. */
export interface WebSettings {
  /** `https://<host>/<tenant id>`. */
  readonly authority: string
  readonly clientId: string
  /** Delegated permissions of the API, each with its resource. At least one. */
  readonly scopes: readonly string[]
  /** Where the list of to-dos is. */
  readonly api: string
}

/** One or more settings are missing or wrong; the message names all of them and what to put there. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const longest = 4096

/** Where a person finds each value. */
const places = {
  AUTHORITY: 'https://<subdomain>.ciamlogin.com/<tenant id>, both from the Overview page of the tenant',
  CLIENT_ID: "the Application (client) ID on the Overview page of the web app's registration",
  SCOPES: 'what the web app may ask of the API, for instance api://<client ID of the API>/ToDoList.ReadWrite',
  API_ENDPOINT: 'the address of the to-do list, for instance https://localhost:44351/api/todolist',
} as const

type Name = keyof typeof places

/**
 * Reads AUTHORITY, CLIENT_ID, SCOPES (with spaces between them) and API_ENDPOINT; what else there is does not matter.
 * `origin` says in the message where the values came from. Throws SettingsError. Does not ask whether the values are true.
 */
export function readSettings(values: Readonly<Record<string, unknown>>, origin: string): WebSettings {
  const problems: string[] = []
  const read = <Value>(name: Name, take: (text: string) => Value | undefined): Value | undefined => {
    const problem = problemOf(values[name])
    const value = problem === undefined ? take(String(values[name]).trim()) : undefined
    if (value === undefined) problems.push(`${name} in ${origin} ${problem ?? 'is not usable'}; put ${places[name]}`)
    return value
  }
  const authority = read('AUTHORITY', readAuthority)
  const clientId = read('CLIENT_ID', (text) => (guid.test(text) ? text.toLowerCase() : undefined))
  const scopes = read('SCOPES', readScopes)
  const api = read('API_ENDPOINT', (text) => readAddress(text)?.href)
  if (!authority || !clientId || !scopes || !api) throw new SettingsError(`${problems.join('. ')}.`)
  return { authority, clientId, scopes, api }
}

/** The settings as the page reads them again. */
export function writtenSettings({ authority, clientId, scopes, api }: WebSettings): Record<Name, string> {
  return { AUTHORITY: authority, CLIENT_ID: clientId, SCOPES: scopes.join(' '), API_ENDPOINT: api }
}

/** The hosts that issue the tenant's tokens. A tenant in the cloud also answers, and names itself as issuer, at its id. */
export function authorityHosts({ authority }: WebSettings): readonly string[] {
  const { host, pathname } = new URL(authority)
  const own = `${pathname.slice(1)}.ciamlogin.com`
  return host.endsWith('.ciamlogin.com') && host !== own ? [host, own] : [host]
}

function problemOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return 'is missing'
  if (typeof value !== 'string') return 'is not a text'
  if (value.length > longest) return `is longer than ${longest} characters`
  if (/enter_the_\w+?_here|^your[_-]|\/your_|<[^>]*>/i.test(value)) return 'still is a placeholder'
  return undefined
}

function readAuthority(text: string): string | undefined {
  const url = readAddress(text)
  const tenant = url?.pathname.replace(/^\/|\/$/g, '') ?? ''
  // MSAL takes the issuer of an external tenant only where the authority names the tenant by its id.
  return url !== undefined && guid.test(tenant) ? `${url.origin}/${tenant.toLowerCase()}` : undefined
}

function readScopes(text: string): readonly string[] | undefined {
  const scopes = text.split(/\s+/)
  const resources = new Set(scopes.map((scope) => scope.slice(0, scope.lastIndexOf('/'))))
  const isWhole = scopes.every((scope) => /^(api|https):\/\/[!-~]+\/[^/]+$/.test(scope))
  // A token is for one API.
  return isWhole && resources.size === 1 ? scopes : undefined
}

function readAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'https:' || url.username !== '' || url.search !== '' || url.hash !== '') return undefined
  return url
}
