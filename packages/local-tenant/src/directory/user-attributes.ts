import type { Applications } from './applications.js'
import type { Database } from './database.js'
import { refuse } from './refusal.js'

/** Something that a sign-up may ask for (graph docs: resources/identityuserflowattribute). */
export interface UserAttribute {
  /** As the user's property is called. */
  readonly id: string
  readonly displayName: string
  readonly description: string
  readonly dataType: 'string' | 'boolean' | 'int64'
  readonly kind: 'builtIn' | 'custom'
}

export type NewUserAttribute = Pick<UserAttribute, 'displayName' | 'description' | 'dataType'>

/** Those that every tenant has (external-id: concept-user-attributes), and the tenant's own, which are extensions of its users. */
export interface UserAttributes {
  all(): UserAttribute[]
  find(id: string): UserAttribute | undefined
  /** Throws DirectoryRefusal for a name that is taken or holds other than letters, digits, spaces and underscores. */
  create(input: NewUserAttribute): UserAttribute
  /** Throws DirectoryRefusal for one that every tenant has. */
  update(id: string, patch: Partial<Pick<UserAttribute, 'displayName' | 'description'>>): UserAttribute
  /** Users keep what they have of it. Throws DirectoryRefusal for one that every tenant has. */
  remove(id: string): void
}

/** Of users, with the most characters that each takes (graph docs: resources/user). */
export const builtInAttributes = {
  city: { displayName: 'City', most: 128 },
  country: { displayName: 'Country/Region', most: 128 },
  displayName: { displayName: 'Display Name', most: 256 },
  email: { displayName: 'Email Address', most: 113 },
  givenName: { displayName: 'Given Name', most: 64 },
  jobTitle: { displayName: 'Job Title', most: 128 },
  postalCode: { displayName: 'Postal Code', most: 40 },
  state: { displayName: 'State/Province', most: 128 },
  streetAddress: { displayName: 'Street Address', most: 1024 },
  surname: { displayName: 'Surname', most: 64 },
} as const
export type BuiltInAttribute = keyof typeof builtInAttributes

export const isBuiltIn = (id: string): id is BuiltInAttribute => Object.hasOwn(builtInAttributes, id)

const everyTenants: readonly UserAttribute[] = Object.entries(builtInAttributes).map(([id, { displayName }]) => ({
  id,
  displayName,
  description: `${displayName} of the user.`,
  dataType: 'string',
  kind: 'builtIn',
}))

export const builtInAttribute = (id: string): UserAttribute | undefined =>
  everyTenants.find((attribute) => attribute.id === id)

/** Every external tenant has an application whose extensions its own attributes are; here it is made with the first of them. */
const extensionsApp = {
  uniqueName: 'b2c-extensions-app',
  displayName: 'b2c-extensions-app. Do not modify. Used by AADB2C for storing user data.',
}

interface Row {
  id: string
  display_name: string
  description: string
  data_type: UserAttribute['dataType']
}

/** What every attribute of a tenant's own is called like, wherever it comes from. Throws DirectoryRefusal. */
export function checkAttributeName(displayName: string): void {
  if (/^[A-Za-z]\w*( \w+)*$/.test(displayName) && displayName.length <= 64) return
  const message = 'displayName of an attribute must be 1 to 64 letters, digits, underscores and single spaces.'
  throw refuse({ kind: 'invalid', message })
}

export function createUserAttributes(db: Database, applications: Applications): UserAttributes {
  const own = db.query<Row>('SELECT * FROM user_attributes ORDER BY rowid')
  const byId = db.query<Row>('SELECT * FROM user_attributes WHERE id = ?')
  const named = db.query<Row>('SELECT * FROM user_attributes WHERE display_name = ?')
  const insert = db.query('INSERT INTO user_attributes VALUES (?, ?, ?, ?)')
  const update = db.query('UPDATE user_attributes SET display_name = ?, description = ? WHERE id = ?')
  const remove = db.query('DELETE FROM user_attributes WHERE id = ?')

  function extensionsAppId(): string {
    const { uniqueName, displayName } = extensionsApp
    return (applications.find({ uniqueName }) ?? applications.create({ displayName }, uniqueName)).appId
  }

  function claimName(displayName: string, id: string): void {
    checkAttributeName(displayName)
    const owner = named.get(displayName)
    if (owner !== undefined && owner.id !== id) throw refuse({ kind: 'taken', property: 'displayName' })
  }

  /** Throws DirectoryRefusal. */
  function findOwn(id: string): Row {
    const row = byId.get(id)
    if (row !== undefined) return row
    if (isBuiltIn(id)) throw refuse({ kind: 'invalid', message: `The built-in attribute '${id}' cannot be changed.` })
    throw refuse({ kind: 'missing', object: id })
  }

  return {
    all: () => [...everyTenants, ...own.all().map(toAttribute)],
    find(id) {
      const row = byId.get(id)
      return row === undefined ? builtInAttribute(id) : toAttribute(row)
    },
    create: ({ displayName, description, dataType }) =>
      db.transaction(() => {
        claimName(displayName, '')
        const id = `extension_${extensionsAppId().replaceAll('-', '')}_${displayName.replaceAll(' ', '')}`
        if (byId.get(id) !== undefined) throw refuse({ kind: 'taken', property: 'displayName' })
        insert.run(id, displayName, description, dataType)
        return { id, displayName, description, dataType, kind: 'custom' }
      }),
    update(id, patch) {
      const attribute = { ...toAttribute(findOwn(id)), ...patch }
      claimName(attribute.displayName, attribute.id)
      update.run(attribute.displayName, attribute.description, attribute.id)
      return attribute
    },
    remove: (id) => void remove.run(findOwn(id).id),
  }
}

function toAttribute({ id, display_name, description, data_type }: Row): UserAttribute {
  return { id, displayName: display_name, description, dataType: data_type, kind: 'custom' }
}
