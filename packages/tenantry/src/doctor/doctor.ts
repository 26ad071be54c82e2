import { readdirSync, statSync } from 'node:fs'
import { openDataFolder } from '@tenantry/local-tenant/data-folder'
import { exitCodes } from '../exit-codes.js'
import type { Terminal } from '../steps.js'
import { checks, type Patient, type Problem } from './checks.js'
import { listenerOn } from './listener.js'
import { readProject } from './project.js'

export interface DoctorOptions {
  readonly data: string
}

export interface DoctorSurroundings {
  readonly stdout: Terminal
  readonly environment: NodeJS.ProcessEnv
  /** The folder of the application that is to run. */
  readonly workingFolder: string
  alive(processId: number): boolean
}

/**
 * Looks for what commonly keeps programs from working with the local tenant, and says a line for each check. Changes nothing.
 * Resolves to 0, or to the code for a wrong configuration when something was found.
 */
export async function doctor({ data }: DoctorOptions, surroundings: DoctorSurroundings): Promise<number> {
  const { stdout, environment, workingFolder, alive } = surroundings
  // Looking must not make one.
  const folder = statSync(data, { throwIfNoEntry: false }) === undefined ? null : openDataFolder(data)
  const patient: Patient = {
    environment,
    folder,
    data,
    alive,
    project: readProject(workingFolder),
    now: new Date(),
    exists: (path) => statSync(path, { throwIfNoEntry: false }) !== undefined,
    entries: () => (folder === null ? [] : readdirSync(folder.path)),
    listener: (port) => listenerOn(port, folder),
  }
  let found = 0
  for (const { name, look } of checks) {
    const problems = await look(patient)
    found += problems.length
    stdout.write(problems.length === 0 ? `✓ ${name}\n` : problems.map((problem) => lineOf(name, problem)).join(''))
  }
  return found === 0 ? exitCodes.success : exitCodes.configuration
}

const lineOf = (name: string, { what, next }: Problem) => `! ${name}: ${what}. Next: ${next}\n`
