import type { Command, Option, Perform } from './command.js'

/** Prints a script that completes command words, options and fixed values, made from the command table. */
export function completion(commands: readonly Command[], globalOptions: Readonly<Record<string, Option>>): Perform {
  return async ({ positionals }) => {
    const entries = wordEntries(commands, globalOptions)
    const script = scripts[positionals[0] ?? '']?.(entries) ?? ''
    return { value: { script }, text: script }
  }
}

/** The words that may follow after `path`, the words already written. */
interface Entry {
  path: string
  next: readonly string[]
}

function wordEntries(commands: readonly Command[], globalOptions: Readonly<Record<string, Option>>): Entry[] {
  const everywhere = Object.keys(globalOptions).map(dashed)
  const entries = new Map<string, Set<string>>([['', new Set(everywhere)]])
  for (const { name, options = {}, positionals = [] } of commands) {
    const words = name.split(' ')
    for (const [index, word] of words.entries()) entryFor(entries, words.slice(0, index).join(' ')).add(word)
    const choices = positionals.flatMap(({ choices: fixed = [] }) => fixed)
    entries.set(name, new Set([...choices, ...Object.keys(options).map(dashed), ...everywhere]))
  }
  const values = [globalOptions, ...commands.map(({ options = {} }) => options)].flatMap((options) =>
    Object.entries(options),
  )
  for (const [name, option] of values) {
    if (option.choices) entries.set(dashed(name), new Set(option.choices))
  }
  return [...entries].map(([path, next]) => ({ path, next: [...next] }))
}

function entryFor(entries: Map<string, Set<string>>, path: string): Set<string> {
  const entry = entries.get(path) ?? new Set<string>()
  entries.set(path, entry)
  return entry
}

function dashed(name: string): string {
  return `--${name}`
}

const program = 'todolist-daemon'

/** Words of the table are letters, digits and dashes only, so none needs quoting. */
const scripts: Readonly<Record<string, (entries: readonly Entry[]) => string>> = {
  bash: (entries) => `# bash completion: source it, or put it into bash_completion.d
_todolist_daemon() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || path="\${path:+$path }$word"
  done
${branches(entries, { optionBefore: '"$previous"', wordsBefore: '"$path"', assign: (next) => `words="${next.join(' ')}"` })}
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _todolist_daemon ${program}
`,
  zsh: (entries) => `#compdef ${program}
# zsh completion: put it into a folder of $fpath as _${program}
local previous="\${words[CURRENT-1]}" path_so_far="" word
local -a found
for word in "\${(@)words[2,CURRENT-1]}"; do
  [[ $word == -* ]] || path_so_far="\${path_so_far:+$path_so_far }$word"
done
${branches(entries, { optionBefore: '"$previous"', wordsBefore: '"$path_so_far"', assign: (next) => `found=(${next.join(' ')})` })}
(( \${#found} )) && compadd -- "\${found[@]}" || _files
`,
  fish: (entries) =>
    [
      '# fish completion: put it into ~/.config/fish/completions',
      `function __todolist_daemon_path`,
      `  set -l words (commandline -opc)`,
      `  string join ' ' -- (string match -v -- '-*' $words[2..-1])`,
      'end',
      ...entries.map(({ path, next }) => fishLine(path, next)),
      '',
    ].join('\n'),
  pwsh: (entries) => `# PowerShell completion: add it to $PROFILE
Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $table = @{
${entries.map(({ path, next }) => `    '${path}' = '${next.join(' ')}'`).join('\n')}
  }
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -ne '' -and $words.Count -gt 0) { $words = @($words | Select-Object -SkipLast 1) }
  $path = ($words | Where-Object { $_ -notlike '-*' }) -join ' '
  $key = if ($words.Count -gt 0 -and $table.ContainsKey($words[-1])) { $words[-1] } else { $path }
  $table[$key] -split ' ' | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`,
}

interface Shell {
  optionBefore: string
  wordsBefore: string
  assign: (next: readonly string[]) => string
}

/** Two case statements: values of the option just written, otherwise what follows the words. */
function branches(entries: readonly Entry[], { optionBefore, wordsBefore, assign }: Shell): string {
  const isOption = ({ path }: Entry): boolean => path.startsWith('--')
  const row = ({ path, next }: Entry): string => `      "${path}") ${assign(next)} ;;`
  return [
    `  case ${optionBefore} in`,
    ...entries.filter(isOption).map(row),
    '    *)',
    `      case ${wordsBefore} in`,
    ...entries.filter((entry) => !isOption(entry)).map(row),
    '      esac ;;',
    '  esac',
  ].join('\n')
}

function fishLine(path: string, next: readonly string[]): string {
  if (path.startsWith('--')) return `complete -c ${program} -l ${path.slice(2)} -x -a '${next.join(' ')}'`
  return `complete -c ${program} -n 'test "$(__todolist_daemon_path)" = "${path}"' -a '${next.join(' ')}'`
}
