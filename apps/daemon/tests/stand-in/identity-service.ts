import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { TestContext } from 'node:test'

const expiresOn = Math.floor(Date.now() / 1000) + 3600

/** What the identity service hands out: a JWT of an hour whose signature nobody can check. */
export const identityToken = `e30.${Buffer.from(JSON.stringify({ exp: expiresOn })).toString('base64url')}.c2ln`
export const identityAnswer = {
  access_token: identityToken,
  expires_in: '3600',
  expires_on: String(expiresOn),
  resource: 'api://AzureADTokenExchange',
  token_type: 'Bearer',
}

/** The identity service of a machine in Azure. MSAL finds it by environment variables, and looks for them once per process. */
export async function startIdentityService(t: TestContext, answer: () => { status: number; body: unknown }) {
  const seen: { url: URL; headers: IncomingHttpHeaders }[] = []
  const server = createServer((request, response) => {
    seen.push({ url: new URL(request.url ?? '', 'http://identity'), headers: request.headers })
    const { status, body } = answer()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { seen, origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` }
}
