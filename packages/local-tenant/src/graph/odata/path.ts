import { GraphRefusal } from '../errors.js'

/** How a path names one object: `/applications/{id}` or `/applications(appId='…')`. */
export type KeyPredicate = { kind: 'id'; id: string } | { kind: 'alternate'; property: string; value: string }

/** A path below the version segment: names, and the keys that stood where the shape has `{key}`. */
export interface ResourcePath {
  /** For instance `applications/{key}/addPassword`. Its names stand as they were written. */
  readonly shape: string
  readonly keys: readonly KeyPredicate[]
}

/** Collections whose next segment is a key rather than a name, in lower case: names are read in any case of letters. */
const collections = new Set([
  'applications',
  'serviceprincipals',
  'users',
  'approleassignedto',
  'approleassignments',
  'federatedidentitycredentials',
  'oauth2permissiongrants',
  'owners',
  'domains',
  'organization',
  'directoryobjects',
  'directoryaudits',
  'deleteditems',
  'groups',
  'members',
  'authenticationeventsflows',
  'includeapplications',
  'userflowattributes',
  'attributes',
  'identityproviders',
])

/** A segment that names a type. Graph's schema gives its namespace the alias `graph`, which Kiota's clients write. */
const cast = /^(?:microsoft\.)?graph\.([A-Za-z]+)$/i

/** Reads the path of a request (OData 4.01 URL conventions §4.3, as far as Graph uses them). Throws GraphRefusal. */
export function readResourcePath(segments: readonly string[]): ResourcePath {
  const shape: string[] = []
  const keys: KeyPredicate[] = []
  for (const segment of segments) {
    const [, type] = cast.exec(segment) ?? []
    if (type !== undefined) {
      shape.push(`microsoft.graph.${type}`)
      continue
    }
    if (isCollection(shape) && !segment.startsWith('$')) {
      shape.push('{key}')
      keys.push({ kind: 'id', id: segment })
      continue
    }
    const [, name = segment, predicate] = /^([A-Za-z]+)\((.*)\)$/s.exec(segment) ?? []
    shape.push(name)
    if (predicate === undefined) continue
    shape.push('{key}')
    keys.push(readPredicate(predicate))
  }
  return { shape: shape.join('/'), keys }
}

/** Whether what stands there so far is followed by a key. The `applications` of a user flow's conditions are an object. */
function isCollection(shape: readonly string[]): boolean {
  const [before, last] = [shape.at(-2)?.toLowerCase(), shape.at(-1)?.toLowerCase()]
  if (last === undefined || (last === 'applications' && before === 'conditions')) return false
  return collections.has(last)
}

function readPredicate(predicate: string): KeyPredicate {
  const [, property, quoted] = /^(?:([A-Za-z]+)=)?'((?:[^']|'')*)'$/s.exec(predicate) ?? []
  if (quoted === undefined) throw new GraphRefusal(400, 'BadRequest', 'The key in the URL is not valid.')
  const value = quoted.replaceAll("''", "'")
  return property === undefined ? { kind: 'id', id: value } : { kind: 'alternate', property, value }
}

/** The key as an error names it. */
export function keyText(key: KeyPredicate | undefined): string {
  return (key?.kind === 'id' ? key.id : (key?.value ?? '')).slice(0, 256)
}
