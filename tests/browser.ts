import { createHash, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import type axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

const load: (name: string) => typeof axe = createRequire(import.meta.url)
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The browser of this machine, or undefined where there is none. CHROMIUM names another one. */
const browserPath: string | undefined = [
  process.env['CHROMIUM'] ?? '',
  ...(process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
].find((path) => path !== '' && existsSync(path))

/** What a test that needs a browser says where there is none. */
export const withoutBrowser =
  browserPath === undefined ? 'no Chromium on this machine: install one, or name it in CHROMIUM' : false

interface LaunchOptions {
  readonly trusting?: string
  readonly env?: Record<string, string>
}

/**
 * Starts the browser. `trusting`: a certificate of an authority, PEM, whose servers it takes for good beside those it knows;
 * every other certificate that is not in order is an error, as for everybody. `env`: another environment than this process has.
 */
export function launch({ trusting, env }: LaunchOptions = {}): Promise<Browser> {
  const trust = trusting === undefined ? [] : [`--ignore-certificate-errors-spki-list=${keyHash(trusting)}`]
  return chromium.launch({ executablePath: browserPath ?? '', args: ['--no-sandbox', ...trust], ...(env && { env }) })
}

function keyHash(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}

/** Whatever the browser complains about from now on: errors and warnings of the console, errors of the page's program. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return complaints
}

/** What axe says is serious or critical, each with where it is. */
export async function seriousOn(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(load('axe-core').source)
  const options = JSON.stringify(rules === undefined ? {} : { runOnly: rules })
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(${options})`)
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}
