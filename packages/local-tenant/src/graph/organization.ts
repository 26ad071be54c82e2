import { few, oneOfFew } from './entity.js'
import { notFound } from './errors.js'
import { keyText } from './odata/path.js'
import type { GraphRequest } from './request.js'

type Organization = GraphRequest['directory']['organization']

/** Graph docs: resources/organization. */
const organizationProperties = {
  id: ({ tenantId }: Organization) => tenantId,
  deletedDateTime: () => null,
  displayName: ({ displayName }: Organization) => displayName,
  createdDateTime: ({ created }: Organization) => created,
  tenantType: () => 'CIAM',
  verifiedDomains: ({ initialDomain }: Organization) => [
    {
      capabilities: 'Email, OfficeCommunicationsOnline',
      isDefault: true,
      isInitial: true,
      name: initialDomain,
      type: 'Managed',
    },
  ],
}

export const organization = {
  list: (request: GraphRequest) =>
    few(request, 'organization', 'organization', [request.directory.organization], organizationProperties),

  get(request: GraphRequest) {
    const own = request.directory.organization
    const id = keyText(request.keys[0])
    if (id.toLowerCase() !== own.tenantId) throw notFound(id)
    return oneOfFew(request, 'organization', 'organization', own, organizationProperties)
  },
}

/** Graph docs: resources/domain. */
const domainProperties = {
  id: ({ initialDomain }: Organization) => initialDomain,
  authenticationType: () => 'Managed',
  availabilityStatus: () => null,
  isAdminManaged: () => true,
  isDefault: () => true,
  isInitial: () => true,
  isRoot: () => true,
  isVerified: () => true,
  model: () => null,
  passwordNotificationWindowInDays: () => null,
  passwordValidityPeriodInDays: () => null,
  state: () => null,
  supportedServices: () => [],
}

/** The one domain that a tenant has from its beginning. */
export const domains = {
  list: (request: GraphRequest) =>
    few(request, 'domains', 'domain', [request.directory.organization], domainProperties),

  get(request: GraphRequest) {
    const own = request.directory.organization
    const name = keyText(request.keys[0])
    if (name.toLowerCase() !== own.initialDomain) throw notFound(name)
    return oneOfFew(request, 'domains', 'domain', own, domainProperties)
  },
}
