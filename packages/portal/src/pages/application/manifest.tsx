import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { TextField } from '../../controls/field.js'
import { Problem } from '../../controls/problem.js'
import { Failure } from '../../session/failure.js'
import { useHere } from '../../session/session-context.js'
import { changesIn } from './manifest-changes.js'
import type { SectionProps } from './section.js'

export default function Manifest({ application, update }: SectionProps) {
  const { say } = useHere()
  const written = textOf(application)
  const [edited, setEdited] = useState<string>()
  const [error, setError] = useState<unknown>()
  const save = async () => {
    try {
      await update(changesIn(application, read(edited ?? written)))
      setEdited(undefined)
      setError(undefined)
      say('The manifest was saved')
    } catch (failure) {
      setError(failure)
    }
  }
  const unchanged = edited === undefined || edited === written
  return (
    <>
      <p className="lead">
        The application as Microsoft Graph has it. Only what was changed is sent; Graph says what cannot be changed.
      </p>
      <Commands>
        <Button kind="primary" disabled={unchanged} onClick={() => void save()}>
          Save
        </Button>
        <Button disabled={unchanged} onClick={() => setEdited(undefined)}>
          Discard
        </Button>
      </Commands>
      <Problem error={error} />
      <div className="code-field">
        <TextField label="Manifest" value={edited ?? written} onChange={setEdited} lines={34} />
      </div>
    </>
  )
}

function textOf(application: object): string {
  const shown = Object.entries(application).filter(([name]) => !name.startsWith('@'))
  return JSON.stringify(Object.fromEntries(shown), null, 2)
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Failure('not_json', `The manifest is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}
