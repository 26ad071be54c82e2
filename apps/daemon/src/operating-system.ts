import { join } from 'node:path'

/** What differs between Windows, macOS and the others, in one place. */
export interface OperatingSystem {
  /** `process.platform`. */
  platform: string
  /** The user's home folder. */
  home: string
}

const folderName = 'todolist-daemon'

/**
 * Where the settings of this user live: `%APPDATA%` on Windows, `Library/Application Support` on macOS, elsewhere
 * `XDG_CONFIG_HOME` or `~/.config` (XDG Base Directory Specification: a relative value counts as absent).
 */
export function userFolder(
  { platform, home }: OperatingSystem,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), folderName)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', folderName)
  const xdg = env['XDG_CONFIG_HOME'] ?? ''
  return join(xdg.startsWith('/') ? xdg : join(home, '.config'), folderName)
}

/** The signals that end a command, with the exit each leads to. Windows has no SIGTERM; its Ctrl-Break is SIGBREAK. */
export function endingSignals(
  platform: string,
): readonly (readonly ['SIGINT' | 'SIGTERM' | 'SIGBREAK', 'interrupted' | 'terminated'])[] {
  if (platform === 'win32')
    return [
      ['SIGINT', 'interrupted'],
      ['SIGBREAK', 'terminated'],
    ]
  return [
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ]
}

/** The signal that asks a daemon to read its settings again; on Windows SIGHUP means that the console closes. */
export function reloadSignal(platform: string): 'SIGHUP' | undefined {
  return platform === 'win32' ? undefined : 'SIGHUP'
}

/**
 * Why a file that was found, not named, is not to be believed: somebody else could have put it there. Windows has neither
 * numbers of users nor such modes (`userId` is undefined there): its folders of the user are closed by their own lists.
 */
export function distrust(
  { uid, mode }: { uid: number; mode: number },
  userId: number | undefined,
): 'another owner' | 'open to others' | undefined {
  if (userId === undefined) return undefined
  if (uid !== userId) return 'another owner'
  return (mode & 0o077) === 0 ? undefined : 'open to others'
}

/** The mode of a file with a secret in it; Windows takes no notice of it. */
export const ownFileMode = 0o600
export const ownFolderMode = 0o700

/** The command that closes a file to other users. */
export function closeFileCommand(platform: string, file: string): string {
  return platform === 'win32' ? `icacls "${file}" /inheritance:r /grant:r "%USERNAME%:F"` : `chmod 600 ${file}`
}

/** The command that corrects the clock of this machine. */
export function setClockCommand(platform: string): string {
  if (platform === 'win32') return 'w32tm /resync'
  return platform === 'darwin' ? 'sudo sntp -sS time.apple.com' : 'sudo timedatectl set-ntp true'
}
