import type { Directory } from '../directory/directory.js'
import { matches } from '../directory/pattern.js'
import { builtInAttributes, isBuiltIn } from '../directory/user-attributes.js'
import type { AttributeInput } from '../directory/user-flows.js'
import type { ExtensionValue, NewUser } from '../directory/users.js'
import { type Html, html } from './html.js'
import { field } from './page.js'

/** What a person entered of the attributes, by the names of the inputs. */
export type Entered = Readonly<Record<string, string>>

/** The attributes of a new user, or what is wrong with one of them. */
export type Collected =
  | { readonly user: NewUser }
  | { readonly refused: { readonly field: string; readonly error: string } }

const fieldName = (attribute: string) => `attribute_${attribute}`

/** The inputs of a sign-up, filled in with what was entered. */
export function attributeFields(
  inputs: readonly AttributeInput[],
  entered: Entered,
  error?: { readonly field: string; readonly error: string },
): Html[] {
  return inputs
    .filter(({ hidden }) => !hidden)
    .map((input) => {
      const name = fieldName(input.attribute)
      return inputField(input, name, entered, error?.field === name ? error.error : undefined)
    })
}

function inputField(input: AttributeInput, name: string, entered: Entered, error: string | undefined): Html {
  const { attribute, label, inputType, required, editable, options, defaultValue } = input
  const value = entered[name] ?? defaultValue ?? ''
  const problem = error !== undefined && html`<p class="error" id="${name}-error" role="alert">${error}</p>`
  if (inputType === 'boolean') {
    return html`<div class="check"><input id="${name}" name="${name}" type="checkbox" value="true"${value === 'true' && html` checked`}><label for="${name}">${label}</label></div>${problem}
`
  }
  if (inputType === 'text') {
    const autocomplete = Object.hasOwn(autocompletes, attribute) ? (autocompletes[attribute] ?? 'off') : 'off'
    return field({ name, label, type: 'text', value, autocomplete, required, readOnly: !editable, error })
  }
  const several = inputType === 'checkboxMultiSelect'
  const chosen = several ? chosenOf(options, name, entered) : [value]
  const choices = options.map((option, index) => {
    const id = `${name}_${index}`
    const type = several ? 'checkbox' : 'radio'
    return html`<div class="check"><input id="${id}" name="${several ? id : name}" type="${type}" value="${option.value}"${chosen.includes(option.value) && html` checked`}><label for="${id}">${option.name}</label></div>
`
  })
  return html`<fieldset class="field"><legend>${label}</legend>
${choices}${problem}</fieldset>
`
}

const autocompletes: Readonly<Record<string, string>> = {
  city: 'address-level2',
  country: 'country-name',
  displayName: 'name',
  givenName: 'given-name',
  jobTitle: 'organization-title',
  postalCode: 'postal-code',
  state: 'address-level1',
  streetAddress: 'street-address',
  surname: 'family-name',
}

/** Each choice has a name of its own, because a form names nothing twice. */
function chosenOf(options: AttributeInput['options'], name: string, entered: Entered): string[] {
  return options.flatMap(({ value }, index) => (entered[`${name}_${index}`] === value ? [value] : []))
}

/** Reads what a sign-up was asked for. */
export function collectAttributes(
  inputs: readonly AttributeInput[],
  entered: Entered,
  { userAttributes }: Directory,
): Collected {
  const own = new Map<string, string>()
  const extensions = new Map<string, ExtensionValue>()
  for (const input of inputs) {
    const attribute = userAttributes.find(input.attribute)
    if (attribute === undefined || !input.writeToDirectory) continue
    const value = answerTo(input, entered)
    const error = wrongWith(input, attribute.dataType, value)
    if (error !== undefined) return { refused: { field: fieldName(input.attribute), error } }
    if (value === '') continue
    if (attribute.kind === 'custom') extensions.set(attribute.id, typed(value, attribute.dataType))
    else own.set(attribute.id, value)
  }
  // As users are called whose flow does not ask for a name.
  const user = { displayName: 'unknown', ...Object.fromEntries(own), extensions: Object.fromEntries(extensions) }
  return { user }
}

function answerTo({ attribute, inputType, hidden, editable, defaultValue, options }: AttributeInput, entered: Entered) {
  const name = fieldName(attribute)
  if (hidden || !editable) return defaultValue ?? ''
  if (inputType === 'checkboxMultiSelect') return chosenOf(options, name, entered).join(',')
  const value = entered[name]?.trim() ?? ''
  return inputType === 'boolean' && value === '' ? 'false' : value
}

/** What to tell the person, or nothing. */
function wrongWith(input: AttributeInput, dataType: string, value: string): string | undefined {
  const { attribute, label, inputType, hidden, editable, validationRegEx, options } = input
  // Nobody can give what nobody is asked for.
  const required = input.required && !hidden && editable
  if (value === '') return required ? `${label} is needed.` : undefined
  if (inputType === 'boolean') return required && value !== 'true' ? `${label} is needed.` : undefined
  const most = isBuiltIn(attribute) ? builtInAttributes[attribute].most : 256
  if (value.length > most) return `${label} has ${most} characters at most.`
  if (dataType === 'int64' && !(/^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)))) {
    return `${label} has to be a whole number.`
  }
  if (inputType === 'radioSingleSelect' && options.every((option) => option.value !== value)) {
    return `Choose one for ${label}.`
  }
  const fits = validationRegEx === null || inputType !== 'text' || matches(validationRegEx, value)
  return fits ? undefined : `${label} does not have the form that is wanted here.`
}

function typed(value: string, dataType: 'string' | 'boolean' | 'int64'): ExtensionValue {
  return { string: () => value, boolean: () => value === 'true', int64: () => Number(value) }[dataType]()
}
