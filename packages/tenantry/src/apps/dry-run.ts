import type { GraphAnswer, GraphClient, GraphRequest, SecretStore } from '@tenantry/app-registration'
import type { Terminal } from '../steps.js'

/**
 * A Graph that is read and never written: each call is shown, and a write is answered with names in angle brackets
 * where Graph would give ids. Shows no token, because it never sees one.
 */
export function dryRun(graph: GraphClient, to: Terminal): GraphClient {
  return {
    async send(request) {
      to.write(shown(request))
      return request.method === 'GET' && !isMadeUp(request.path) ? graph.send(request) : answer(request)
    },
    async list(path) {
      to.write(shown({ method: 'GET', path }))
      return graph.list(path)
    },
  }
}

/** Keeps what it is given until the process ends, over what is really stored. */
export function dryStore(store: SecretStore): SecretStore {
  return {
    ...overlay(store),
    ...(store.certificates === undefined ? {} : { certificates: overlay(store.certificates) }),
  }
}

function overlay<T>(store: {
  read(name: string): Promise<T | undefined>
  write(name: string, value: T): Promise<void>
}) {
  const kept = new Map<string, T>()
  return {
    read: async (name: string) => kept.get(name) ?? store.read(name),
    write: async (name: string, value: T) => void kept.set(name, value),
  }
}

function shown({ method, path, body, createIfMissing }: GraphRequest): string {
  const prefer = createIfMissing ? '\n  Prefer: create-if-missing' : ''
  const content = body === undefined ? '' : `\n  ${JSON.stringify(body)}`
  return `${method} ${decodeURIComponent(path)}${prefer}${content}\n`
}

function isMadeUp(path: string): boolean {
  return path.includes('%3C')
}

function answer({ method, path, body }: GraphRequest): GraphAnswer {
  if (method === 'GET') return { status: 200, body: { keyCredentials: [] } }
  const [, key = ''] = /'(.*)'\)$/.exec(decodeURIComponent(path)) ?? []
  if (path.startsWith('/applications(')) {
    return { status: 201, body: { ...body, id: `<object id of ${key}>`, appId: `<appId of ${key}>` } }
  }
  if (path.startsWith('/servicePrincipals(')) return { status: 201, body: { id: `<service principal of ${key}>` } }
  if (path.endsWith('/addPassword')) {
    return { status: 200, body: { keyId: '<key id>', secretText: '<secret>', endDateTime: '9999-12-31T00:00:00Z' } }
  }
  return { status: 204, body: undefined }
}
