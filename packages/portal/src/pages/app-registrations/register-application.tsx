import { type FormEvent, useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { ChoiceField, SelectField, TextField } from '../../controls/field.js'
import { Page } from '../../controls/page.js'
import { Problem } from '../../controls/problem.js'
import type { Application } from '../../graph/directory-objects.js'
import { go } from '../../navigation/location.js'
import { useHere } from '../../session/session-context.js'

const platforms = {
  '': 'Select a platform',
  publicClient: 'Public client/native (mobile & desktop)',
  web: 'Web',
  spa: 'Single-page application (SPA)',
}

export default function RegisterApplication() {
  const { graph, say, tenant } = useHere()
  const [displayName, setDisplayName] = useState('')
  const [platform, setPlatform] = useState('')
  const [redirectUri, setRedirectUri] = useState('')
  const [error, setError] = useState<unknown>()
  const register = async (event: FormEvent) => {
    event.preventDefault()
    const redirect = platform === '' || redirectUri === '' ? {} : { [platform]: { redirectUris: [redirectUri] } }
    try {
      const body = { displayName, signInAudience: 'AzureADMyOrg', ...redirect }
      const { id, appId } = await graph<Application>('POST', 'applications', body)
      // As the admin center does, which Graph does not: without one the application cannot sign in.
      await graph('POST', 'servicePrincipals', { appId, tags: ['WindowsAzureActiveDirectoryIntegratedApp'] })
      say(`${displayName} was registered`)
      go(`/app-registrations/${id}`)
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <Page title="Register an application">
      <form className="card" onSubmit={(event) => void register(event)}>
        <Problem error={error} />
        <TextField
          label="Name"
          hint="The user-facing display name for this application. It can be changed later."
          value={displayName}
          onChange={setDisplayName}
          required
        />
        <ChoiceField
          legend="Supported account types"
          value="AzureADMyOrg"
          onChange={() => {}}
          options={{ AzureADMyOrg: `Accounts in this organizational directory only (${tenant.subdomain})` }}
        />
        <div className="row roomy">
          <SelectField label="Redirect URI (optional)" value={platform} onChange={setPlatform} options={platforms} />
          <TextField
            label="Address"
            value={redirectUri}
            onChange={setRedirectUri}
            placeholder="e.g. https://localhost:3000/auth"
          />
        </div>
        <Commands>
          <Button submit kind="primary">
            Register
          </Button>
          <Button onClick={() => go('/app-registrations')}>Cancel</Button>
        </Commands>
      </form>
    </Page>
  )
}
