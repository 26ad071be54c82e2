import type { FastifyTypeProvider } from 'fastify'
import type { XStatic } from 'typebox/schema'
import { guidPattern } from '../guid.js'
import { descriptionPattern, descriptionRule, longestDescription } from './todo.js'

/**
 * The bodies of the to-do routes as plain JSON Schema, for Fastify's validator and serializer and for the OpenAPI
 * document. TypeBox gives them their types at compile time only: building the same schemas with it costs 180 ms of
 * module loading at each start.
 */
export const todoSchema = {
  type: 'object',
  required: ['id', 'owner', 'description'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer' },
    owner: { type: 'string' },
    description: { type: 'string' },
  },
} as const

export const todoListSchema = { type: 'array', items: todoSchema } as const

/** The id of an address is text here: what is not an id answers 404, not 400. */
export const itemAddressSchema = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string' } },
} as const

/**
 * What POST and PUT take. `id` and `owner` are known members even where they decide nothing, because clients of the
 * tutorial send the whole to-do; what they mean is settled in routes.ts.
 */
export const todoBodySchema = {
  type: 'object',
  required: ['description'],
  additionalProperties: false,
  properties: {
    id: { type: 'integer' },
    owner: { type: 'string', pattern: guidPattern.source },
    description: { type: 'string', minLength: 1, maxLength: longestDescription, pattern: descriptionPattern },
  },
} as const

/** What PATCH takes: the one member that can change. Null, which would remove it (RFC 7396), is refused. */
export const todoPatchSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { description: todoBodySchema.properties.description },
} as const

/** Says which rule a refused body broke. The offending value is not quoted: it may be anything, a token included. */
export function bodyRule(instancePath: string): string {
  return (
    bodyRules[instancePath] ??
    'The body must be a JSON object with the member description and, where needed, owner and id; nothing else.'
  )
}

export function patchRule(instancePath: string): string {
  return (
    bodyRules[instancePath] ??
    'The body must be a JSON object with the member description, or none when nothing is to change; nothing else.'
  )
}

const bodyRules: Readonly<Record<string, string>> = {
  '/id': 'The member id must be an integer.',
  '/owner': 'The member owner must be a GUID, written 8-4-4-4-12 with hyphens.',
  '/description': `The member description must be ${descriptionRule}.`,
}

/** Lets Fastify read the types of `request.body` and of answers off the schemas above. */
export interface SchemaTypes extends FastifyTypeProvider {
  validator: XStatic<this['schema']>
  serializer: XStatic<this['schema']>
}
