import { createRoot } from 'react-dom/client'
import { App } from './frame/app.js'
import { openSession } from './session/open-session.js'

const place = document.getElementById('page')
if (place === null) throw new Error('The page has no place for the app.')
// Begun at once: an answer of the sign-in that stands in the address bar is taken from there before anything else happens.
const opening = openSession()
createRoot(place).render(<App opening={opening} />)
// The page as it was left for the sign-in, brought back by the Back button: its session knows nothing of what happened since.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
