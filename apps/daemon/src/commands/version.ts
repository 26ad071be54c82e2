import { isJsonObject, parseJson } from '../outside-text.js'
import type { Call, Result } from './command.js'

export async function version({ world, options }: Call): Promise<Result> {
  const content = parseJson(world.packageJson())
  const number = isJsonObject(content) ? content['version'] : undefined
  const value = {
    name: 'todolist-daemon',
    version: typeof number === 'string' ? number : 'unknown',
    node: world.nodeVersion,
    platform: world.operatingSystem().platform,
  }
  return options.has('json')
    ? { value, text: `${JSON.stringify(value, undefined, 2)}\n` }
    : { value, text: `${value.version}\n` }
}
