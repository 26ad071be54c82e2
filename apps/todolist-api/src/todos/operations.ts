import { guidPattern } from '../guid.js'
import type { Operation } from '../openapi/operation.js'
import { longestPage, longestSearch } from './list-request.js'

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'The ETag of the to-do you mean to change, or `*` for whatever is there.',
  schema: { type: 'string' },
} as const

const changed = { 412: 'The to-do has another version.', 428: 'If-Match is missing.' } as const
const missing = { 404: "There is no such to-do, or it is another user's." } as const
const etag = { ETag: 'The version, for If-Match and If-None-Match.' } as const

/** What the OpenAPI document says of each route beyond its schemas and its policy. */
export const operations = {
  list: {
    id: 'listTodos',
    summary: 'The to-dos within reach, ascending by id',
    description:
      'An application sees those of everybody, a user their own. Without `limit` the whole list is streamed. With `q` a page may be shorter than `limit` though there is a next one.',
    parameters: [
      {
        name: 'limit',
        in: 'query',
        description: 'How many at most; the header Link leads to the next page.',
        schema: { type: 'integer', minimum: 1, maximum: longestPage },
      },
      {
        name: 'cursor',
        in: 'query',
        description: 'From the Link header of the page before. Good for the same caller and filter only.',
        schema: { type: 'string' },
      },
      {
        name: 'owner',
        in: 'query',
        description: 'Only the to-dos of this user.',
        schema: { type: 'string', pattern: guidPattern.source },
      },
      {
        name: 'q',
        in: 'query',
        description: 'Only those with this text in the description, in any case.',
        schema: { type: 'string', minLength: 1, maxLength: longestSearch },
      },
    ],
    success: {
      status: 200,
      description: 'The list, or one page of it.',
      headers: { Link: 'The next page, rel="next".' },
    },
    refusals: { 400: 'A parameter is wrong.' },
  },
  read: {
    id: 'readTodo',
    summary: 'One to-do',
    parameters: [
      {
        name: 'If-None-Match',
        in: 'header',
        description: 'An ETag; answers 304 while the to-do still has it.',
        schema: { type: 'string' },
      },
    ],
    success: { status: 200, description: 'The to-do.', headers: etag },
    refusals: { 304: 'The to-do is what you have.', ...missing },
  },
  create: {
    id: 'createTodo',
    summary: 'A new to-do',
    description: 'A user owns what they make, whatever `owner` says; an application must name the owner.',
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description:
          'Chosen by the client: sending the same request with the same key again within 24 hours makes nothing new and is answered like the first.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ],
    success: { status: 201, description: 'The new to-do.', headers: { Location: 'Its address.', ...etag } },
    refusals: {
      400: 'The body breaks a rule.',
      409: 'A request with this key is still under way.',
      422: 'The key was sent with another body.',
    },
  },
  replace: {
    id: 'replaceTodo',
    summary: 'Changes the description',
    description: '`id` may be sent if it is that of the address; the owner never changes.',
    parameters: [ifMatch],
    success: { status: 200, description: 'The changed to-do.', headers: etag },
    refusals: { 400: 'The body breaks a rule.', ...missing, ...changed },
  },
  patch: {
    id: 'patchTodo',
    summary: 'Changes what the body names (JSON Merge Patch, RFC 7396)',
    mediaTypes: ['application/merge-patch+json', 'application/json'],
    parameters: [ifMatch],
    success: { status: 200, description: 'The to-do as it is now.', headers: etag },
    refusals: { 400: 'The body breaks a rule.', ...missing, ...changed },
  },
  remove: {
    id: 'removeTodo',
    summary: 'Removes a to-do',
    parameters: [ifMatch],
    success: { status: 204, description: 'It is gone.' },
    refusals: { ...missing, ...changed },
  },
} as const satisfies Readonly<Record<string, Operation>>
