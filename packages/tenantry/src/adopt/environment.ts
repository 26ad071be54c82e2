import type { DataFolder } from '@tenantry/local-tenant/data-folder'
import { adoptedFor, readAdoptions } from './record.js'
import type { NewValue } from './values.js'

/** What an adopted program is given beside the environment of its user. */
export interface AdoptedEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** For the person at the terminal. */
  readonly notices: readonly string[]
}

/**
 * The variables for programs that run in a folder beside these tenants. What is set in `environment` stays in force, and is told;
 * what is there without a value stays unset. Told is, too, what two programs would have to be given differently.
 */
export function adoptedEnvironment(
  folder: DataFolder,
  workingFolder: string,
  environment: NodeJS.ProcessEnv,
  tenants: readonly { readonly tenantId: string }[],
): AdoptedEnvironment {
  const adopted = adoptedFor(readAdoptions(folder), workingFolder)
  if (adopted === undefined) return { variables: {}, notices: [] }
  if (tenants.every(({ tenantId }) => tenantId !== adopted.adoption.tenantId)) {
    const gone = `What was adopted in ${adopted.adoption.folder} is not passed: its tenant is no longer in ${folder.path}`
    return { variables: {}, notices: [`${gone}. Next: run tenantry adopt again`] }
  }
  const secrets = readSecrets(folder)
  const variables = new Map<string, string>()
  const contested = new Set<string>()
  const notices: string[] = []
  for (const [name, value] of adopted.programs.flatMap((program) => Object.entries(program.variables))) {
    if (name in environment && environment[name] === undefined) continue
    const text = textOf(value, secrets)
    if (text === undefined) {
      notices.push(`${name} is not passed: its secret is no longer in ${folder.path}. Next: run tenantry adopt again`)
    } else if ((environment[name] ?? '') !== '') {
      if (environment[name] !== text)
        notices.push(`${name} is set in your environment, which is stronger than what was adopted`)
    } else if (variables.has(name) && variables.get(name) !== text) contested.add(name)
    else variables.set(name, text)
  }
  for (const name of contested) {
    variables.delete(name)
    const names = adopted.programs
      .filter((program) => name in program.variables)
      .map((program) => program.folder || '.')
    notices.push(
      `${name} is not passed: it is different for ${names.join(' and ')}. Next: run the program in its own folder`,
    )
  }
  return { variables: Object.fromEntries(variables), notices: [...new Set(notices)] }
}

type Secrets = Readonly<Record<string, { readonly value?: unknown } | undefined>>

function readSecrets(folder: DataFolder): Secrets {
  try {
    return JSON.parse(folder.read('secrets.json') ?? '{}') as Secrets
  } catch {
    return {}
  }
}

function textOf(value: NewValue, secrets: Secrets): string | undefined {
  if ('text' in value) return value.text
  const secret = secrets[value.secretOf]?.value
  return typeof secret === 'string' ? secret : undefined
}
