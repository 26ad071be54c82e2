import { useState } from 'react'
import { Button, Commands } from '../../controls/button.js'
import { momentOf } from '../../controls/moment.js'
import { Problem } from '../../controls/problem.js'
import { useLoaded } from '../../session/loaded.js'
import { useHere } from '../../session/session-context.js'

const steps = {
  '5 minutes': { minutes: 5 },
  '1 hour': { hours: 1 },
  '1 day': { days: 1 },
  '6 months': { days: 183 },
} as const

export function ClockCard() {
  const { control } = useHere()
  const { value, error, reload } = useLoaded('clock', () => control<{ now: string }>('GET', 'clock'))
  const [failure, setFailure] = useState<unknown>()
  const tell = async (order: object) => {
    try {
      await control('POST', 'clock', order)
      setFailure(undefined)
      await reload()
    } catch (error_) {
      setFailure(error_)
    }
  }
  return (
    <section className="card">
      <h2>Clock</h2>
      <Problem error={failure ?? error} />
      <p className="big">{momentOf(value?.now)}</p>
      <Commands>
        {Object.entries(steps).map(([words, advance]) => (
          <Button key={words} icon="clock" onClick={() => void tell({ advance })}>
            {words} on
          </Button>
        ))}
        <Button onClick={() => void tell({ freeze: true })}>Freeze</Button>
        <Button kind="primary" onClick={() => void tell({ release: true })}>
          Back to the machine's time
        </Button>
      </Commands>
      <p className="hint">Tokens, secrets and certificates are good or over by this clock.</p>
    </section>
  )
}
