import type { AppsOptions } from './options.js'
import type { Place, Purpose } from './place.js'
import type { AppsSurroundings } from './surroundings.js'

/** The tenant that the options mean. Throws a Failure when it cannot be found, and calls no Graph. */
export async function openPlace(
  options: AppsOptions,
  purpose: Purpose,
  surroundings: AppsSurroundings,
): Promise<Place> {
  const { openLocalPlace } = await import('./local-place.js')
  if (options.cloud === null) return openLocalPlace(options, surroundings)
  const { openCloudPlace } = await import('./cloud-place.js')
  return openCloudPlace(options, options.cloud, purpose, surroundings)
}
