import type { Server } from 'node:https'
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
  const allowance = new Allowance(perMinute, now)
  api.addHook('onRequest', async (request, reply) => {
    if (isHealth(request)) return
    const standing = allowance.count(networkOf(request.ip))
    // An address may be a whole office; only who is refused learns of it.
    if (!standing.admitted) refuse(reply, 'address', allowance, standing)
  })
}

/** Counts by who calls: tenant, application and object. Add it after the plug-in that checks tokens. */
export function limitCallers(api: FastifyInstance<Server>, perMinute: number | null, now: () => number): void {
  if (perMinute === null) return
  const allowance = new Allowance(perMinute, now)
  api.addHook('onRequest', async (request, reply) => {
    const caller = callerOf(request)
    if (caller === null) return
    const standing = allowance.count(`${caller.tenantId} ${caller.clientId} ${caller.objectId}`)
    if (!standing.admitted) refuse(reply, 'caller', allowance, standing)
    tell(reply, 'caller', allowance, standing)
  })
}

// The fields of draft-ietf-httpapi-ratelimit-headers: the rule, and what is left of it.
function tell(reply: FastifyReply, name: string, { perMinute }: Allowance, { remaining, wholeIn }: Standing): void {
  reply.header('ratelimit-policy', `"${name}";q=${perMinute};w=60`)
  reply.header('ratelimit', `"${name}";r=${remaining};t=${wholeIn}`)
}

function refuse(reply: FastifyReply, name: string, allowance: Allowance, standing: Standing): never {
  tell(reply, name, allowance, standing)
  throw new RequestRefused({
    status: 429,
    code: 'too_many_requests',
    detail: `More than ${allowance.perMinute} requests in a minute from one ${name}: wait as long as Retry-After says.`,
    headers: { 'retry-after': String(standing.retryIn) },
  })
}

// A balancer asks often and from one address, and must never hear that it asks too often.
function isHealth(request: FastifyRequest): boolean {
  return request.routeOptions.url?.startsWith('/health/') === true
}

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
