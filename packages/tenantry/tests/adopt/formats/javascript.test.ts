import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJavaScript } from '../../../src/adopt/formats/javascript.js'

const read = (text: string) => {
  const { settings, unread } = readJavaScript(text, 'authConfig.js')
  return { settings: settings.map(({ kind, line, value, variable }) => [kind, line, value, variable]), unread }
}

test('texts, templates, sums, constants and variables with a value behind them are understood, with their lines', () => {
  const { settings, unread } = read(`require('dotenv').config()
const TENANT_SUBDOMAIN = process.env.TENANT_SUBDOMAIN || 'Enter_the_Tenant_Subdomain_Here'
const { APP_SECRET: secret } = process.env
const read = process.env['TODOLIST_READ'] ?? 'api://' + 'abc/ToDoList.Read'
module.exports = {
  auth: {
    clientId: process.env.CLIENT_ID
      || 'Enter_the_Application_Id_Here',
    authority: process.env.AUTHORITY || \`https://\${TENANT_SUBDOMAIN}.ciamlogin.com/\`,
    clientSecret: secret,
    redirectUri: 'http://localhost:3000/redirect',
  },
  api: { endpoint: "https://localhost:44351/api/todolist", scopes: { read: [read], write: ['User.Read'] } },
}`)
  assert.deepEqual(unread, [])
  assert.deepEqual(settings, [
    ['subdomain', 2, 'Enter_the_Tenant_Subdomain_Here', 'TENANT_SUBDOMAIN'],
    ['scope', 4, 'api://abc/ToDoList.Read', 'TODOLIST_READ'],
    ['clientId', 8, 'Enter_the_Application_Id_Here', 'CLIENT_ID'],
    ['authority', 9, 'https://Enter_the_Tenant_Subdomain_Here.ciamlogin.com/', 'AUTHORITY'],
    ['clientSecret', 10, '', 'APP_SECRET'],
    ['redirectUri', 11, 'http://localhost:3000/redirect', null],
    ['endpoint', 13, 'https://localhost:44351/api/todolist', null],
    ['scope', 13, 'User.Read', null],
  ])
})

test('an ES module for a bundler, and an API with the permissions of its routes', () => {
  const module = read(`import { LogLevel } from '@azure/msal-browser'
export const msalConfig = { auth: { clientId: import.meta.env.VITE_CLIENT_ID, tenantId: 'common' }, level: LogLevel.Info }`)
  assert.deepEqual(module.settings, [
    ['clientId', 2, '', 'VITE_CLIENT_ID'],
    ['tenantId', 2, 'common', null],
  ])
  const api = read(`const permissions = {
  delegatedPermissions: { read: ['ToDoList.Read'] },
  applicationPermissions: { read: ['ToDoList.Read.All'] },
}`)
  assert.deepEqual(api.settings, [
    ['offeredScope', 2, 'ToDoList.Read', null],
    ['offeredRole', 3, 'ToDoList.Read.All', null],
  ])
})

test('what only an execution could tell is named, and nothing is executed', () => {
  const touched = 'tenantryTouched'
  const { settings, unread } = read(`globalThis.${touched} = true
const clientId = load().id
const authority = flag ? 'https://a.ciamlogin.com/' : 'https://b.ciamlogin.com/'
const config = { auth: { clientId, clientSecret: flag && 'x', tenantId: tenantId } }
const tenantId = tenantId2, tenantId2 = tenantId`)
  assert.deepEqual(settings, [])
  assert.deepEqual(
    unread.map(({ line, why }) => `${line} ${why}`),
    [
      '2 clientId is computed, and nothing is executed here',
      '3 authority is computed, and nothing is executed here',
      '4 config.auth.clientSecret is computed, and nothing is executed here',
      '5 config.auth.tenantId is computed, and nothing is executed here',
    ],
  )
  assert.equal(Reflect.get(globalThis, touched), undefined)
})

test('what is no JavaScript, and what is nested without end, is refused', () => {
  assert.throws(() => read("const clientId = '"), SyntaxError)
  assert.throws(() => read(`const clientId = ${'['.repeat(50_000)}`), SyntaxError)
  assert.throws(() => read(`const clientId = ${'['.repeat(100)}${']'.repeat(100)}`), RangeError)
})
