import { anyOf, definePermissions } from '@tenantry/entra-token'

/** The permissions of the web API as its registration declares them: scopes for users, app roles for applications. */
export const permissions = definePermissions({
  scopes: ['ToDoList.Read', 'ToDoList.ReadWrite'],
  roles: ['ToDoList.Read.All', 'ToDoList.ReadWrite.All'],
})

const { app, user } = permissions

export const readTodos = anyOf(
  app.hasRole('ToDoList.Read.All', 'ToDoList.ReadWrite.All'),
  user.hasScope('ToDoList.Read', 'ToDoList.ReadWrite'),
)

export const writeTodos = anyOf(app.hasRole('ToDoList.ReadWrite.All'), user.hasScope('ToDoList.ReadWrite'))
