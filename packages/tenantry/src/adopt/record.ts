import { existsSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import type { NewValue } from './values.js'

/** What `tenantry adopt` has made for the programs of a folder. Holds no secret: those stay in secrets.json. */
export interface Adoption {
  /** Absolute. */
  readonly folder: string
  readonly subdomain: string
  readonly tenantId: string
  /** By which the programs sign in, and which therefore stands in the issuer of their tokens. */
  readonly authority: string
  readonly programs: readonly AdoptedProgram[]
  /** The appId for which the ToDoList API of ours can stand in; null where nothing asks for it. */
  readonly todolistApi: string | null
}

export interface AdoptedProgram {
  readonly name: string
  /** Relative to the adopted folder. */
  readonly folder: string
  readonly uniqueName: string
  readonly appId: string
  readonly variables: Readonly<Record<string, NewValue>>
  /** The variable by which the program is told where its API is, and the address in the file; null where it has none. */
  readonly endpoint: { readonly variable: string | null; readonly address: string } | null
}

const file = 'adopted.json'

/** Every adoption that is kept in a data folder; none where there is no record, or a damaged one. */
export function readAdoptions(folder: DataFolder): readonly Adoption[] {
  try {
    const { version, adoptions } = JSON.parse(folder.read(file) ?? '{}') as { version?: unknown; adoptions?: unknown }
    return version === 1 && Array.isArray(adoptions) ? adoptions.filter(isAdoption) : []
  } catch {
    return []
  }
}

/** Keeps an adoption in place of an earlier one of the same folder. */
export function keepAdoption(folder: DataFolder, adoption: Adoption): void {
  const others = readAdoptions(folder).filter((one) => one.folder !== adoption.folder)
  folder.write(file, `${JSON.stringify({ version: 1, adoptions: [...others, adoption] }, null, 2)}\n`)
}

function isAdoption(value: unknown): value is Adoption {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['folder', 'subdomain', 'tenantId', 'authority'].every(
    (name) => typeof Reflect.get(value, name) === 'string',
  )
  const programs: unknown = Reflect.get(value, 'programs')
  return texts && Array.isArray(programs) && programs.every(isProgram)
}

function isProgram(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const texts = ['name', 'folder', 'uniqueName', 'appId'].every((name) => typeof Reflect.get(value, name) === 'string')
  const variables: unknown = Reflect.get(value, 'variables')
  return texts && typeof variables === 'object' && variables !== null && Object.values(variables).every(isNewValue)
}

const isNewValue = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  ['text', 'secretOf'].some((name) => typeof Reflect.get(value, name) === 'string')

/**
 * The data folder that a command means where none is named: `.tenantry` here, or else the nearest one above that has adopted
 * programs. One that belongs to somebody else is passed over, because it would set variables for programs that run here.
 */
export function usualDataFolder(workingFolder: string): string {
  const here = join(workingFolder, '.tenantry')
  if (existsSync(here)) return here
  for (let folder = dirname(resolve(workingFolder)); ; folder = dirname(folder)) {
    const data = join(folder, '.tenantry')
    if (isOwn(join(data, file))) return data
    if (folder === dirname(folder)) return here
  }
}

function isOwn(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  // Windows knows no numbers of users.
  return found?.isFile() === true && (userInfo().uid < 0 || found.uid === userInfo().uid)
}

/** The adoption that covers a folder, and those of its programs that are meant there: the one whose own folder it is in, or else all below. */
export function adoptedFor(adoptions: readonly Adoption[], workingFolder: string) {
  const nearest = adoptions
    .filter(({ folder }) => isWithin(folder, workingFolder))
    .sort((a, b) => b.folder.length - a.folder.length)[0]
  if (nearest === undefined) return undefined
  const around = nearest.programs
    .filter(({ folder }) => isWithin(join(nearest.folder, folder), workingFolder))
    .sort((a, b) => b.folder.length - a.folder.length)[0]
  return { adoption: nearest, programs: around === undefined ? nearest.programs : [around] }
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, resolve(path))
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way)
}
