import type { JsonObject } from '../https/json.js'
import { boolean, eitherBy, listOf, object, oneOf, optional, required, text, wholeNumber } from './shape.js'

/** The file's parts, from the small to the whole. Limits that Graph has are Graph's; the others keep the file readable. */
const line = (description: string, most = 256) =>
  text({ description, most, pattern: '^[^\\p{Cc}]+$', expected: `one line of 1 to ${most} characters` })
const guid = (description: string) =>
  text({
    description,
    most: 36,
    pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    expected: 'a GUID in small letters',
  })
const permissionValue = (description: string) =>
  text({
    description,
    most: 120,
    // Microsoft Graph, resource type appRole, property value.
    pattern: '^(?!\\.)[!#-\\[\\]-~]+$',
    expected: '1 to 120 characters of ASCII without space, " and \\, not beginning with a dot,',
  })
const values = (description: string) => listOf(permissionValue('A value.'), { description, most: 200 })

const appRole = object(
  {
    id: optional(guid('Only for a role that existed before. Left out, it follows from uniqueName and value.')),
    value: required(permissionValue('What stands in the token.')),
    displayName: required(line('What an administrator reads.')),
    description: required(line('What the role allows.', 1000)),
    allowedMemberTypes: required(
      listOf(oneOf(['Application', 'User'], { description: 'A kind of member.' }), {
        description: 'Who can have the role.',
        least: 1,
        most: 2,
      }),
    ),
  },
  { description: 'An application permission, or a role of users.' },
)

const delegatedScope = object(
  {
    id: optional(guid('Only for a scope that existed before. Left out, it follows from uniqueName and value.')),
    value: required(permissionValue('What stands in the token.')),
    type: optional(oneOf(['Admin', 'User'], { description: 'Who can consent; Admin if left out.' })),
    adminConsentDisplayName: required(line('What an administrator reads.', 100)),
    adminConsentDescription: required(line('What the scope allows, for an administrator.', 1000)),
    userConsentDisplayName: optional(line('What a user reads.', 100)),
    userConsentDescription: optional(line('What the scope allows, for a user.', 1000)),
  },
  { description: 'A delegated permission.' },
)

const permission = object(
  {
    application: required(line('uniqueName of an API in this file.')),
    appRoles: optional(values('Application permissions.')),
    delegatedScopes: optional(values('Delegated permissions. Consent to them is for all users.')),
    consent: required(boolean({ description: 'Whether they are granted too (admin consent), or only requested.' })),
  },
  { description: 'Permissions on one API.' },
)

const preAuthorization = object(
  {
    application: required(line('uniqueName of a client in this file.')),
    delegatedScopes: required(values('Scopes of this application.')),
  },
  { description: 'A client whose users are not asked for consent.' },
)

const redirectUri = text({
  description: 'An absolute URI.',
  most: 256,
  pattern: '^[!-~]+$',
  expected: 'an absolute URI',
})
const redirectUris = (description: string) => listOf(redirectUri, { description, most: 256 })

const lifetime = {
  displayName: required(
    line('Names the place that keeps the credential: one of this name that the place does not hold counts as lost.'),
  ),
  lifetimeDays: required(wholeNumber({ description: 'How long a new one lasts.', least: 1, most: 730 })),
  renewBeforeDays: required(
    wholeNumber({ description: 'With no more than these days left it is replaced.', least: 0, most: 729 }),
  ),
}
const secret = object(lifetime, { description: 'A client secret.' })
const generated = object(lifetime, { description: 'A certificate whose key is made and kept here.' })
const given = object(
  {
    displayName: required(line('Other certificates of this name are removed.')),
    file: required(line('PEM file of the certificate, without its key; relative to this file.', 1024)),
  },
  { description: 'A certificate that somebody else made.' },
)

const federatedCredential = object(
  {
    name: required(
      text({
        description: 'Can never be changed.',
        most: 120,
        // What the directory takes (graph docs, resources/federatedidentitycredential).
        pattern: '^[A-Za-z0-9._~-]{3,}$',
        expected: '3 to 120 letters, digits and - . _ ~',
      }),
    ),
    issuer: required(
      text({ description: 'Issuer of the tokens.', most: 600, pattern: '^https://[!-~]+$', expected: 'an https URL' }),
    ),
    subject: required(line('Subject of the tokens.', 600)),
    description: optional(line('What it is for.', 600)),
    audience: optional(line('Audience of the tokens; api://AzureADTokenExchange if left out.', 600)),
  },
  { description: 'Tokens of another issuer that stand in for a credential.' },
)

const application = object(
  {
    uniqueName: required(line('Identifies the application for ever, and seeds the ids of its roles and scopes.')),
    appId: optional(guid('Of an application that existed before: found by this id, and never created.')),
    displayName: required(line('What people read.')),
    signInAudience: optional(oneOf(['AzureADMyOrg'], { description: 'This tenant only.' })),
    identifierUri: optional(
      text({
        description: 'Application ID URI: "appId" stands for api://<appId>.',
        most: 255,
        pattern: '^(appId|(api|https)://[!-~]+)$',
        expected: '"appId", or a URI that begins with api:// or https://,',
      }),
    ),
    accessTokenVersion: optional(oneOf([2, 1], { description: 'Of tokens for this application; 2 if left out.' })),
    appRoles: optional(listOf(appRole, { description: 'All its app roles.', most: 200 })),
    delegatedScopes: optional(listOf(delegatedScope, { description: 'All its delegated scopes.', most: 200 })),
    optionalAccessTokenClaims: optional(
      listOf(line('A claim.', 100), { description: 'Optional claims in tokens for this application.', most: 50 }),
    ),
    redirectUris: optional(
      object(
        {
          web: optional(redirectUris('Of server applications.')),
          spa: optional(redirectUris('Of applications in the browser.')),
          publicClient: optional(redirectUris('Of mobile and desktop applications.')),
        },
        { description: 'Where users may be sent back to.' },
      ),
    ),
    preAuthorizedApplications: optional(
      listOf(preAuthorization, { description: 'Clients whose users are not asked for consent.', most: 100 }),
    ),
    permissions: optional(listOf(permission, { description: 'What it asks of APIs in this file.', most: 50 })),
    secret: optional(secret),
    certificate: optional(eitherBy('file', given, generated)),
    federatedCredentials: optional(
      listOf(federatedCredential, { description: 'Not looked at if left out; an empty list means none.', most: 20 }),
    ),
  },
  { description: 'An application. A list that is left out means an empty list.' },
)

export const declaration = object(
  {
    $schema: optional(line('Where the schema is, for editors.', 1024)),
    applications: required(listOf(application, { description: 'The applications.', least: 1, most: 100 })),
  },
  { description: 'Applications of a Microsoft Entra tenant, as they should be.' },
)

/** The JSON Schema (draft 7) of the file; published as schema/tenantry.apps.schema.json. */
export const declarationSchema: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'tenantry.apps.json',
  ...declaration.schema,
}
