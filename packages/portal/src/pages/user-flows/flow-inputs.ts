import type { AttributeInput, UserFlowAttribute } from '../../graph/directory-objects.js'

/** How a sign-up asks for an attribute until somebody changes it. */
export function inputFor({ id, displayName, dataType }: UserFlowAttribute, required = false): AttributeInput {
  return {
    attribute: id,
    label: displayName,
    inputType: dataType === 'boolean' ? 'boolean' : 'text',
    defaultValue: null,
    hidden: false,
    editable: true,
    writeToDirectory: true,
    required,
    validationRegEx: null,
    options: [],
  }
}

/** The handler of a user flow that asks for these. */
export function collectionOf(inputs: readonly AttributeInput[]) {
  return {
    '@odata.type': '#microsoft.graph.onAttributeCollectionExternalUsersSelfServiceSignUp',
    attributes: inputs.map(({ attribute }) => ({ id: attribute })),
    attributeCollectionPage: { views: [{ inputs }] },
  }
}

/** What an attribute is called, without the id of the application that extends users by it. */
export const shortName = (id: string) => id.replace(/^extension_[0-9a-f]{32}_/, 'extension_…_')

/** By their ids, in the words of the admin center. */
export const methods = {
  'EmailPassword-OAUTH': 'Email with password',
  'EmailOtpSignup-OAUTH': 'Email one-time passcode',
} as const

/** Choices as they are written, one to a line. */
export function optionsIn(text: string): AttributeInput['options'] {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line) => ({ name: line, value: line }))
}
