import type { Directory } from '../directory/directory.js'
import type { AttributeInput, UserFlow } from '../directory/user-flows.js'
import type { CodePurpose } from './email-codes.js'

/** How people may get in to one application. */
export interface WaysIn {
  readonly password: boolean
  /** With a code that comes by mail, and without a password. */
  readonly code: boolean
  readonly signUp: boolean
  /** What a sign-up asks for. */
  readonly inputs: readonly AttributeInput[]
  readonly userType: 'Member' | 'Guest'
}

const displayName: AttributeInput = {
  attribute: 'displayName',
  label: 'Your name',
  inputType: 'text',
  defaultValue: null,
  hidden: false,
  editable: true,
  writeToDirectory: true,
  required: true,
  validationRegEx: null,
  options: [],
}

/** What an application has that no user flow is linked to: everything, so that nobody has to make one first. */
const withoutFlow: WaysIn = { password: true, code: true, signUp: true, inputs: [displayName], userType: 'Member' }

/** As the user flow says that the application is linked to. */
export function waysInto(appId: string, { userFlows }: Directory): WaysIn {
  const flow = userFlows.ofApplication(appId)
  return flow === undefined ? withoutFlow : waysOf(flow)
}

function waysOf({ method, isSignUpAllowed, inputs, userTypeToCreate }: UserFlow): WaysIn {
  const password = method === 'EmailPassword-OAUTH'
  const userType = userTypeToCreate === 'guest' ? 'Guest' : 'Member'
  // The address is there before anything is asked.
  const asked = inputs.filter(({ attribute }) => attribute !== 'email')
  return { password, code: !password, signUp: isSignUpAllowed, inputs: asked, userType }
}

/** Whether a code may be sent for this. */
export function isOffered({ password, code, signUp }: WaysIn, purpose: CodePurpose): boolean {
  return { 'sign-in': code, 'sign-up': signUp, reset: password }[purpose]
}
