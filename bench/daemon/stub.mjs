// A token service and a to-do API of one process, made to cost little: discovery, tokens, and pages of a list as long as asked
// for. Says its port on standard output, and how many tokens it gave at /counts.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const standIn = join(dirname(fileURLToPath(import.meta.url)), '../../apps/daemon/tests/stand-in')
const tenantId = 'aaaabbbb-0000-4ccc-8ddd-222222222222'
const owner = '6232f9a3-52fc-4b6a-8f36-0c9c4b5e3d01'
const total = Number(process.argv[2])
let tokens = 0

const server = createServer(
  {
    key: readFileSync(join(standIn, 'test-only-localhost.key.pem')),
    cert: readFileSync(join(standIn, 'test-only-localhost.cert.pem')),
  },
  (request, response) => {
    request.resume().once('end', () => {
      const url = new URL(request.url, origin())
      const { headers = {}, body } = answer(url)
      response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    })
  },
)
server.listen(0, 'localhost', () => console.log(server.address().port))
// Whoever started it holds its input open.
process.stdin.resume().once('end', () => process.exit())

const origin = () => `https://localhost:${server.address().port}`

function answer(url) {
  if (url.pathname === '/counts') return { body: { tokens } }
  if (url.pathname.endsWith('/openid-configuration')) return { body: discovery(`${origin()}/${tenantId}`) }
  if (url.pathname.endsWith('/token')) {
    tokens += 1
    return { body: { token_type: 'Bearer', expires_in: 3599, access_token: 'a'.repeat(1200) } }
  }
  return page(url)
}

function discovery(authority) {
  return {
    issuer: `${authority}/v2.0`,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
  }
}

function page(url) {
  const from = Number(url.searchParams.get('cursor') ?? 0)
  const limit = Number(url.searchParams.get('limit') ?? 3)
  const body = Array.from({ length: Math.min(limit, total - from) }, (_, index) => ({
    id: from + index + 1,
    owner,
    description: `To-do number ${from + index + 1} of a list that is long`,
  }))
  if (from + limit >= total || !url.searchParams.has('limit')) return { body }
  return { headers: { link: `<${url.pathname}?limit=${limit}&cursor=${from + limit}>; rel="next"` }, body }
}
