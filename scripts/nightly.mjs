// What takes too long for every test run: npm run nightly
import { spawn } from 'node:child_process'
import { makeReady } from './ready.mjs'
import { root } from './root.mjs'

await makeReady()
const tests = [
  'packages/local-tenant/dist/tests/token-endpoint/any-request.test.js',
  'packages/entra-token/dist/tests/mutated-tokens.test.js',
  'packages/entra-token/dist/tests/wycheproof.test.js',
]
const child = spawn(process.execPath, ['--test', '--test-reporter=spec', ...tests], {
  cwd: root,
  env: { ...process.env, NIGHTLY_REQUESTS: '100000', NIGHTLY_TOKENS: '1000000' },
  stdio: 'inherit',
})
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
child.on('close', () => void import('./soak-api.mjs'))
