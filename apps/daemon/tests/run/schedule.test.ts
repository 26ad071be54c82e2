import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dueAfter, scheduleOf } from '../../src/run/schedule.js'

const at = (text: string) => Date.parse(text)
const minute = 60_000
const show = (moment: number | undefined) => (moment === undefined ? undefined : new Date(moment).toISOString())

test('an interval is due at its multiples since 1970, so that all replicas mean the same moments', () => {
  const schedule = scheduleOf({ kind: 'every', ms: 5 * minute })
  const now = at('2026-11-23T10:02:10Z')
  assert.equal(show(schedule.latest(now)), '2026-11-23T10:00:00.000Z')
  assert.equal(show(schedule.next(now)), '2026-11-23T10:05:00.000Z')
  assert.equal(show(schedule.next(at('2026-11-23T10:05:00Z'))), '2026-11-23T10:10:00.000Z')
  assert.equal(schedule.first(now), schedule.latest(now), 'it begins at once')
})

test('a cron pattern is meant in its time zone, through summer and winter time', () => {
  const berlin = scheduleOf({ kind: 'cron', pattern: '30 3 * * *', timeZone: 'Europe/Berlin' })
  assert.equal(show(berlin.next(at('2026-07-01T00:00:00Z'))), '2026-07-01T01:30:00.000Z')
  assert.equal(show(berlin.next(at('2026-12-01T00:00:00Z'))), '2026-12-01T02:30:00.000Z')
  const utc = scheduleOf({ kind: 'cron', pattern: '30 3 * * *', timeZone: 'UTC' })
  assert.equal(show(utc.next(at('2026-07-01T00:00:00Z'))), '2026-07-01T03:30:00.000Z')
})

test('the latest moment of a cron pattern may be now, and a first one is always to come', () => {
  const schedule = scheduleOf({ kind: 'cron', pattern: '0 * * * *', timeZone: 'UTC' })
  assert.equal(show(schedule.latest(at('2026-11-23T10:00:00.500Z'))), '2026-11-23T10:00:00.000Z')
  assert.equal(show(schedule.latest(at('2026-11-23T09:59:59.999Z'))), '2026-11-23T09:00:00.000Z')
  assert.equal(show(schedule.first(at('2026-11-23T10:00:00Z'))), '2026-11-23T11:00:00.000Z')
})

test('what was missed is caught up once, or never', () => {
  const schedule = scheduleOf({ kind: 'cron', pattern: '0 * * * *', timeZone: 'UTC' })
  const done = at('2026-11-23T02:00:00Z')
  const now = at('2026-11-23T10:20:00Z')
  assert.equal(show(dueAfter(schedule, { done, now, catchUp: 'once' })), '2026-11-23T10:00:00.000Z')
  assert.equal(show(dueAfter(schedule, { done, now, catchUp: 'never' })), '2026-11-23T11:00:00.000Z')
  assert.equal(show(dueAfter(schedule, { done: undefined, now, catchUp: 'once' })), '2026-11-23T11:00:00.000Z')
  const ontime = at('2026-11-23T10:00:00Z')
  assert.equal(show(dueAfter(schedule, { done: ontime, now, catchUp: 'once' })), '2026-11-23T11:00:00.000Z')
})

test('a pattern that names a single moment in the past is never due again', () => {
  const schedule = scheduleOf({ kind: 'cron', pattern: '2020-01-01T00:00:00', timeZone: 'UTC' })
  assert.equal(schedule.first(at('2026-11-23T10:00:00Z')), undefined)
})
