import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Portal } from './frame/portal.js'
import { openSession } from './session/session.js'

const root = document.getElementById('portal')
if (root === null) throw new Error('The page has no place for the portal.')
// Taken at once, so that the code of the link leaves the address bar before anything else happens.
const opening = openSession()
createRoot(root).render(
  <StrictMode>
    <Portal opening={opening} />
  </StrictMode>,
)
