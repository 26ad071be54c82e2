import { X509Certificate } from 'node:crypto'
import { idOfCertificate } from './credential-difference.js'
import type {
  DesiredApplication,
  DesiredFederatedCredential,
  DesiredSecret,
  GeneratedCertificate,
} from './desired-state.js'
import type { GraphAnswer, GraphClient, GraphRequest } from './graph/client.js'
import {
  readApplication,
  readKeyCredentials,
  readNewPassword,
  readServicePrincipalId,
} from './graph/directory-objects.js'
import { GraphError } from './graph/error.js'
import { keyLiteral } from './graph/odata.js'
import { applicationPath, assignmentsPath, federatedCredentialsPath, servicePrincipalPath } from './observe.js'
import type { CertificateStore, SecretStore, StoredCertificate, StoredSecret } from './secrets.js'
import { type Action, type Step, usualAudience } from './steps.js'

/** The ids an application has in the directory. */
export interface Identity {
  readonly appId: string
  readonly objectId: string
  readonly servicePrincipalId: string | undefined
}

export interface Performing {
  readonly graph: GraphClient
  readonly secrets: SecretStore
  readonly now: () => Date
  /** By uniqueName; grows with every object that is created. */
  readonly identities: Map<string, Identity>
  /** True once this run has created something: from then on Graph may not know everywhere what it was just told. */
  settling: boolean
}

/** Makes one step true. Finding it already true, because another run was faster, is a success. */
export async function perform(run: Performing, step: Step): Promise<void> {
  switch (step.kind) {
    case 'create application':
      return createApplication(run, step.subject, step.body(appIds(run)))
    case 'update application':
      return updateApplication(run, step.subject, step.body(appIds(run)))
    case 'create service principal':
      return createServicePrincipal(run, step.subject)
    case 'grant':
      return grant(run, step.subject, step)
    case 'revoke':
      return revoke(run, step)
    case 'consent':
      return consent(run, step.subject, step)
    case 'withdraw consent':
      return withdrawConsent(run, step.grantId)
    case 'set federated credential':
      return setFederatedCredential(run, step.subject, step.credential)
    case 'remove federated credential':
      return removeFederatedCredential(run, step.subject, step.id)
    case 'change certificates':
      return changeCertificates(run, step.subject, step)
    case 'create secret':
      return createSecret(run, step.subject, step.secret)
    case 'remove secret':
      return removeSecret(run, step.subject, step.keyId)
  }
}

async function createApplication(run: Performing, uniqueName: string, body: object): Promise<void> {
  const { appId, objectId } = readApplication(await upsert(run, applicationPath({ uniqueName }), body))
  run.identities.set(uniqueName, { appId, objectId, servicePrincipalId: undefined })
}

async function createServicePrincipal(run: Performing, uniqueName: string): Promise<void> {
  const identity = identityOf(run, uniqueName)
  // The tag with which the portal makes a service principal appear under "Enterprise applications".
  const body = { tags: ['WindowsAzureActiveDirectoryIntegratedApp'] }
  const servicePrincipalId = readServicePrincipalId(await upsert(run, servicePrincipalPath(identity.appId), body))
  run.identities.set(uniqueName, { ...identity, servicePrincipalId })
}

/** Creates the object and returns it; when another run created it meanwhile, returns that one. Never makes a second. */
async function upsert(run: Performing, path: string, body: object): Promise<unknown> {
  const answer = await unless(isTwin, send(run, { method: 'PATCH', path, body, createIfMissing: true }))
  run.settling = true
  return answer?.body ?? (await send(run, { method: 'GET', path })).body
}

async function updateApplication(run: Performing, uniqueName: string, body: object): Promise<void> {
  await send(run, { method: 'PATCH', path: objectPath(run, uniqueName), body })
}

async function grant(run: Performing, client: string, { api, appRoleId }: Action & { kind: 'grant' }): Promise<void> {
  const resourceId = servicePrincipalOf(run, api)
  const body = { principalId: servicePrincipalOf(run, client), resourceId, appRoleId }
  await unless(isGranted, send(run, { method: 'POST', path: assignmentsPath(resourceId), body }))
}

async function revoke(run: Performing, { api, assignmentId }: Action & { kind: 'revoke' }): Promise<void> {
  const path = `${assignmentsPath(servicePrincipalOf(run, api))}/${encodeURIComponent(assignmentId)}`
  await unless(isMissing, run.graph.send({ method: 'DELETE', path }))
}

async function consent(run: Performing, client: string, action: Action & { kind: 'consent' }): Promise<void> {
  const scope = action.scopes.join(' ')
  if (action.grantId !== null) {
    await send(run, { method: 'PATCH', path: grantPath(action.grantId), body: { scope } })
    return
  }
  const [clientId, resourceId] = [servicePrincipalOf(run, client), servicePrincipalOf(run, action.api)]
  const body = { clientId, consentType: 'AllPrincipals', principalId: null, resourceId, scope }
  await unless(isGranted, send(run, { method: 'POST', path: '/oauth2PermissionGrants', body }))
}

async function withdrawConsent(run: Performing, grantId: string): Promise<void> {
  await unless(isMissing, run.graph.send({ method: 'DELETE', path: grantPath(grantId) }))
}

function grantPath(grantId: string): string {
  return `/oauth2PermissionGrants/${encodeURIComponent(grantId)}`
}

async function setFederatedCredential(
  run: Performing,
  uniqueName: string,
  { name, issuer, subject, description = '', audience = usualAudience }: DesiredFederatedCredential,
): Promise<void> {
  const path = `${federatedCredentialsPath(identityOf(run, uniqueName).objectId)}(name=${keyLiteral(name)})`
  const body = { issuer, subject, description, audiences: [audience] }
  await send(run, { method: 'PATCH', path, body, createIfMissing: true })
}

async function removeFederatedCredential(run: Performing, uniqueName: string, id: string): Promise<void> {
  const path = `${federatedCredentialsPath(identityOf(run, uniqueName).objectId)}/${encodeURIComponent(id)}`
  await unless(isMissing, run.graph.send({ method: 'DELETE', path }))
}

/** Graph replaces the collection whole, so what stays is read with its bytes and sent again. */
async function changeCertificates(
  run: Performing,
  uniqueName: string,
  { certificate, add, remove }: Action & { kind: 'change certificates' },
): Promise<void> {
  const added = add === null ? undefined : await certificateToAdd(run, uniqueName, certificate, add)
  const path = objectPath(run, uniqueName)
  const { body } = await send(run, { method: 'GET', path: `${path}?$select=keyCredentials` })
  const kept = readKeyCredentials(body).filter(({ keyId }) => !remove.includes(String(keyId)) && keyId !== added?.keyId)
  const keyCredentials = [...kept, ...(added === undefined ? [] : [keyCredential(certificate.displayName, added)])]
  await send(run, { method: 'PATCH', path, body: { keyCredentials } })
}

type ToAdd = Pick<StoredCertificate, 'keyId' | 'certificate'>

async function certificateToAdd(
  run: Performing,
  uniqueName: string,
  wanted: NonNullable<DesiredApplication['certificate']>,
  from: 'new' | 'store' | 'declaration',
): Promise<ToAdd> {
  if ('pem' in wanted) return { keyId: idOfCertificate(wanted.pem), certificate: wanted.pem }
  const store = certificatesOf(run)
  const stored = await store.read(uniqueName)
  if (from === 'store' && stored !== undefined) return stored
  return createCertificate(run, uniqueName, wanted, stored?.retiring)
}

/** The key is stored before the certificate is registered, so no registered certificate is ever without its key. */
export async function createCertificate(
  run: Pick<Performing, 'secrets' | 'now'>,
  uniqueName: string,
  { lifetimeDays }: GeneratedCertificate,
  retiring: StoredCertificate['retiring'] = [],
): Promise<StoredCertificate> {
  const { makeCertificate } = await import('./make-certificate.js')
  const made = await makeCertificate(uniqueName, run.now(), lifetimeDays)
  const stored = { ...made, keyId: idOfCertificate(made.certificate), ...(retiring.length > 0 ? { retiring } : {}) }
  await certificatesOf(run).write(uniqueName, stored)
  return stored
}

function certificatesOf({ secrets }: Pick<Performing, 'secrets'>): CertificateStore {
  if (secrets.certificates === undefined) throw new Error('There is no store for the key of a certificate.')
  return secrets.certificates
}

function keyCredential(displayName: string, { keyId, certificate }: ToAdd): object {
  const key = new X509Certificate(certificate).raw.toString('base64')
  return { keyId, type: 'AsymmetricX509Cert', usage: 'Verify', displayName, key }
}

export async function createSecret(
  run: Performing,
  uniqueName: string,
  { displayName, lifetimeDays }: DesiredSecret,
  retiring?: StoredSecret['retiring'],
): Promise<void> {
  const endDateTime = new Date(run.now().getTime() + lifetimeDays * 24 * 60 * 60 * 1000).toISOString()
  const path = `${objectPath(run, uniqueName)}/addPassword`
  const body = { passwordCredential: { displayName, endDateTime } }
  const predecessors = retiring ?? (await run.secrets.read(uniqueName))?.retiring ?? []
  const answer = await send(run, { method: 'POST', path, body })
  const kept = predecessors.length > 0 ? { retiring: predecessors } : {}
  await run.secrets.write(uniqueName, { ...readNewPassword(answer.body), ...kept })
}

async function removeSecret(run: Performing, uniqueName: string, keyId: string): Promise<void> {
  await send(run, { method: 'POST', path: `${objectPath(run, uniqueName)}/removePassword`, body: { keyId } })
}

function send(run: Performing, request: GraphRequest): Promise<GraphAnswer> {
  return run.graph.send({ ...request, settling: run.settling })
}

async function unless(
  expected: (error: GraphError) => boolean,
  answer: Promise<GraphAnswer>,
): Promise<GraphAnswer | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof GraphError && expected(error)) return undefined
    throw error
  }
}

// Graph answers both with 409 or with 400 and these words, depending on which of its parts notices.
function isTwin({ status, reason }: GraphError): boolean {
  if (status === 409) return true
  return status === 400 && /conflicting object|same value for property uniqueName|already in use/i.test(reason)
}

function isMissing({ status }: GraphError): boolean {
  return status === 404
}

function isGranted({ status, reason }: GraphError): boolean {
  return status === 409 || (status === 400 && /already exists/i.test(reason))
}

function appIds({ identities }: Performing): (uniqueName: string) => string | undefined {
  return (uniqueName) => identities.get(uniqueName)?.appId
}

function objectPath(run: Performing, uniqueName: string): string {
  return `/applications/${encodeURIComponent(identityOf(run, uniqueName).objectId)}`
}

export function identityOf({ identities }: Pick<Performing, 'identities'>, uniqueName: string): Identity {
  const identity = identities.get(uniqueName)
  if (identity === undefined) throw new Error(`${uniqueName} is used before it was created`)
  return identity
}

export function servicePrincipalOf(run: Pick<Performing, 'identities'>, uniqueName: string): string {
  const { servicePrincipalId } = identityOf(run, uniqueName)
  if (servicePrincipalId === undefined)
    throw new Error(`The service principal of ${uniqueName} is used before it was created`)
  return servicePrincipalId
}
