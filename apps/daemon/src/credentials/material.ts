import { readFile } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { fileReason } from '../file-failure.js'
import { Unusable } from './credential.js'
import type { Material } from './credential-source.js'

/** Reads pieces of credentials from where they are. */
export interface MaterialReader {
  /** The content, never empty. Throws `Unusable` with the reason. Reads anew each time, except standard input. */
  read(material: Material): Promise<Buffer>
}

const largestBytes = 256 * 1024
const commandMs = 10_000

/** `stdin` is read once, to its end, when the first credential wants it. `signal` ends waiting, with its own reason. */
export function createMaterialReader(stdin: () => Readable, signal: AbortSignal): MaterialReader {
  let input: Promise<Buffer> | undefined
  const open = (material: Material): Promise<Buffer> => {
    if (material.from === 'file') return readFile(material.path)
    if (material.from === 'command') return outputOf(material.command, signal)
    if (material.from === 'value') return Promise.resolve(Buffer.from(material.value))
    input ??= allOf(addAbortSignal(signal, stdin()))
    return input
  }
  return {
    read: async (material) => {
      const content = await open(material).catch((error: unknown) => {
        signal.throwIfAborted()
        throw unreadable(material, error)
      })
      if (content.length > largestBytes) throw new Unusable('configuration', `${nameOf(material)} is too long`)
      if (content.toString('latin1').trim() === '') throw new Unusable('configuration', `${nameOf(material)} is empty`)
      return content
    },
  }
}

/** The material for people: setting, place and, for a file, its path. A command is named by its program alone. */
export function nameOf(material: Material): string {
  const { setting, origin } = material
  if (material.from === 'file') return `the file ${material.path} of ${setting}`
  if (material.from === 'command') return `the output of ${material.command[0] ?? ''} (${setting})`
  if (material.from === 'stdin') return `standard input (${setting})`
  return `${setting} in ${origin}`
}

function unreadable(material: Material, error: unknown): Unusable {
  const why = fileReason(error)
  return new Unusable('configuration', `${nameOf(material)} cannot be read: ${why}`)
}

async function outputOf([program = '', ...args]: readonly string[], signal: AbortSignal): Promise<Buffer> {
  // Loaded late: few daemons ask a command.
  const { execFile } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    const limits = { timeout: commandMs, maxBuffer: largestBytes, signal }
    const options = { encoding: 'buffer' as const, windowsHide: true, ...limits }
    execFile(program, args, options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(commandFailure(error))
    })
  })
}

// Node's own message holds the whole command line, and an argument may be a secret.
function commandFailure({ code, killed }: { code?: unknown; killed?: boolean }): Error {
  if (killed) return new Error(`it did not end within ${commandMs / 1000} s or wrote too much`)
  return new Error(
    typeof code === 'number' ? `it ended with exit code ${code}` : `it cannot be started (${String(code)})`,
  )
}

async function allOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream) {
    const content = Buffer.from(chunk as string | Uint8Array)
    bytes += content.length
    if (bytes > largestBytes) break
    chunks.push(content)
  }
  return Buffer.concat(chunks)
}
