import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { ConnectProxy } from './connect-proxy.js'

export type Environment = Readonly<Record<string, string>>

/** What a program in any language has to be told to trust the tenant and to reach it by Microsoft's host names. */
export function reach(proxy: ConnectProxy, caFile: string): Environment {
  return { ...ofThisMachine(), ...proxyVariables(proxy), ...caVariables(caFile) }
}

/** Nothing else of our own environment: a proxy or a CA that is set on this machine would decide the outcome. */
function ofThisMachine(): Environment {
  const names = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP', 'USERPROFILE']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function proxyVariables({ port }: ConnectProxy): Environment {
  return { HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'localhost,127.0.0.1' }
}

/** Each of these is read by one kind of program: Node, Python's requests, Go. */
function caVariables(file: string): Environment {
  return { NODE_EXTRA_CA_CERTS: file, REQUESTS_CA_BUNDLE: file, SSL_CERT_FILE: file }
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Milliseconds. Python on a busy machine takes twenty seconds to load what it needs. */
const timeout = 90_000

export interface Conversation {
  /** All that the program finds on its standard input. */
  readonly input?: string
  /** Called with each part of what it writes to standard error, as it comes. */
  readonly onStderr?: (text: string) => void
}

/** Runs a program to its end; one that hangs is killed, and then its code is null. */
export async function runToEnd(
  command: readonly string[],
  env: Environment,
  { input = '', onStderr }: Conversation = {},
): Promise<Ended> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { env, timeout, stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  if (onStderr !== undefined) child.stderr.on('data', (part: Buffer) => onStderr(part.toString('utf8')))
  // A program that ends without reading its input is none the worse for it.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}
