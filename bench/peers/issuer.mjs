// What the peers share: settings, claims and the HTTPS server. node <peer>.mjs <settings file> <port>
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'

const [file, port] = process.argv.slice(2)

/** `tenantId`, `apiId`, `clientId`, `servicePrincipalId`, `clientSecret`, `signingKey` (PEM) and `tls`, from the benchmark. */
export const settings = JSON.parse(readFileSync(file, 'utf8'))
export const issuer = `https://localhost:${port}/${settings.tenantId}/v2.0`
export const kid = randomBytes(20).toString('base64url')
export const lifetime = 3_600

/** The claims of the tenant's own token for the same client, random ones included. */
export function claims() {
  const { apiId, clientId, servicePrincipalId, tenantId } = settings
  const random = randomBytes(112)
  const opaque = (from, to) => random.toString('base64url', from, to)
  const now = Math.floor(Date.now() / 1000)
  return {
    aud: apiId,
    iss: issuer,
    iat: now - 300,
    nbf: now - 300,
    exp: now + lifetime,
    aio: opaque(0, 36),
    azp: clientId,
    azpacr: '1',
    idtyp: 'app',
    oid: servicePrincipalId,
    rh: `1.${opaque(36, 60)}.`,
    roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
    sub: servicePrincipalId,
    tid: tenantId,
    uti: opaque(60, 76),
    ver: '2.0',
    xms_ftd: opaque(76, 112),
  }
}

/** Serves with the TLS settings of the tenant's listener. */
export function serve(listener) {
  const { chain, key } = settings.tls
  const tls = { cert: readFileSync(chain), key: readFileSync(key), ca: [], minVersion: 'TLSv1.2' }
  createServer(tls, listener).listen(Number(port), '127.0.0.1')
}
