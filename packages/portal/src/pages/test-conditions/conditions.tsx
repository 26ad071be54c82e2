import { Page } from '../../controls/page.js'
import { ClockCard } from './clock.js'
import { FaultsCard } from './faults.js'
import { KeysCard } from './keys.js'

/** What no real tenant can be told: this is how programs are tested against what seldom happens. */
export default function Conditions() {
  return (
    <Page
      title="Keys, clock and faults"
      lead="Make happen here what seldom happens in the cloud, and see how your programs take it."
    >
      <ClockCard />
      <KeysCard />
      <FaultsCard />
    </Page>
  )
}
