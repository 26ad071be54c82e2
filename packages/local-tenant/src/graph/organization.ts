import { type GraphRequest, list } from './request.js'

export const organization = {
  list: (request: GraphRequest) =>
    list(request, 'organization', 'organization', () => {
      const { tenantId, displayName, initialDomain, created } = request.directory.organization
      return [
        {
          id: tenantId,
          deletedDateTime: null,
          displayName,
          createdDateTime: created,
          tenantType: 'CIAM',
          verifiedDomains: [
            {
              capabilities: 'Email, OfficeCommunicationsOnline',
              isDefault: true,
              isInitial: true,
              name: initialDomain,
              type: 'Managed',
            },
          ],
        },
      ]
    }),
}
