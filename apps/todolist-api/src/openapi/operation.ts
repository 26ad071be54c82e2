/** What a route says of itself for the OpenAPI document; a route without it is not in the document. */
export interface Operation {
  readonly id: string
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly Parameter[]
  /** Of the request body, when it takes others than application/json. */
  readonly mediaTypes?: readonly string[]
  readonly success: {
    readonly status: number
    readonly description: string
    /** Name and meaning. */
    readonly headers?: Readonly<Record<string, string>>
  }
  /** Answers beyond those that every protected route has. */
  readonly refusals: Readonly<Record<number, string>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'header' | 'path'
  readonly required?: boolean
  readonly description: string
  readonly schema: Readonly<Record<string, unknown>>
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation
  }
}
