import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../../src/commands/serve.js'
import { CommandFailure, exitCodes } from '../../src/exit-codes.js'
import { certificateFiles } from '../fixtures/certificate.js'
import { clientId, startIssuer, tenantId } from '../fixtures/issuer.js'

test('a request that does not end is cut off at the deadline, and that is a failure', async () => {
  const issuer = await startIssuer()
  const stop = new AbortController()
  let announce: (url: string) => void = () => undefined
  const announced = new Promise<string>((resolve) => {
    announce = resolve
  })
  const served = serve({
    environment: {
      AUTHORITY: issuer.authority,
      TENANT_ID: tenantId,
      CLIENT_ID: clientId,
      DATABASE_FILE: ':memory:',
      HOST: '127.0.0.1',
      PORT: '0',
      TRUST_PROXY: '1',
      CA_FILE: certificateFiles.cert,
    },
    stdin: (async function* () {})(),
    stdout: { write: () => true },
    stderr: { write: () => true },
    now: () => new Date(),
    elapsed: () => performance.now(),
    random: Math.random,
    residentMemory: () => 0,
    takeOverStopping: () => stop.signal,
    shutdownDeadline: 300,
    announce,
  })
  const headers = {
    authorization: `Bearer ${issuer.app('ToDoList.ReadWrite.All')}`,
    'content-type': 'application/json',
  }
  const call = request(`${await announced}/api/todolist`, { method: 'POST', headers })
  const broken = once(call, 'error')
  call.write('{')
  await sleep(100)
  stop.abort()
  await assert.rejects(served, (error) => {
    assert(error instanceof CommandFailure)
    assert.equal(error.exitCode, exitCodes.failed)
    assert.deepEqual(error.lines, ['cut off requests that still ran after 0.3 s'])
    return true
  })
  await broken
  await issuer.close()
})
