import { refusal } from '../errors/aadsts.js'
import type { Answer, Call } from '../listener/call.js'
import { hostFamily } from '../listener/hosts.js'

/** The names of Microsoft's public cloud; a client that knows one of them knows them all. */
const publicCloud = ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net']

/**
 * GET /common/discovery/instance: tells a client which names mean the authority that it asks about. The answer leads back to
 * that very authority, tenant included: old clients follow `tenant_discovery_endpoint` without looking. Throws EntraError
 * (AADSTS50049) for an authority that is none of ours.
 */
export function instanceDiscovery(call: Call): Answer {
  const asked = readAuthority(call.query.get('authorization_endpoint'))
  if (asked === undefined) throw refusal('unknownInstance', {})
  const { host, tenant } = asked
  const isPublicCloud = publicCloud.includes(host)
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `https://${host}/${tenant}/v2.0/.well-known/openid-configuration`,
      'api-version': call.query.get('api-version') === '1.0' ? '1.0' : '1.1',
      metadata: [
        {
          preferred_network: isPublicCloud ? 'login.microsoftonline.com' : host,
          preferred_cache: isPublicCloud ? 'login.windows.net' : host,
          aliases: isPublicCloud ? publicCloud : [host],
        },
      ],
    },
  }
}

function readAuthority(endpoint: string | null): { host: string; tenant: string } | undefined {
  if (endpoint === null || !URL.canParse(endpoint)) return undefined
  const { protocol, host, pathname } = new URL(endpoint)
  const [, tenant] = /^\/([\w.-]{1,128})\/oauth2\//.exec(pathname) ?? []
  const known = publicCloud.includes(host) || isLoginHost(host)
  return protocol === 'https:' && known && tenant !== undefined ? { host, tenant } : undefined
}

function isLoginHost(host: string): boolean {
  const family = hostFamily(host)
  return family !== undefined && family.kind !== 'graph'
}
