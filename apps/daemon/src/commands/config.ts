import { showSettings } from '../shown-settings.js'
import type { Call, Result } from './command.js'

export async function showConfiguration(call: Call): Promise<Result> {
  const settings = showSettings(await call.layers())
  if (call.options.has('origin')) return { value: settings }
  return { value: Object.fromEntries(settings.map(({ setting, value }) => [setting, value])) }
}
