/** What a setting is about, whatever its file calls it. */
export type Kind =
  | 'authority'
  | 'subdomain'
  | 'tenantId'
  | 'domain'
  | 'clientId'
  | 'clientSecret'
  | 'certificate'
  | 'scope'
  | 'offeredScope'
  | 'offeredRole'
  | 'audience'
  | 'redirectUri'
  | 'endpoint'
  | 'tlsCheck'

/** One value that a file gives to a program. */
export interface Setting {
  readonly kind: Kind
  /** Relative to the folder that is adopted, with `/`. */
  readonly file: string
  readonly line: number
  /** As the file calls it: `msalConfig.auth.clientId`, `AzureAd:ClientId`. */
  readonly name: string
  /** Empty where the file names a variable and no value of its own. Never printed of a secret. */
  readonly value: string
  /** The environment variable that is stronger than this value; null where there is none. */
  readonly variable: string | null
  /** Other variables that the value was put together from. */
  readonly madeOf: readonly string[]
}

/** Something in a file that could not be read, and why. Repeats no value. */
export interface Unread {
  readonly file: string
  readonly line: number | null
  readonly why: string
}

export interface Reading {
  readonly settings: readonly Setting[]
  readonly unread: readonly Unread[]
  /** Variables that the file sets for the programs beside it, whatever they are about. */
  readonly variables?: readonly Variable[]
}

export interface Variable {
  readonly file: string
  readonly line: number
  readonly name: string
  readonly value: string
}

/** Scopes and audiences are lists, and often stand in one text. */
export const partsOf = (kind: Kind, value: string): readonly string[] =>
  kind === 'scope' || kind === 'audience' ? value.trim().split(/[\s,]+/) : [value]

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/^(authority|authorityurl|cloudinstance|instance|issuer|issueruri)$/, 'authority'],
  [/^(tenantsubdomain|subdomain|tenantname)$/, 'subdomain'],
  [/^(tenantid|tenant|directoryid)$/, 'tenantId'],
  [/^domain$/, 'domain'],
  [/^(clientid|applicationid|appid|applicationclientid)$/, 'clientId'],
  [/^(clientsecret|applicationsecret|appsecret)$/, 'clientSecret'],
  [/^(clientcertificate|clientcertificates|certthumbprint|clientcertificatepath)$/, 'certificate'],
  [/^(scopes?|apiscopes?)$/, 'scope'],
  [/^(audiences?|validaudiences?|appiduri|applicationiduri)$/, 'audience'],
  [/^(post)?(logout)?redirecturi$/, 'redirectUri'],
  [/^(endpoint|apiendpoint|baseurl|apiurl)$/, 'endpoint'],
  [/^nodetlsrejectunauthorized$/, 'tlsCheck'],
]

/** Whose names of settings begin with these words mean the same without them. */
const prefixes = new Set(
  'vite react app next public ng nuxt expo azure azuread aad ad entra msal ms microsoft oidc oauth oauth2 b2c ciam web'.split(
    ' ',
  ),
)

/** The kind of the setting at `path`, names from the outside in; undefined for one that is none of our business. */
export function kindOf(path: readonly string[], value: string): Kind | undefined {
  const plain = path.map((name) => name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase())
  if (plain.some((name) => /^(apppermissions|applicationpermissions|approles)$/.test(name))) return 'offeredRole'
  if (plain.includes('delegatedpermissions')) return 'offeredScope'
  const named = byName(path.at(-1) ?? '') ?? (plain.includes('scopes') || plain.includes('scope') ? 'scope' : undefined)
  if (named !== undefined) return named
  return /^api:\/\/\S+/i.test(value) ? 'scope' : undefined
}

function byName(name: string): Kind | undefined {
  const words = name.split(/[_\-.\s]+|(?<=[a-z0-9])(?=[A-Z])/).map((word) => word.toLowerCase())
  for (const index of words.keys()) {
    const kind = kinds.find(([pattern]) => pattern.test(words.slice(index).join('')))?.[1]
    if (kind !== undefined) return kind
    if (!prefixes.has(words[index] ?? '')) return undefined
  }
  return undefined
}

/** What people put where a value has to be filled in: `Enter_the_Application_Id_Here`, `<tenant-id>`, `YOUR_SECRET`, nothing. */
export function isPlaceholder(text: string): boolean {
  return (
    text.trim() === '' ||
    /^[<{[(]|[>}\])]$|[_\- ]here\s*$|^x{3,}$|^0{8}-/i.test(text.trim()) ||
    /^(enter|your|my|replace|add|insert|put|paste|change|todo|fill|placeholder|tenant|path)([_\- ]|$)/i.test(
      text.trim(),
    )
  )
}

export const isGuid = (text: string) =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) && !/^0{8}-/.test(text)

/** A file's line, as editors and terminals make a link of it. */
export const placeOf = ({ file, line }: Pick<Unread, 'file' | 'line'>) => (line === null ? file : `${file}:${line}`)
