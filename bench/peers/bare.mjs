// The least that can issue these tokens: a form, a map, a hash, a signature on the thread pool. It checks nothing else.
import { createHash, createPrivateKey, sign, timingSafeEqual } from 'node:crypto'
import { claims, kid, lifetime, serve, settings } from './issuer.mjs'

const digest = (text) => createHash('sha256').update(text).digest()
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

const secrets = new Map([[settings.clientId, digest(settings.clientSecret)]])
const signingKey = createPrivateKey(settings.signingKey)
const header = encode({ typ: 'JWT', alg: 'RS256', kid })

serve((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    if (form.get('grant_type') === 'client_credentials' && isKnown(form)) issue(response)
    else response.writeHead(401).end()
  })
})

function isKnown(form) {
  const known = secrets.get(form.get('client_id'))
  return known !== undefined && timingSafeEqual(known, digest(form.get('client_secret') ?? ''))
}

function issue(response) {
  const input = `${header}.${encode(claims())}`
  sign('sha256', Buffer.from(input), signingKey, (error, signature) => {
    if (error) return response.writeHead(500).end()
    const token = `${input}.${signature.toString('base64url')}`
    const body = `{"token_type":"Bearer","expires_in":${lifetime},"ext_expires_in":${lifetime},"access_token":"${token}"}`
    const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body)
  })
}
