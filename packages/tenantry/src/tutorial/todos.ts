import type { GraphClient } from '@tenantry/app-registration'
import { exitCodes } from '../exit-codes.js'
import { Failure } from '../failure.js'

/** The local tenant's first users. Each of them owns one of the tutorial's to-dos. */
export const sampleUsers = [
  { name: 'mia', displayName: 'Mia Santos' },
  { name: 'jonas', displayName: 'Jonas Weber' },
  { name: 'priya', displayName: 'Priya Nair' },
] as const

const todoOf: Readonly<Record<(typeof sampleUsers)[number]['name'], string>> = {
  mia: 'Pick up grocery',
  jonas: 'Finish invoice report',
  priya: 'Water plants',
}

/** The tutorial's three to-dos with the object ids of their owners, asked of Graph. */
export async function tutorialTodos(graph: GraphClient): Promise<{ owner: string; description: string }[]> {
  const users = (await graph.list('/users?$select=id,userPrincipalName')).map(readUser)
  return sampleUsers.map(({ name, displayName }) => {
    const user = users.find(({ userPrincipalName }) => userPrincipalName.startsWith(`${name}@`))
    if (user === undefined) {
      const why = `the tenant has no user ${displayName}, who owns one of the tutorial's to-dos`
      throw new Failure(exitCodes.configuration, why, 'start afresh in another folder with --data')
    }
    return { owner: user.id, description: todoOf[name] }
  })
}

function readUser(value: unknown): { id: string; userPrincipalName: string } {
  if (typeof value === 'object' && value !== null && 'id' in value && 'userPrincipalName' in value) {
    const { id, userPrincipalName } = value
    if (typeof id === 'string' && typeof userPrincipalName === 'string') return { id, userPrincipalName }
  }
  throw new Failure(exitCodes.unexpected, 'Graph listed a user without id or name', 'report it')
}
