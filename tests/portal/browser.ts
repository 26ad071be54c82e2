import { request } from 'node:https'
import { join } from 'node:path'
import type { Tenant } from '@tenantry/local-tenant'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { complaintsOf } from '../browser.js'
import { node } from '../journey/programs.js'
import { root } from '../workspaces.js'

export interface PortalOptions {
  readonly dark?: boolean
  readonly size?: { readonly width: number; readonly height: number }
}

/** What the browser has to say of a page: whatever it complains about is kept. */
export interface OpenPortal {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: string[]
}

/**
 * Opens the portal of the tenant that runs on this port by the link that the command prints, or by a link. The browser does not know the
 * tenant's CA, which is no matter here: what is tested is the page.
 */
export async function openPortal(
  browser: Browser,
  tenant: { readonly port: number; readonly data: string } | string,
  { dark = false, size = { width: 1360, height: 860 } }: PortalOptions = {},
): Promise<OpenPortal> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: size,
    colorScheme: dark ? 'dark' : 'light',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(typeof tenant === 'string' ? tenant : await portalLink(tenant))
  return { context, page, complaints }
}

/** The line that `tenantry portal` prints. */
async function portalLink({ port, data }: { readonly port: number; readonly data: string }): Promise<string> {
  const command = join(root, 'packages/tenantry/tenantry.cjs')
  const { code, stdout, stderr } = await node([command, 'portal', '--port', String(port), '--data', data])
  if (code !== 0) throw new Error(`tenantry portal ended with ${code}: ${stderr}`)
  return stdout.trim()
}

/** The link that whoever knows the key gets. */
export function linkOf({ port, controlKey, ca }: Pick<Tenant, 'port' | 'controlKey' | 'ca'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${controlKey}` }
    const asked = request(
      `https://localhost:${port}/_tenantry/portal/links`,
      { method: 'POST', headers, ca: ca.root },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve((JSON.parse(text) as { url: string }).url))
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}
