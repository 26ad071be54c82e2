/** Where the applications are registered, and from which file. */
export interface AppsOptions {
  /** The declaration; null: `tenantry.apps.json` of the current folder, or else the tutorial's. */
  readonly file: string | null
  /** Folder for credentials and state; the local tenant's own, when it is that one. */
  readonly data: string
  /** Port of the local tenant; null: the one that its folder knows. */
  readonly port: number | null
  /** Subdomain or id of the tenant; null: the only one that runs here. */
  readonly tenant: string | null
  /** null: the local tenant. */
  readonly cloud: CloudOptions | null
}

export interface CloudOptions {
  readonly graphUrl: string
  /** null: `<tenant>.ciamlogin.com` for applications, login.microsoftonline.com for the operator. */
  readonly loginUrl: string | null
  /** Name of the environment variable that holds a token for Graph. */
  readonly graphTokenEnv: string | null
  readonly operatorClientId: string
}

export type Output = 'text' | 'json'

export function readOutput(text: string): Output {
  if (text === 'text' || text === 'json') return text
  throw new RangeError('an output is text or json')
}

export const usualGraphUrl = 'https://graph.microsoft.com/v1.0'
/** Microsoft Graph Command Line Tools, which every tenant knows. */
export const usualOperatorClientId = '14d82eec-204b-4c2f-b7e8-296a70dab67e'
