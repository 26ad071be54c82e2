import type { Applications } from './applications.js'
import type { Database } from './database.js'
import { isPattern } from './pattern.js'
import { refuse } from './refusal.js'
import type { UserAttributes } from './user-attributes.js'

/** By what a user flow lets people in: one of the two (external-id: how-to-user-flow-sign-up-sign-in-customers). */
export type SignInMethod = 'EmailPassword-OAUTH' | 'EmailOtpSignup-OAUTH'
export const signInMethods: readonly SignInMethod[] = ['EmailPassword-OAUTH', 'EmailOtpSignup-OAUTH']

export const inputTypes = ['text', 'radioSingleSelect', 'checkboxMultiSelect', 'boolean'] as const

/** How a sign-up asks for an attribute (graph docs: resources/attributecollectioninputconfiguration). */
export interface AttributeInput {
  /** The attribute's id. */
  readonly attribute: string
  readonly label: string
  readonly inputType: (typeof inputTypes)[number]
  readonly defaultValue: string | null
  readonly hidden: boolean
  readonly editable: boolean
  readonly writeToDirectory: boolean
  readonly required: boolean
  readonly validationRegEx: string | null
  readonly options: readonly { readonly name: string; readonly value: string }[]
}

export interface UserFlowProperties {
  readonly displayName: string
  readonly description: string | null
  readonly priority: number
  readonly method: SignInMethod
  readonly isSignUpAllowed: boolean
  readonly inputs: readonly AttributeInput[]
  readonly userTypeToCreate: 'member' | 'guest'
}

export interface UserFlow extends UserFlowProperties {
  readonly id: string
  readonly created: string
  /** The appIds of the applications whose users sign up and in by it. */
  readonly applications: readonly string[]
}

/** How customers sign up and in to applications (graph docs: resources/externalusersselfservicesignupeventsflow). */
export interface UserFlows {
  all(): UserFlow[]
  find(id: string): UserFlow | undefined
  ofApplication(appId: string): UserFlow | undefined
  /** Throws DirectoryRefusal for a name that is taken, and for an attribute or application that there is not. */
  create(properties: UserFlowProperties, appIds: readonly string[]): UserFlow
  update(id: string, patch: Partial<UserFlowProperties>): UserFlow
  remove(id: string): void
  /** Throws DirectoryRefusal for an application that has a user flow already. */
  addApplication(id: string, appId: string): void
  removeApplication(id: string, appId: string): void
}

interface Row {
  id: string
  display_name: string
  created: string
  properties: string
}

interface Context {
  readonly applications: Applications
  readonly attributes: UserAttributes
  now(): string
  newId(): string
}

export function createUserFlows(db: Database, { applications, attributes, now, newId }: Context): UserFlows {
  const everything = db.query<Row>('SELECT * FROM user_flows ORDER BY rowid')
  const byId = db.query<Row>('SELECT * FROM user_flows WHERE id = ?')
  const named = db.query<Row>('SELECT * FROM user_flows WHERE display_name = ?')
  const byApplication = db.query<Row>(
    'SELECT user_flows.* FROM user_flow_applications JOIN user_flows ON id = flow_id WHERE app_id = ?',
  )
  const applicationsOf = db.query<{ app_id: string }>(
    'SELECT app_id FROM user_flow_applications WHERE flow_id = ? ORDER BY rowid',
  )
  const insert = db.query('INSERT INTO user_flows VALUES (?, ?, ?, ?)')
  const update = db.query('UPDATE user_flows SET display_name = ?, properties = ? WHERE id = ?')
  const remove = db.query('DELETE FROM user_flows WHERE id = ?')
  const link = db.query('INSERT INTO user_flow_applications VALUES (?, ?)')
  const unlink = db.query('DELETE FROM user_flow_applications WHERE app_id = ? AND flow_id = ?')

  const toFlow = (row: Row): UserFlow => ({
    ...(JSON.parse(row.properties) as Omit<UserFlowProperties, 'displayName'>),
    id: row.id,
    displayName: row.display_name,
    created: row.created,
    applications: applicationsOf.all(row.id).map(({ app_id }) => app_id),
  })

  function find(id: string): UserFlow | undefined {
    const row = byId.get(id.toLowerCase())
    return row && toFlow(row)
  }

  function check(properties: UserFlowProperties, id: string): void {
    checkUserFlow(properties, attributes)
    const owner = named.get(properties.displayName)
    if (owner !== undefined && owner.id !== id) throw refuse({ kind: 'taken', property: 'displayName' })
  }

  function addApplication(id: string, appId: string): void {
    if (applications.find({ appId }) === undefined) throw refuse({ kind: 'unknown_app_id', appId })
    if (byApplication.get(appId) !== undefined) {
      throw refuse({ kind: 'invalid', message: `The application '${appId}' is linked to a user flow already.` })
    }
    link.run(appId, id)
  }

  return {
    all: () => everything.all().map(toFlow),
    find,
    ofApplication(appId) {
      const row = byApplication.get(appId)
      return row && toFlow(row)
    },
    create: (properties, appIds) =>
      db.transaction(() => {
        const [id, created] = [newId(), now()]
        check(properties, id)
        const { displayName, ...rest } = properties
        insert.run(id, displayName, created, JSON.stringify(rest))
        for (const appId of appIds) addApplication(id, appId)
        return { ...properties, id, created, applications: appIds }
      }),
    update(id, patch) {
      const current = find(id)
      if (current === undefined) throw refuse({ kind: 'missing', object: id })
      const next = { ...current, ...patch }
      check(next, current.id)
      const { id: _, created: __, applications: ___, displayName, ...rest } = next
      update.run(displayName, JSON.stringify(rest), current.id)
      return next
    },
    remove(id) {
      if (remove.run(id) === 0) throw refuse({ kind: 'missing', object: id })
    },
    addApplication: (id, appId) => db.transaction(() => addApplication(id, appId)),
    removeApplication(id, appId) {
      if (unlink.run(appId, id) === 0) throw refuse({ kind: 'missing', object: appId })
    },
  }
}

type Attributes = Pick<UserAttributes, 'find'>

/** What a user flow has to be whatever other flows there are, wherever it comes from. Throws DirectoryRefusal. */
export function checkUserFlow({ displayName, priority, inputs }: UserFlowProperties, attributes: Attributes): void {
  if (displayName.length < 1 || displayName.length > 256) {
    throw refuse({ kind: 'invalid', message: 'displayName must have 1 to 256 characters.' })
  }
  if (!Number.isInteger(priority) || priority < 0 || priority > 1_000) {
    const message = "Invalid value specified for property 'priority': a number from 0 to 1000 was expected."
    throw refuse({ kind: 'invalid', message })
  }
  for (const input of inputs) checkInput(input, attributes)
  if (new Set(inputs.map(({ attribute }) => attribute.toLowerCase())).size === inputs.length) return
  throw refuse({ kind: 'invalid', message: 'A user flow asks for each attribute once.' })
}

function checkInput({ attribute: id, inputType, validationRegEx, options }: AttributeInput, all: Attributes): void {
  const attribute = all.find(id)
  if (attribute === undefined) throw refuse({ kind: 'invalid', message: `There is no user flow attribute '${id}'.` })
  if ((inputType === 'boolean') !== (attribute.dataType === 'boolean')) {
    throw refuse({ kind: 'invalid', message: `The attribute '${id}' is of the type ${attribute.dataType}.` })
  }
  if (inputType.endsWith('Select') && options.length === 0) {
    throw refuse({ kind: 'invalid', message: `The input for '${id}' needs options to choose from.` })
  }
  if (validationRegEx === null || isPattern(validationRegEx)) return
  throw refuse({ kind: 'invalid', message: `The validationRegEx for '${id}' is no regular expression.` })
}
