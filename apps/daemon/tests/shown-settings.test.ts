import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showSettings } from '../src/shown-settings.js'

const layer = (values: Record<string, string>, origin = 'the environment') => ({ origin, folder: '/settings', values })
const shown = (values: Record<string, string>) =>
  Object.fromEntries(showSettings([layer(values)]).map(({ setting, value }) => [setting, value]))
const endpoint = { API_ENDPOINT: 'https://localhost:44351/api/todolist' }

test('settings are shown with their origins and without the secret, even where they are wrong', () => {
  const layers = [layer({ AZURE_CLIENT_ID: 'nonsense' }), layer({ CLIENT_SECRET: 'geheim' }, '/settings/.env')]
  assert.deepEqual(showSettings(layers), [
    { setting: 'CLIENT_ID', value: 'nonsense', origin: 'AZURE_CLIENT_ID in the environment' },
    { setting: 'CLIENT_SECRET', value: '[concealed]', origin: '/settings/.env' },
    { setting: 'API_ENDPOINT', value: 'https://localhost:44351/api/todolist', origin: 'the default' },
  ])
})

test('of credentials the places are shown and never what is in them', () => {
  const values = {
    CERT: '-----BEGIN PRIVATE KEY-----',
    CERT_PASSWORD: 'geheim',
    CERT_PRIVATE_KEY_FILE: '/etc/key.pem',
    CERT_THUMBPRINT: 'ab12',
    FEDERATED_TOKEN: 'eyJ',
    CLIENT_SECRET_FROM: 'exec:vault read --token geheim',
    CLIENT_SECRET_SECONDARY_FROM: 'exec:["vault","geheim"]',
    MANAGED_IDENTITY: 'system',
  }
  assert.deepEqual(shown(values), {
    CERT: '[concealed]',
    CERT_PASSWORD: '[concealed]',
    CERT_PRIVATE_KEY_FILE: '/etc/key.pem',
    CERT_THUMBPRINT: 'ab12',
    FEDERATED_TOKEN: '[concealed]',
    CLIENT_SECRET_FROM: 'exec:vault [concealed]',
    CLIENT_SECRET_SECONDARY_FROM: 'exec: [concealed]',
    MANAGED_IDENTITY: 'system',
    ...endpoint,
  })
})

test('credentials of the Azure libraries are shown when they are the ones in use', () => {
  const azure = { AZURE_CLIENT_SECRET: 'geheim', AZURE_CLIENT_CERTIFICATE_PATH: '/etc/cert.pem' }
  assert.deepEqual(shown(azure), {
    AZURE_CLIENT_CERTIFICATE_PATH: '/etc/cert.pem',
    AZURE_CLIENT_SECRET: '[concealed]',
    ...endpoint,
  })
  assert.deepEqual(shown({ ...azure, CERT_FILE: 'own.pem' }), { CERT_FILE: 'own.pem', ...endpoint })
})

test('the key of the token cache and the password of its server stay hidden', () => {
  assert.deepEqual(shown({ TOKEN_CACHE: 'rediss://app:ge@he/im@redis.example:6380/1', TOKEN_CACHE_KEY: 'geheim' }), {
    TOKEN_CACHE: 'rediss://app:[concealed]@redis.example:6380/1',
    TOKEN_CACHE_KEY: '[concealed]',
    ...endpoint,
  })
  assert.equal(
    shown({ JOB_LOCK: 'postgres://app:geheim@db.example/jobs' })['JOB_LOCK'],
    'postgres://app:[concealed]@db.example/jobs',
  )
  const file = { TOKEN_CACHE: 'token.sealed', TOKEN_CACHE_KEY_FILE: 'key' }
  assert.deepEqual(shown(file), { ...file, ...endpoint })
})
