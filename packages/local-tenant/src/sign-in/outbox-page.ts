import { refusal } from '../errors/aadsts.js'
import type { Answer, Call } from '../listener/call.js'
import { html } from './html.js'
import type { Outbox } from './outbox.js'
import { page } from './page.js'
import { isCalledHere } from './this-machine.js'

/** GET /{tenant}/outbox: the mails to the users, for people at this machine alone. Throws EntraError for anybody else. */
export function outboxPage(call: Call, outbox: Outbox, tenantName: string): Answer {
  if (!isCalledHere(call)) throw refusal('malformedRequest', {}, { status: 404 })
  const { method } = call
  if (method !== 'GET') throw refusal('wrongVerb', { accepted: 'GET', received: method })
  const mails = outbox.list().map(
    ({ to, subject, text, time }) => html`<article>
<h2>${subject}</h2>
<p class="quiet">to ${to}, ${time.slice(0, 19).replace('T', ' ')} UTC</p>
<p>${text}</p>
</article>
`,
  )
  const content = mails.length === 0 ? html`<p>No mail has been sent since the tenant was started.</p>` : html`${mails}`
  return page({ title: 'Outbox', tenantName, content })
}
