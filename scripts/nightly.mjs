// What takes too long for every test run: npm run nightly
import { spawn } from 'node:child_process'
import { makeReady, root } from './ready.mjs'

await makeReady()
const test = 'packages/local-tenant/dist/tests/token-endpoint/any-request.test.js'
const child = spawn(process.execPath, ['--test', '--test-reporter=spec', test], {
  cwd: root,
  env: { ...process.env, NIGHTLY_REQUESTS: '100000' },
  stdio: 'inherit',
})
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
child.on('close', () => void import('./soak-api.mjs'))
