import type { CredentialSource } from './credential-source.js'

/** What kind of credential a source holds and which setting, from where, names it; never what it is. */
export function describeSource(source: CredentialSource): { kind: string; setting: string; origin: string } {
  const { setting, origin } = namedBy(source) ?? { setting: '', origin: '' }
  return { kind: source.kind, setting, origin }
}

function namedBy(source: CredentialSource): { setting: string; origin: string } | undefined {
  switch (source.kind) {
    case 'secret':
      return source.secret
    case 'certificate':
      return source.certificate ?? source.privateKey
    case 'federated token file':
      return source.token
    case 'managed identity':
      return source
  }
}
