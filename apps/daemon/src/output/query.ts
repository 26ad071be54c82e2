import { compile, type JSONValue, search } from '@jmespath-community/jmespath'
import { Failure } from '../failure.js'
import { parseJson, plain } from '../outside-text.js'

/** What a JMESPath expression selects from `value`. Throws a `usage` failure for an expression that is none. */
export function select(value: unknown, expression: string): unknown {
  try {
    compile(expression)
    return search(asJson(value), expression)
  } catch (error) {
    throw new Failure('usage', {
      what: 'wrong command line',
      why: `--query is not a JMESPath expression that fits: ${error instanceof Error ? plain(error.message) : 'no reason given'}`,
      next: "for instance --query '[].description'; jmespath.org has the rules",
    })
  }
}

/** As it would be printed: without members that are undefined. */
function asJson(value: unknown): JSONValue {
  return parseJson(JSON.stringify(value ?? null)) as JSONValue
}
