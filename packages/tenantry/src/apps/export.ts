import type { DesiredState } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import type { Terminal } from '../steps.js'
import { loadDeclaration } from './declaration-file.js'
import { explained } from './explain.js'
import { az } from './export/az.js'
import { bicep } from './export/bicep.js'
import { terraform } from './export/terraform.js'

export interface ExportAppsOptions {
  readonly file: string | null
  readonly to: keyof typeof tools
}

const tools: Readonly<Record<'az' | 'bicep' | 'terraform', (desired: DesiredState) => string>> = {
  az,
  bicep,
  terraform,
}

/** Prints the declaration as a file of another tool. Calls nothing. Resolves to the exit code. */
export function exportApps({ file, to }: ExportAppsOptions, { stdout }: { stdout: Terminal }): Promise<number> {
  return explained(async () => {
    stdout.write(tools[to](await loadDeclaration(file)))
    return exitCodes.success
  })
}
