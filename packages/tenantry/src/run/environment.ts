import { coversMicrosoft, hostPatterns, refusalText } from './microsoft-hosts.js'
import type { TrustFiles } from './trust-files.js'
import { readNoProxy, type UserProxy } from './user-proxy.js'

export interface InterceptionSettings {
  readonly tenantPort: number
  readonly proxyPort: number
  /** PEM of the development CA. */
  readonly ca: string
  readonly userProxy: UserProxy | null
  readonly trust: TrustFiles
  /** The file that every Node program loads first. */
  readonly preload: string
}

/** The user's environment and what makes each runtime come to us, merged: what the user has set stays in force. */
export function interceptedEnvironment(
  user: NodeJS.ProcessEnv,
  settings: InterceptionSettings,
  variables = interceptionVariables(user, settings),
): NodeJS.ProcessEnv {
  const NODE_OPTIONS = joined(requireOption(settings.preload), user['NODE_OPTIONS'])
  return { ...user, NODE_OPTIONS, ...variables }
}

/** What is set for other runtimes than Node. */
export function interceptionVariables(user: NodeJS.ProcessEnv, settings: InterceptionSettings): Record<string, string> {
  const { proxyPort, trust } = settings
  const proxy = `http://127.0.0.1:${proxyPort}`
  const noProxy = direct(user)
  const curlBase = user['CURL_CA_BUNDLE'] ?? user['SSL_CERT_FILE']
  return {
    ...bothCases('HTTPS_PROXY', proxy),
    ...bothCases('NO_PROXY', noProxy),
    // axios before 1.8 and its like send HTTPS in the clear to a proxy; in Node the preload does the proxy's work.
    ...(settings.userProxy === null ? { npm_config_no_proxy: '*' } : {}),
    SSL_CERT_FILE: trust.bundle(user['SSL_CERT_FILE']),
    CURL_CA_BUNDLE: trust.bundle(curlBase),
    // Where the former is missing, Python's requests reads the latter.
    REQUESTS_CA_BUNDLE: trust.bundle(user['REQUESTS_CA_BUNDLE'] ?? user['CURL_CA_BUNDLE']),
    JAVA_TOOL_OPTIONS: joined(user['JAVA_TOOL_OPTIONS'], javaOptions(user['JAVA_TOOL_OPTIONS'] ?? '', settings)),
  }
}

/** `intercept.cjs`, whose text is `interceptor`, told what it has to know, in one file. Node notes in `notes` what it refused. */
export function preloadText(
  { interceptor, notes }: { readonly interceptor: string; readonly notes: string },
  settings: InterceptionSettings,
  variables: Readonly<Record<string, string>>,
): string {
  const { tenantPort: port, proxyPort, ca } = settings
  const [refusal, preload] = [refusalText('{host}'), requireOption(settings.preload)]
  const told = { port, proxyPort, ca, ...hostPatterns, refusal, notes, variables, preload }
  return `${interceptor}
module.exports(${JSON.stringify(told)})
`
}

/** Whether the user's own JAVA_TOOL_OPTIONS name a trust store, which stays and does not hold our CA. */
export const namesJavaStore = (options: string | undefined) => /-Djavax\.net\.ssl\.trustStore=/.test(options ?? '')

function javaOptions(user: string, { proxyPort, trust }: InterceptionSettings): string {
  const proxy = `-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=${proxyPort}`
  if (namesJavaStore(user)) return proxy
  const store = { trustStore: trust.javaStore(), trustStoreType: 'PKCS12', trustStorePassword: 'changeit' }
  const options = Object.entries(store).map(([name, value]) => `-Djavax.net.ssl.${name}=${javaQuoted(value)}`)
  return [proxy, ...options].join(' ')
}

/** This machine, and what the user names, without what would let a call to Microsoft go past us. */
function direct(user: NodeJS.ProcessEnv): string {
  const entries = readNoProxy(user).filter((entry) => !coversMicrosoft(entry))
  return [...new Set(['localhost', '127.0.0.1', '::1', ...entries])].join(',')
}

/** Some programs read the one, some the other, and some prefer the lower case. */
const bothCases = (name: string, value: string) => ({ [name]: value, [name.toLowerCase()]: value })

const joined = (...texts: (string | undefined)[]) => texts.filter((text) => (text ?? '').trim() !== '').join(' ')

const requireOption = (path: string) => `--require ${quoted(path)}`

/** As Node reads NODE_OPTIONS: between quotation marks, with a backslash before either. */
const quoted = (path: string) => `"${path.replaceAll(/["\\]/g, '\\$&')}"`

/** As the JVM reads JAVA_TOOL_OPTIONS: between quotation marks when there is a space. */
const javaQuoted = (path: string) => (/\s/.test(path) ? `"${path}"` : path)
