/** What every exit code of the command promises. The README and `--help` print this table. */
export const exitCodes = {
  success: { code: 0, meaning: 'success; an empty list is success' },
  unexpected: { code: 1, meaning: 'unexpected error, for instance an answer that is not a to-do list' },
  usage: { code: 2, meaning: 'wrong command line: unknown command, bad option, or input that the API refuses (400)' },
  notFound: { code: 3, meaning: 'not found: the API answered 404, or an unknown AADSTS code' },
  authentication: {
    code: 4,
    meaning: 'authentication failed: bad or expired credential, unknown client or tenant, API 401',
  },
  permission: { code: 5, meaning: 'signed in but not permitted: app role or admin consent missing, API 403' },
  configuration: { code: 6, meaning: 'configuration missing or invalid' },
  network: { code: 7, meaning: 'network: connection, DNS, proxy or TLS' },
  unavailable: { code: 8, meaning: 'service unavailable or throttling: 429 or 5xx, after the retries' },
  conflict: { code: 9, meaning: 'conflict or failed precondition: the API answered 409, 412, 422 or 428' },
  warnings: { code: 10, meaning: 'doctor found warnings and no fault' },
  deadline: { code: 124, meaning: 'the deadline of --timeout passed' },
  interrupted: { code: 130, meaning: 'ended by SIGINT' },
  terminated: { code: 143, meaning: 'ended by SIGTERM' },
} as const satisfies Record<string, { code: number; meaning: string }>

export type ExitName = keyof typeof exitCodes
