import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTenant, type Tenant } from '@tenantry/local-tenant'
import type { AppsOptions } from '../../src/apps/options.js'
import type { AppsSurroundings } from '../../src/apps/surroundings.js'

/** A tenant that runs over a folder of its own, and the options that mean it. */
export interface Here extends AsyncDisposable {
  readonly tenant: Tenant
  readonly data: string
  readonly options: AppsOptions
}

export async function here(): Promise<Here> {
  const data = join(mkdtempSync(join(tmpdir(), 'tenantry-apps-')), 'data')
  const tenant = await startTenant({ dataFolder: data, port: 0 })
  return {
    tenant,
    data,
    options: { file: null, data, port: tenant.port, tenant: null, cloud: null },
    async [Symbol.asyncDispose]() {
      await tenant.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Surroundings that keep what is written. `answer` is what the person at the terminal says; null: there is none. */
export function surroundings(answer: boolean | null = null, environment: NodeJS.ProcessEnv = {}) {
  const said = { stdout: '', terminal: '', questions: [] as string[] }
  const to = (name: 'stdout' | 'terminal') => ({
    write: (text: string) => {
      said[name] += text
    },
  })
  const confirm = async (question: string) => {
    said.questions.push(question)
    return answer === true
  }
  const around: AppsSurroundings = {
    stdout: to('stdout'),
    terminal: to('terminal'),
    environment,
    signal: new AbortController().signal,
    now: () => 0,
    confirm: answer === null ? null : confirm,
  }
  return { around, said }
}
