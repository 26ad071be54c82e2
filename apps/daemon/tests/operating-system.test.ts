import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { closeFileCommand, endingSignals, setClockCommand, userFolder } from '../src/operating-system.js'

const home = join('/home', 'me')

test("the user's settings are where each system keeps them", () => {
  const folder = (platform: string, env = {}) => userFolder({ platform, home }, env)
  assert.equal(folder('linux'), join(home, '.config', 'todolist-daemon'))
  assert.equal(folder('linux', { XDG_CONFIG_HOME: '/xdg' }), join('/xdg', 'todolist-daemon'))
  assert.equal(folder('linux', { XDG_CONFIG_HOME: 'relative' }), join(home, '.config', 'todolist-daemon'))
  assert.equal(
    folder('darwin', { XDG_CONFIG_HOME: '/xdg' }),
    join(home, 'Library', 'Application Support', 'todolist-daemon'),
  )
  assert.equal(folder('win32', { APPDATA: join('C:', 'Roaming') }), join('C:', 'Roaming', 'todolist-daemon'))
  assert.equal(folder('win32'), join(home, 'AppData', 'Roaming', 'todolist-daemon'))
})

test('each system has the signals that end a command', () => {
  assert.deepEqual(endingSignals('linux'), [
    ['SIGINT', 'interrupted'],
    ['SIGTERM', 'terminated'],
  ])
  assert.deepEqual(endingSignals('win32'), [
    ['SIGINT', 'interrupted'],
    ['SIGBREAK', 'terminated'],
  ])
})

test('the commands to run are those of the system', () => {
  assert.equal(closeFileCommand('linux', '/a'), 'chmod 600 /a')
  assert.match(closeFileCommand('win32', 'C:\\a'), /^icacls "C:\\a" /)
  assert.deepEqual(['linux', 'darwin', 'win32'].map(setClockCommand), [
    'sudo timedatectl set-ntp true',
    'sudo sntp -sS time.apple.com',
    'w32tm /resync',
  ])
})
