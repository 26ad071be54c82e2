/**
 * How this program is called where it was started: a clone of the repository has it behind npm only, which tells its scripts
 * whose they are.
 */
export function programName({ npm_package_name: name }: NodeJS.ProcessEnv): string {
  return name === 'tenantry-repository' ? 'npm run tenantry --' : 'tenantry'
}
