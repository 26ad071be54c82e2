/** What a client may learn about an API before it has a token (RFC 9728 §2). */
export interface ProtectedResource {
  /** Where on the API's host the document belongs, `/.well-known/oauth-protected-resource` and the API's own path (§3.1). */
  readonly path: string
  /** The address that challenges carry as `resource_metadata`. */
  readonly url: string
  readonly document: {
    readonly resource: string
    /** Empty until the issuer is known, or when any tenant's tokens are accepted. */
    readonly authorization_servers: readonly string[]
    readonly scopes_supported: readonly string[]
    readonly bearer_methods_supported: readonly ['header']
  }
}

const wellKnown = '/.well-known/oauth-protected-resource'

/** Throws a TypeError unless the value is missing or an https address without query and fragment (RFC 9728 §1.2). */
export function readProtectedResource(value: string | undefined): URL | null {
  if (value === undefined) return null
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  if (url?.protocol === 'https:' && url.username + url.password + url.search + url.hash === '') return url
  throw new TypeError(`resource: ${JSON.stringify(value)} is not an https address without user, query and fragment.`)
}

export function describeProtectedResource(
  resource: URL,
  { issuers, audience, scopes }: { issuers: readonly string[]; audience: string; scopes: readonly string[] },
): ProtectedResource {
  return {
    ...metadataLocation(resource),
    document: {
      resource: `${resource.origin}${ownPath(resource)}`,
      authorization_servers: issuers,
      // As a client has to ask Entra for them: the resource, a slash, the scope's name.
      scopes_supported: scopes.map((scope) => `${audience}/${scope}`),
      bearer_methods_supported: ['header'],
    },
  }
}

export function metadataLocation(resource: URL): { path: string; url: string } {
  const path = `${wellKnown}${ownPath(resource)}`
  return { path, url: `${resource.origin}${path}` }
}

function ownPath({ pathname }: URL): string {
  return pathname === '/' ? '' : pathname
}
