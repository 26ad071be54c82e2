// The requests of the daemon and nothing else, over node:https: the limit. Checks no more than that there are to-dos.
'use strict'

const { readFileSync } = require('node:fs')
const { Agent, request } = require('node:https')
const { dirname, join } = require('node:path')

const file = process.env.SETTINGS_FILE
const settings = Object.fromEntries(
  [...readFileSync(file, 'utf8').matchAll(/^(\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
)
const agent = new Agent({ keepAlive: true, ca: readFileSync(join(dirname(file), settings.CA_FILE)) })

function ask(url, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve(JSON.parse(text)))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function getToken() {
  const { token_endpoint } = await ask(`${settings.AUTHORITY}/v2.0/.well-known/openid-configuration`)
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: settings.CLIENT_ID,
    client_secret: settings.CLIENT_SECRET,
    scope: settings.SCOPES,
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const { access_token } = await ask(token_endpoint, { method: 'POST', headers, body: String(form) })
  return access_token
}

async function getToDos() {
  // With a token at hand, one request.
  const access_token = process.env.TOKEN ?? (await getToken())
  const todos = await ask(settings.API_ENDPOINT, { headers: { authorization: `Bearer ${access_token}` } })
  if (todos.length === 0) throw new Error('There are no to-dos.')
  console.log(JSON.stringify(todos, null, 2))
  agent.destroy()
}

void getToDos()
