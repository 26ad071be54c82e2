import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { roles } from '../clients/tenant-under-test.js'
import { assertNothingLeaked, openStack, type Stack } from './daemon-process.js'

let stack: Stack
before(async () => {
  stack = await openStack()
})
after(() => stack[Symbol.asyncDispose]())

/** What the daemon is given, and the credentials it says it used, in this order. */
const credentials: Readonly<Record<string, { settings: () => Record<string, string>; used: readonly RegExp[] }>> = {
  'a secret in the environment': {
    settings: () => ({ CLIENT_SECRET: stack.underTest.daemon.clientSecret }),
    used: [/^secret from CLIENT_SECRET in the environment$/],
  },
  'a secret in a file': {
    settings: () => ({ CLIENT_SECRET_FILE: stack.write('secret', stack.underTest.daemon.clientSecret) }),
    used: [/^secret from the file .+secret of CLIENT_SECRET_FILE$/],
  },
  'a secret from a command': {
    settings: () => ({
      CLIENT_SECRET_FROM: `exec:${JSON.stringify(['cat', stack.write('vault', stack.underTest.daemon.clientSecret)])}`,
    }),
    used: [/^secret from the output of cat \(CLIENT_SECRET_FROM\)$/],
  },
  'a certificate in a file': {
    settings: () => ({ CERT_FILE: stack.write('cert.pem', stack.underTest.daemon.certificate.pem) }),
    used: [/^certificate [0-9A-F]{16}… from the file .+cert\.pem of CERT_FILE$/],
  },
  'a certificate in one line of the environment': {
    settings: () => ({ CERT: stack.underTest.daemon.certificate.pem.replaceAll('\n', '\\n') }),
    used: [/^certificate [0-9A-F]{16}… from CERT in the environment$/],
  },
  'a token of a trusted issuer': {
    settings: () => ({ AZURE_FEDERATED_TOKEN_FILE: stack.write('assertion', stack.underTest.daemon.assertion) }),
    used: [/^federated token file: the file .+assertion of AZURE_FEDERATED_TOKEN_FILE$/],
  },
  'a certificate the tenant does not know, and then a secret': {
    settings: () => ({
      CERT_FILE: stack.write('stranger.pem', stack.underTest.stranger.certificate.pem),
      CLIENT_SECRET: stack.underTest.daemon.clientSecret,
    }),
    used: [/^certificate /, /^refused \(AADSTS700027\)/, /^secret from CLIENT_SECRET/],
  },
  'a wrong secret, and then the second one': {
    settings: () => ({
      CLIENT_SECRET: 'wrong-secret-of-the-tests',
      CLIENT_SECRET_SECONDARY: stack.underTest.daemon.clientSecret,
    }),
    used: [/^secret from CLIENT_SECRET /, /^refused \(AADSTS7000215\)/, /^secret from CLIENT_SECRET_SECONDARY /],
  },
}

for (const [name, { settings, used }] of Object.entries(credentials)) {
  test(`the daemon proves itself with ${name}, and shows none of it`, async () => {
    stack.shown.length = 0
    const ended = await stack.run(settings())
    assert.equal(ended.code, 0, ended.stderr)
    assert.equal(ended.stdout, '[]\n')
    assert.deepEqual(stack.shown, [roles])
    const said = [...ended.stderr.matchAll(/^todolist-daemon: credential: (.+)$/gm)].map(([, text = '']) => text)
    assert.equal(said.length, used.length, ended.stderr)
    for (const [index, pattern] of used.entries()) assert.match(said[index] ?? '', pattern)
    assertNothingLeaked(ended, everySecret())
  })
}

const failures: Readonly<Record<string, { settings: () => Record<string, string>; code: number; why: RegExp }>> = {
  'a certificate the tenant does not know': {
    settings: () => ({ CERT_FILE: stack.write('stranger.pem', stack.underTest.stranger.certificate.pem) }),
    code: 4,
    why: /does not match a certificate registered for the application .+AADSTS700027/,
  },
  'a token of a workload the application does not trust': {
    settings: () => ({ FEDERATED_TOKEN_FILE: stack.write('stranger.jwt', stack.underTest.stranger.assertion) }),
    code: 4,
    why: /no access token: .+AADSTS7002\d+/,
  },
  'a wrong secret': {
    settings: () => ({ CLIENT_SECRET: 'wrong-secret-of-the-tests' }),
    code: 4,
    why: /the client secret is wrong .+AADSTS7000215/,
  },
  'a key file that is not there': {
    settings: () => ({ CERT_FILE: '/nowhere/cert.pem', CERT_PASSWORD: 'pass-phrase-of-the-tests' }),
    code: 6,
    why: /no usable credential: .+cert\.pem of CERT_FILE cannot be read: there is no such file or folder/,
  },
}

for (const [name, { settings, code, why }] of Object.entries(failures)) {
  test(`${name} ends with ${code}, the reason, and no word of the credential`, async () => {
    const ended = await stack.run(settings())
    assert.equal(ended.code, code, ended.stderr)
    assert.equal(ended.stdout, '')
    assert.match(ended.stderr, why)
    assertNothingLeaked(ended, everySecret())
  })
}

function everySecret(): string[] {
  const { daemon, stranger } = stack.underTest
  const given = [
    daemon.clientSecret,
    daemon.certificate.pem,
    daemon.assertion,
    stranger.certificate.pem,
    stranger.assertion,
  ]
  return [...given, 'wrong-secret-of-the-tests', 'pass-phrase-of-the-tests']
}
