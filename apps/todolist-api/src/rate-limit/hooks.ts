import type { Server } from 'node:https'
import type { Caller } from '@tenantry/entra-token'
import { callerOf } from '@tenantry/entra-token/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RequestRefused } from '../problem/problem.js'
import { Allowance, type Standing } from './allowance.js'

/** Requests a minute; null for no limit. */
export interface RateLimits {
  readonly perAddress: number | null
  readonly perCaller: number | null
}

/** Counts by address before the token is looked at. Add it before the plug-in that checks tokens. */
export function limitAddresses(api: FastifyInstance<Server>, perMinute: number | null, now: () => number): void {
  if (perMinute === null) return
  const { allowance, tell } = limit('address', perMinute, now)
  api.addHook('onRequest', (request, reply, done) => {
    if (isHealth(request)) return done()
    const standing = allowance.count(networkOf(request.ip))
    if (standing.admitted) return done()
    // An address may be a whole office; only who is refused learns of it.
    tell(reply, standing)
    return done(refusal('address', perMinute, standing))
  })
}

/** Counts by who calls: tenant, application and object. Add it after the plug-in that checks tokens. */
export function limitCallers(api: FastifyInstance<Server>, perMinute: number | null, now: () => number): void {
  if (perMinute === null) return
  const { allowance, tell } = limit('caller', perMinute, now)
  api.addHook('onRequest', (request, reply, done) => {
    const caller = callerOf(request)
    if (caller === null) return done()
    const standing = allowance.count(nameOf(caller))
    tell(reply, standing)
    return standing.admitted ? done() : done(refusal('caller', perMinute, standing))
  })
}

function limit(name: string, perMinute: number, now: () => number) {
  const policy = `"${name}";q=${perMinute};w=60`
  // The fields of draft-ietf-httpapi-ratelimit-headers: the rule, and what is left of it.
  const tell = (reply: FastifyReply, { remaining, wholeIn }: Standing) => {
    reply.header('ratelimit-policy', policy)
    reply.header('ratelimit', `"${name}";r=${remaining};t=${wholeIn}`)
  }
  return { allowance: new Allowance(perMinute, now), tell }
}

function refusal(name: string, perMinute: number, { retryIn }: Standing): RequestRefused {
  return new RequestRefused({
    status: 429,
    code: 'too_many_requests',
    detail: `More than ${perMinute} requests in a minute from one ${name}: wait as long as Retry-After says.`,
    headers: { 'retry-after': String(retryIn) },
  })
}

/** A token seen before brings the same object, so that its name is built, and hashed by the map it is looked up in, once. */
const names = new WeakMap<Caller, string>()

function nameOf(caller: Caller): string {
  const known = names.get(caller)
  if (known !== undefined) return known
  const name = `${caller.tenantId} ${caller.clientId} ${caller.objectId}`
  names.set(caller, name)
  return name
}

// A balancer asks often and from one address, and must never hear that it asks too often.
function isHealth(request: FastifyRequest): boolean {
  // The address first: Fastify makes the route's options anew for whoever asks.
  return healthAddress.test(request.url) && request.routeOptions.url?.startsWith('/health/') === true
}

const healthAddress = /^\/health\//i

/** Of an IPv6 address the first 64 bits: everything below belongs to whoever has one of them. */
function networkOf(ip: string): string {
  if (!ip.includes(':') || ip.startsWith('::ffff:')) return ip
  const [head = '', tail] = ip.split('::')
  const groups = head.split(':')
  const written = tail === undefined ? 0 : tail.split(':').length
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - groups.length - written) }, () => '0')
  return [...groups, ...zeros, ...(tail ?? '').split(':')]
    .slice(0, 4)
    .map((group) => group || '0')
    .join(':')
}
