export type { AttackCase, ProviderCase } from './attack-corpus.js'
export { attackCorpus, permissionCorpus, providerCorpus } from './attack-corpus.js'
export type { ClaimChanges, TestTenant, TestTenantOptions, TokenPart } from './test-tenant.js'
export { createTestTenant } from './test-tenant.js'
