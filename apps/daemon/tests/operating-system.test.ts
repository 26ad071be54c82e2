import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  closeFileCommand,
  distrust,
  endingSignals,
  reloadSignal,
  setClockCommand,
  userFolder,
} from '../src/operating-system.js'

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

test('SIGHUP asks for a reload, but on Windows, where it means that the console closes', () => {
  assert.deepEqual(['linux', 'darwin', 'win32'].map(reloadSignal), ['SIGHUP', 'SIGHUP', undefined])
})

test('a file that was found is believed when it belongs to the user alone; Windows has no such marks', () => {
  assert.equal(distrust({ uid: 1000, mode: 0o100600 }, 1000), undefined)
  assert.equal(distrust({ uid: 0, mode: 0o100600 }, 1000), 'another owner')
  for (const mode of [0o100640, 0o100604, 0o100620, 0o100602])
    assert.equal(distrust({ uid: 1000, mode }, 1000), 'open to others')
  assert.equal(distrust({ uid: 0, mode: 0o100666 }, undefined), undefined)
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
