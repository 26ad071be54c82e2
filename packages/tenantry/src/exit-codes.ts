/** What the command says to its caller when it ends; the daemon's codes, as far as they apply here. */
export const exitCodes = {
  success: 0,
  unexpected: 1,
  usage: 2,
  authentication: 4,
  notPermitted: 5,
  configuration: 6,
  network: 7,
  unavailable: 8,
  conflict: 9,
  changesPending: 10,
  /** As shells say it of a command that cannot be executed, and of one that is not there. */
  commandNotExecutable: 126,
  commandNotFound: 127,
  interrupted: 130,
  terminated: 143,
} as const
