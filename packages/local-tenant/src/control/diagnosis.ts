import type { Application } from '../directory/applications.js'
import type { Directory } from '../directory/directory.js'
import { aadsts } from '../errors/aadsts.js'
import { isGuid } from '../guid.js'
import type { Granted } from '../token-endpoint/endpoint.js'

const maxLength = 299
const rolesCure = 'run tenantry up, or grant admin consent to an app role through Microsoft Graph'

/** Why a token came without roles although its API offers some; undefined when there is nothing to say. ASCII, below 300 characters. */
export function diagnoseGrant(granted: Granted): string | undefined {
  const { client, resource, roles } = granted
  if (roles.length > 0 || 'user' in granted) return undefined
  const offered = resource.appRoles.some(
    ({ isEnabled, allowedMemberTypes }) => isEnabled && allowedMemberTypes.includes('Application'),
  )
  if (!offered) return undefined
  return plain(`${client.appDisplayName} has no app role assignment on ${resource.appDisplayName}: ${rolesCure}.`)
}

/**
 * What in this tenant's data is behind a refusal of the token endpoint, and what to do next; undefined where its own message
 * says it all. ASCII, below 300 characters, and without anything secret from the request.
 */
export function diagnoseRefusal(code: number, form: URLSearchParams, directory: Directory): string | undefined {
  const diagnosis = diagnoses[code]?.(form, directory)
  return diagnosis === undefined ? undefined : plain(diagnosis)
}

type Diagnosis = (form: URLSearchParams, directory: Directory) => string | undefined

/** By AADSTS code. */
const diagnoses: Readonly<Record<number, Diagnosis>> = {
  [aadsts.missingParameter.code]: () =>
    'Parameters are read from a form alone: content-type application/x-www-form-urlencoded with grant_type, client_id and scope.',
  [aadsts.missingField.code]: () => 'Ask for one API by its identifier URI or app id: scope=<identifier URI>/.default.',
  [aadsts.resourceParameter.code]: () =>
    'The v2.0 endpoint reads scope=<identifier URI>/.default; the parameter resource belongs to /oauth2/token.',
  [aadsts.invalidApplicationId.code]: () => 'client_id has to be the appId of a registration, which is a GUID.',
  [aadsts.applicationNotFound.code]: unknownClient,
  [aadsts.missingServicePrincipal.code]: (form, directory) =>
    `${nameOf(clientOf(form, directory))} is registered but has no service principal: POST /v1.0/servicePrincipals with its appId, or run tenantry up.`,
  [aadsts.applicationDisabled.code]: (form, directory) =>
    `The service principal of ${nameOf(clientOf(form, directory))} is switched off: PATCH it with accountEnabled true.`,
  [aadsts.missingCredential.code]: () => 'Send client_secret, or client_assertion with client_assertion_type.',
  [aadsts.invalidSecret.code]: wrongSecret,
  [aadsts.expiredSecret.code]: (form, directory) =>
    `The secret was right and is over by this tenant's clock: add another one to ${nameOf(clientOf(form, directory))} with addPassword, or set the clock back.`,
  [aadsts.invalidSignature.code]: certificates,
  [aadsts.assertionTime.code]: () =>
    "The assertion is out of date by this tenant's clock: compare it with the client's, or release the tenant's clock.",
  [aadsts.assertionAudience.code]: (_form, { organization }) =>
    `The assertion's aud has to be the token endpoint as the client calls it, with ${organization.tenantId} or ${organization.initialDomain} in it.`,
  [aadsts.invalidScope.code]: () => 'Client credentials name exactly one scope: <identifier URI>/.default.',
  [aadsts.scopeWithoutDefault.code]: () => 'Client credentials name exactly one scope: <identifier URI>/.default.',
  [aadsts.resourceNotFound.code]: unknownResource,
  [aadsts.resourceDisabled.code]: () =>
    "The API's service principal is switched off: PATCH it with accountEnabled true.",
  [aadsts.consentRequired.code]: (form, directory) =>
    `Nobody granted what ${nameOf(clientOf(form, directory))} asks for: POST /v1.0/oauth2PermissionGrants with consentType AllPrincipals.`,
  [aadsts.confidentialClient.code]: (form, directory) =>
    `${nameOf(clientOf(form, directory))} is no public client: PATCH it with isFallbackPublicClient true, or send its secret.`,
  [aadsts.badDeviceCode.code]: () =>
    'The device code is of another client, used up, or from before the tenant was started: begin again at /oauth2/v2.0/devicecode.',
  [aadsts.notAssigned.code]: (form, directory) =>
    `The API requires an assignment and ${nameOf(clientOf(form, directory))} has none: ${rolesCure}.`,
}

function unknownClient(form: URLSearchParams, { applications, servicePrincipals }: Directory): string {
  const id = form.get('client_id') ?? ''
  const byObjectId = isGuid(id) ? applications.find({ objectId: id }) : undefined
  if (byObjectId !== undefined) {
    return `That is the object id of ${nameOf(byObjectId)}; its client id is ${byObjectId.appId}.`
  }
  const principal = isGuid(id) ? servicePrincipals.find({ objectId: id }) : undefined
  if (principal !== undefined) {
    return `That is the object id of the service principal of ${principal.appDisplayName}; its client id is ${principal.appId}.`
  }
  return 'No application of this tenant has that client id: run tenantry up, or compare the settings with GET /v1.0/applications.'
}

function wrongSecret(form: URLSearchParams, directory: Directory): string | undefined {
  const application = clientOf(form, directory)
  if (application === undefined) return undefined
  const secrets = directory.passwords.of(application.objectId)
  const name = nameOf(application)
  if (secrets.length === 0) return `${name} has no secret: add one with addPassword, or run tenantry up.`
  const held = secrets.length === 1 ? 'not the one' : `none of the ${secrets.length}`
  const secret = form.get('client_secret') ?? ''
  if (isGuid(secret)) {
    return `The secret is ${held} of ${name}: it was the secret id (a GUID), the value is shown once when it is made.`
  }
  return `The secret is ${held} of ${name}: take the value shown when it was made, or run tenantry up for a new one.`
}

function certificates(form: URLSearchParams, directory: Directory): string | undefined {
  const application = clientOf(form, directory)
  if (application === undefined) return undefined
  const held = directory.keyCredentials.of(application.objectId).length
  if (held === 0) return `${nameOf(application)} has no certificate: add its public half with PATCH keyCredentials.`
  return `The assertion was not signed with a valid one of the ${held} certificates of ${nameOf(application)}: compare the thumbprints.`
}

function unknownResource(form: URLSearchParams, { applications }: Directory): string {
  const asked = (form.get('scope') ?? form.get('resource') ?? '').trim().replace(/\/\.default$/, '')
  const registered = applications.find({ appId: asked }) ?? applications.findByIdentifierUri(asked)
  if (registered !== undefined) {
    return `${nameOf(registered)} is registered but has no service principal: POST /v1.0/servicePrincipals with its appId, or run tenantry up.`
  }
  // Only names that can be looked up: a tenant may hold a hundred thousand applications.
  for (const uri of similar(asked)) {
    const meant = applications.findByIdentifierUri(uri)
    if (meant !== undefined) return `Only nearly the identifier URI of ${nameOf(meant)}: ask for ${uri}/.default.`
  }
  const id = guidIn(asked)
  const byObjectId = applications.find({ objectId: id })
  if (byObjectId !== undefined)
    return `That is the object id of ${nameOf(byObjectId)}; its app id is ${byObjectId.appId}.`
  const byAppId = applications.find({ appId: id })
  if (byAppId !== undefined) {
    return `${nameOf(byAppId)} has another identifier URI or none: ask for ${byAppId.appId}/.default, or add the URI.`
  }
  return 'No API of this tenant has that identifier URI or app id: run tenantry up, or compare with GET /v1.0/applications.'
}

/** What an identifier URI is often mistaken for: another scheme or none, a slash at its end too many or too few. */
function similar(asked: string): string[] {
  const bare = asked.replace(/^[a-z]+:\/*/i, '').replace(/\/+$/, '')
  return ['api://', 'https://'].flatMap((scheme) => [`${scheme}${bare}`, `${scheme}${bare}/`])
}

const guidIn = (text: string) => /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(text)?.[0] ?? ''

function clientOf(form: URLSearchParams, { applications }: Directory): Application | undefined {
  return applications.find({ appId: form.get('client_id') ?? '' })
}

const nameOf = (application: Application | undefined) => application?.properties.displayName ?? 'the client'

/** Fit for a header: one line of printable ASCII. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxLength)
}
