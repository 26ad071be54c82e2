import type { Database } from './database.js'

/** The tenant itself. `subdomain` is the name before `.onmicrosoft.com` and before `.ciamlogin.com`. */
export interface Organization {
  readonly tenantId: string
  readonly subdomain: string
  readonly displayName: string
  readonly initialDomain: string
  readonly created: string
}

interface Row {
  tenant_id: string
  subdomain: string
  display_name: string
  created: string
}

/** Reads the one tenant of this database, or undefined in a new one. */
export function readOrganization(db: Database): Organization | undefined {
  const row = db.query<Row>('SELECT * FROM tenant').get()
  return row === undefined ? undefined : toOrganization(row)
}

export function createOrganization(
  db: Database,
  input: { tenantId: string; subdomain: string; displayName: string; created: string },
): Organization {
  db.query('INSERT INTO tenant VALUES (?, ?, ?, ?)').run(
    input.tenantId,
    input.subdomain,
    input.displayName,
    input.created,
  )
  return toOrganization({
    tenant_id: input.tenantId,
    subdomain: input.subdomain,
    display_name: input.displayName,
    created: input.created,
  })
}

function toOrganization(row: Row): Organization {
  return {
    tenantId: row.tenant_id,
    subdomain: row.subdomain,
    displayName: row.display_name,
    initialDomain: `${row.subdomain}.onmicrosoft.com`,
    created: row.created,
  }
}
