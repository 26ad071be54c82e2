import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The web application that browsers come back to: it shows what they brought, and can put a page into a frame. */
export interface Application extends AsyncDisposable {
  readonly callback: string
  /** A page of another origin than the tenant's that shows this address in a frame. */
  framing(address: string): string
}

export async function startApplication(): Promise<Application> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const frame =
      pathname === '/frame' ? `<iframe title="framed" src="${searchParams.get('address') ?? ''}"></iframe>` : ''
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><title>Back</title><h1>Back at the application</h1>${frame}`)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://localhost:${port}`
  return {
    callback: `${origin}/callback`,
    framing: (address) => `${origin}/frame?${new URLSearchParams({ address }).toString()}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
