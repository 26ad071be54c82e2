import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'
import { refuseOtherMethods } from '../problem/method-not-allowed.js'
import { type DescribedRoute, describedRoute, openApiDocument, type Registration } from './document.js'
import { documentPage, pagePolicy } from './page.js'

/**
 * `/openapi.json`, and `/docs` for people. Call it before the routes are added: it collects them as they come. Both are
 * open: they tell how to ask, and nothing about anybody.
 */
export function openApiRoutes(api: FastifyInstance<Server>, registration: Registration): void {
  const routes: DescribedRoute[] = []
  api.addHook('onRoute', (route) => {
    const described = describedRoute(route)
    if (described !== undefined) routes.push(described)
  })

  // Made when it is asked for: nobody does in most lives of a process.
  api.get('/openapi.json', { config: { access: 'public' } }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(openApiDocument(routes, registration), null, 2)),
  )

  api.get('/docs', { config: { access: 'public' } }, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', pagePolicy)
      .send(documentPage(openApiDocument(routes, registration), routes)),
  )

  for (const url of ['/openapi.json', '/docs']) refuseOtherMethods(api, url, ['GET', 'HEAD'])
}
