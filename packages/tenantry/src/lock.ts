import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { exitCodes } from './exit-codes.js'
import { Failure } from './failure.js'

/**
 * Makes this process the only one that works on a data folder; returns how to give it back.
 * The lock of a process that has died is taken over. Throws Failure when a living one holds it.
 */
export function lockFolder(file: string): () => void {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    const holder = Number(readFileSync(file, 'utf8'))
    if (isAlive(holder)) throw heldBy(holder, file)
    rmSync(file, { force: true })
    return lockFolder(file)
  }
  return () => rmSync(file, { force: true })
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: there is such a process, and it is somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function heldBy(pid: number, file: string): Failure {
  return new Failure(
    exitCodes.configuration,
    `process ${pid} is already running a tenant in this folder`,
    `use that one, stop it, or choose another folder with --data and other ports (if no such process is yours, delete ${file})`,
  )
}
