import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { signature } from '../src/command-line.js'
import { commands, globalOptions, settingOptions } from '../src/command-table.js'
import { exitCodes } from '../src/exit-codes.js'
import { helpText } from '../src/help.js'
import { showSettings } from '../src/shown-settings.js'
import { daemonFolder } from './stand-in/daemon-process.js'

const readme = readFileSync(join(daemonFolder, 'README.md'), 'utf8')

test('the README lists exactly the exit codes of the program', () => {
  const rows = [...readme.matchAll(/^\| (\d+) +\| (.+?) +\|$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }))
  assert.deepEqual(rows, Object.values(exitCodes))
})

test('the README lists exactly the commands of the program', () => {
  const [, section = ''] = readme.split('## Commands')
  const [table = ''] = section.split('\n## ')
  const rows = [...table.matchAll(/^\| `([^`]+)` +\| (.+?) +\|$/gm)].map(([, command, summary]) => [command, summary])
  assert.deepEqual(
    rows,
    commands.map((command) => [signature(command), command.summary]),
  )
})

test('the README lists exactly the settings that the program knows', () => {
  const [, section = ''] = readme.split('## Settings')
  const [table = ''] = section.split('\n## ')
  const names = [...table.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name]) => name)
  const everything = {
    CLIENT_ID: 'x',
    AUTHORITY: 'x',
    SCOPES: 'x',
    CA_FILE: 'x',
    TOKEN_CACHE: 'x',
    JOB_LOCK: 'x',
  }
  const known = showSettings([{ origin: 'a test', folder: '', values: everything }]).map(({ setting }) => setting)
  assert.deepEqual(names, known)
})

test('every credential that the README lists is a setting that the program knows', () => {
  const [, section = ''] = readme.split('## Credentials')
  const cells = [...section.matchAll(/^\| (`[A-Z].*?) +\|/gm)].map(([, cell = '']) => cell)
  const names = cells.flatMap((cell) => cell.match(/[A-Z_]+/g) ?? [])
  assert.ok(names.includes('CERT_FILE'))
  for (const name of [...names, ...Object.values(settingOptions)]) {
    const shown = showSettings([{ origin: 'a test', folder: '', values: { [name]: 'x' } }])
    assert.ok(
      shown.some(({ setting }) => setting === name),
      name,
    )
  }
})

test('the README names every option that stands for a setting', () => {
  for (const option of Object.keys(settingOptions)) assert.ok(readme.includes(`\`--${option}\``), option)
})

test('help shows every command, every option of all commands and every exit code', () => {
  const text = helpText([])
  for (const command of commands) assert.ok(text.includes(`  ${signature(command)} `), command.name)
  for (const option of Object.keys(globalOptions)) assert.match(text, new RegExp(`^  .*--${option}\\b`, 'm'))
  for (const { code, meaning } of Object.values(exitCodes))
    assert.ok(text.includes(`  ${String(code).padEnd(3)}  ${meaning}\n`), meaning)
})

test('help about a command shows its options and its operation', () => {
  assert.equal(
    helpText(['todos', 'update', '1']),
    [
      'Change the description of a to-do and print it.',
      '',
      'Usage: node . todos update <id> [options]',
      '       node . --op updateToDo',
      '',
      'Options:',
      '      --description <text>  what is to be done, at most 1000 characters',
      '',
      'Options of every command: see --help.',
      '',
    ].join('\n'),
  )
  assert.match(helpText(['todos']), /^ {2}todos list +print the to-dos/)
  assert.match(helpText(['exit-codes']), /^ {2}0 +success;/)
  assert.throws(() => helpText(['nothing']), { message: 'no such help: "nothing" is neither a command nor exit-codes' })
})

test('every test that the README names as a proof is there', () => {
  const [, section = ''] = readme.split('## What is proven')
  const rows = [...section.matchAll(/^\| .+ \| `(.+)` \| `(.+\.test\.ts)` \|$/gm)]
  assert.ok(rows.length >= 13)
  for (const [, title = '', file = ''] of rows) {
    const source = readFileSync(join(daemonFolder, '..', '..', file), 'utf8')
    assert.ok(source.includes(title), `${file}: ${title}`)
  }
})
