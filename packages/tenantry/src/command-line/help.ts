import { type Command, type Group, type Option, shortNames, writtenName } from './command.js'

type Row = readonly [name: string, summary: string]

/** The help of a command or a group that is called by `words`: how to write it, what it does, and what can stand behind it. */
export function helpOf(target: Command | Group, words: string, isProgram: boolean): string {
  const isGroup = 'commands' in target
  const rows = isGroup ? target.commands.map(commandRow) : Object.entries(target.options).map(optionRow)
  const operands = isGroup || target.operands === undefined ? '' : ` ${target.operands.takes}`
  const usage = `Usage: ${words} ${isGroup ? '<command> ' : ''}[options]${operands}`
  const own = isGroup ? section('Commands', rows) : ''
  // Only the program as a whole has a version.
  const general = isProgram ? [versionRow, helpRow] : [helpRow]
  return `${usage}\n\n${target.summary}\n${own}${section('Options', isGroup ? general : [...rows, ...general])}`
}

const helpRow: Row = ['-h, --help', 'print this help']
const versionRow: Row = ['-V, --version', 'print the version']

const commandRow = ({ name, summary }: Command | Group): Row => [name, summary]

function optionRow([name, { takes, summary, absent }]: [string, Option]): Row {
  const names = [...(shortNames[name] === undefined ? [] : [`-${shortNames[name]}`]), writtenName(name)].join(', ')
  const written = takes === null ? names : `${names} <${takes}>`
  const isTelling = typeof absent === 'number' || typeof absent === 'string'
  return [written, isTelling ? `${summary} (default: ${absent})` : summary]
}

function section(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}\n`)
  return `\n${title}:\n${lines.join('')}`
}
