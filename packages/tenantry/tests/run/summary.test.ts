import assert from 'node:assert/strict'
import test from 'node:test'
import { summaryOf } from '../../src/run/summary.js'

const tenant = { tenants: [{ tenantId: 't', subdomain: 'contoso' }], port: 8443 }
const ending = (answered: number | null, goesOn = false) => ({ stay: { answered, goesOn }, refused: [], tenant })

test('one line says how much was answered, by whom, and that nothing was let through', () => {
  const end = 'none was let through to Microsoft.\n'
  assert.equal(summaryOf(ending(1)), `tenantry run: 1 request answered by contoso; ${end}`)
  assert.equal(
    summaryOf(ending(12, true)),
    `tenantry run: 12 requests answered by contoso, which goes on running on port 8443; ${end}`,
  )
  assert.equal(summaryOf(ending(null)), `tenantry run: an unknown number of requests answered by contoso; ${end}`)
})

test('a second line names each refused host once, how often it was tried, and what to use instead', () => {
  const [, second] = summaryOf({ ...ending(0), refused: ['b:443', 'a:443', 'b:443'] }).split('\n')
  assert.match(
    second ?? '',
    /^! Refused, .*: b:443 \(2 times\), a:443\. Next: use https:\/\/login\.microsoftonline\.com,/,
  )
})
