import type { Call } from '../listener/call.js'
import { isLoopback } from '../listener/hosts.js'

/** Whether somebody at this machine asks, who may see what a real tenant shows nobody. */
export const isAtThisMachine = ({ remoteAddress }: Call) => isLoopback(remoteAddress)

/** Whether the tenant was called by this machine's name, under which alone there is an outbox. */
export const isCalledHere = (call: Call) => call.family.kind === 'localhost' && isAtThisMachine(call)
