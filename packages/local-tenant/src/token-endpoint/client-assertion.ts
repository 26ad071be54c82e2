import type { NamedClient } from '../authorization/client.js'
import { refusal } from '../errors/aadsts.js'
import { isSignatureAlgorithm, isSignedWith, signatureAlgorithms, signerOf } from '../signing/jws.js'
import { type Assertion, checkTime, readAssertion } from './assertion.js'
import type { AuthenticationContext } from './authentication-context.js'
import { checkFederatedAssertion } from './federated-assertion.js'
import { signatureRefusal } from './signature-refusal.js'

/**
 * Rejects with EntraError unless the assertion (RFC 7523 §3) proves that the request comes from `client`: signed with one of its
 * certificates, or by the issuer of one of its federated credentials. An assertion may be used again until it expires, as
 * clients do, and may be valid for as long as they like. Resolves to the strength for `azpacr`.
 */
export async function checkClientAssertion(
  text: string,
  client: NamedClient,
  context: AuthenticationContext,
): Promise<'2'> {
  const assertion = readAssertion(text)
  // A client names itself by a GUID; what names itself by a URL is somebody else who vouches for it.
  if (assertion.issuer.startsWith('https://')) await checkFederatedAssertion(assertion, client, context)
  else checkCertificateAssertion(assertion, client, context)
  return '2'
}

/** No document states the order: it goes from what is written on the assertion to what has to be proved. */
function checkCertificateAssertion(assertion: Assertion, client: NamedClient, context: AuthenticationContext): void {
  checkType(assertion)
  checkSignature(assertion, client, context)
  checkTime(assertion, context.now)
  checkAudience(assertion, context)
}

// A header without typ is what clients send that follow RFC 7519 §5.1 rather than this service.
const types: readonly unknown[] = [undefined, 'JWT', 'http://openid.net/specs/jwt/1.0']

function checkType({ jws: { header } }: Assertion): void {
  if (!types.includes(header['typ'])) throw refusal('wrongJwtType', {})
}

function checkSignature(assertion: Assertion, client: NamedClient, { directory }: AuthenticationContext): void {
  const { jws, algorithm } = assertion
  if (!isSignatureAlgorithm(algorithm)) {
    throw refusal('unsupportedAlgorithm', { algorithm, supported: signatureAlgorithms.join(',') })
  }
  const signer = signerOf(jws)
  if (signer === undefined) throw refusal('unnamedKey', {})
  const { appId } = client.servicePrincipal
  checkParties(assertion, appId)
  const key = directory.keyCredentials.find(client.applicationId, signer)
  if (key?.state !== 'valid') throw signatureRefusal(key?.state ?? 'not_found', { signer, appId, key })
  if (!isSignedWith(jws, algorithm, key.publicKey())) {
    throw signatureRefusal('wrong_signature', { signer, appId, key })
  }
}

function checkParties({ issuer, subject }: Assertion, appId: string): void {
  if (issuer !== subject) throw refusal('assertionSubject', {})
  if (issuer.toLowerCase() !== appId) throw refusal('assertionIssuer', {})
}

function checkAudience({ audiences }: Assertion, context: AuthenticationContext): void {
  const accepted = acceptedAudiences(context)
  if (!audiences.some((audience) => accepted.includes(audience.toLowerCase()))) throw refusal('assertionAudience', {})
}

/**
 * Whom an assertion may be made out to: the issuer, or the token endpoint on the host that was asked. MSAL writes the endpoint
 * with the tenant's id or with its domain, whichever its authority has.
 */
function acceptedAudiences({ origin, issuer, directory }: AuthenticationContext): string[] {
  const { tenantId, initialDomain } = directory.organization
  const endpoints = [tenantId, initialDomain].flatMap((tenant) => [
    `${origin}/${tenant}/oauth2/v2.0/token`,
    `${origin}/${tenant}/oauth2/token`,
  ])
  return [...endpoints, issuer.v2, issuer.v1]
}
