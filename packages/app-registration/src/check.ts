import type { DesiredApplication, DesiredSecret, DesiredState } from './desired-state.js'

/** The declaration contradicts itself or asks for what Graph refuses. Nothing was called. */
export class DesiredStateError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The declared applications cannot be registered:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
    this.name = 'DesiredStateError'
    this.problems = problems
  }
}

/** Throws a DesiredStateError that names every problem. Does not look at types: the compiler has done that. */
export function checkDesiredState({ applications }: DesiredState): void {
  const byName = new Map(applications.map((application) => [application.uniqueName, application]))
  const problems = [
    ...repeated(applications.map(({ uniqueName }) => uniqueName)).map(
      (name) => `application ${name} is declared twice`,
    ),
    ...applications.flatMap((application) =>
      [...ownProblems(application), ...permissionProblems(application, byName)].map(
        (problem) => `application ${application.uniqueName}: ${problem}`,
      ),
    ),
  ]
  if (problems.length > 0) throw new DesiredStateError(problems)
}

// Microsoft Graph, resource type appRole, property value.
const PERMISSION_VALUE = /^(?!\.)[!#-[\]-~]{1,120}$/

function ownProblems(application: DesiredApplication): string[] {
  const { uniqueName, displayName, appRoles = [], delegatedScopes = [], optionalAccessTokenClaims = [] } = application
  const values = [...appRoles, ...delegatedScopes].map(({ value }) => value)
  return [
    ...(isName(uniqueName) ? [] : ['its uniqueName must have 1 to 256 characters on one line']),
    ...(isName(displayName) ? [] : ['its displayName must have 1 to 256 characters on one line']),
    ...values
      .filter((value) => !PERMISSION_VALUE.test(value))
      .map(
        (value) =>
          `role or scope '${value}' must have 1 to 120 characters of ASCII without space, " and \\, and not begin with a dot`,
      ),
    ...repeated(values).map((value) => `the value '${value}' is used by more than one role or scope`),
    ...appRoles
      .filter(({ allowedMemberTypes }) => allowedMemberTypes.length === 0)
      .map(({ value }) => `app role ${value} allows no kind of member`),
    ...repeated(optionalAccessTokenClaims).map((claim) => `optional claim ${claim} is named twice`),
    ...(application.secret === undefined ? [] : secretProblems(application.secret)),
  ]
}

function secretProblems({ displayName, lifetimeDays, renewBeforeDays }: DesiredSecret): string[] {
  return [
    ...(isName(displayName) ? [] : ["its secret's displayName must have 1 to 256 characters on one line"]),
    // The portal allows no more than 24 months.
    ...(lifetimeDays > 0 && lifetimeDays <= 730 ? [] : ['its secret must live between 0 and 730 days']),
    // Otherwise every run would find the secret it just made too old.
    ...(renewBeforeDays >= 0 && renewBeforeDays < lifetimeDays
      ? []
      : ['its secret must be renewed a number of days before its end that is shorter than its lifetime']),
  ]
}

function permissionProblems(
  { permissions = [] }: DesiredApplication,
  byName: ReadonlyMap<string, DesiredApplication>,
): string[] {
  return [
    ...repeated(permissions.map(({ application }) => application)).map(
      (name) => `it lists the permissions of ${name} twice`,
    ),
    ...permissions.flatMap((permission) => {
      const api = byName.get(permission.application)
      if (api === undefined) return [`it asks for permissions of ${permission.application}, which is not declared`]
      return [
        ...repeated(permission.appRoles).map((value) => `it asks twice for ${value} of ${api.uniqueName}`),
        ...permission.appRoles
          .filter((value) => !offers(api, value))
          .map(
            (value) =>
              `it asks for ${value}, but ${api.uniqueName} declares no app role of that value for applications`,
          ),
      ]
    }),
  ]
}

function offers({ appRoles = [] }: DesiredApplication, value: string): boolean {
  return appRoles.some((role) => role.value === value && role.allowedMemberTypes.includes('Application'))
}

function isName(text: string): boolean {
  return /^[^\p{Cc}]{1,256}$/u.test(text)
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
