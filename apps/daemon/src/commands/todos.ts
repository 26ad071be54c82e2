import type { ToDo } from '../api/to-do.js'
import { describeToDo, fetchToDo, makeToDo, pagesOfToDos, removeToDo } from '../api/to-dos.js'
import { plain } from '../outside-text.js'
import { guidOption, idArgument, numberOption, requiredOption, wrongArgument } from './arguments.js'
import type { Call, Result } from './command.js'

/** The largest page the API gives. */
const pageLimit = 100

export async function listToDos(call: Call): Promise<Result> {
  const limit = numberOption(call, 'limit', 1)
  const filter = {
    owner: guidOption(call, 'owner'),
    contains: call.options.get('contains'),
    // Without a limit one answer has them all.
    pageSize: limit === undefined ? undefined : Math.min(limit, pageLimit),
  }
  return call.inSession(async (session) => {
    const list: ToDo[] = []
    for await (const page of pagesOfToDos(session, filter)) {
      list.push(...page)
      if (list.length >= (limit ?? Number.POSITIVE_INFINITY)) break
    }
    return { value: list.slice(0, limit) }
  })
}

export async function getToDo(call: Call): Promise<Result> {
  const id = idArgument(call)
  return call.inSession(async (session) => ({ value: (await fetchToDo(session, id)).toDo }))
}

export async function createToDo(call: Call): Promise<Result> {
  const toDo = { description: requiredOption(call, 'description'), owner: guidOption(call, 'owner') }
  return call.inSession(async (session) => ({ value: await makeToDo(session, toDo, session.newId()) }))
}

export async function updateToDo(call: Call): Promise<Result> {
  const id = idArgument(call)
  const description = requiredOption(call, 'description')
  return call.inSession(async (session) => {
    const { etag } = await fetchToDo(session, id)
    return { value: await describeToDo(session, id, { description, etag }) }
  })
}

export async function deleteToDo(call: Call): Promise<Result> {
  const id = idArgument(call)
  const unasked = call.legacy || call.options.has('yes')
  if (!unasked && !canAsk(call)) throw wrongArgument('nobody can be asked whether to delete it', 'add --yes')
  return call.inSession(async (session) => {
    const { toDo, etag } = await fetchToDo(session, id)
    if (!unasked && !(await confirmed(call, toDo))) return { value: undefined }
    await removeToDo(session, id, etag)
    return { value: toDo }
  })
}

function canAsk({ world }: Call): boolean {
  return world.stdin().isTTY === true && world.stderr.isTTY === true
}

async function confirmed({ world, reporter, signal }: Call, { id, description }: ToDo): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises')
  const terminal = createInterface({ input: world.stdin(), output: world.stderr, terminal: false })
  try {
    const answer = await terminal.question(`Delete to-do ${id}, "${plain(description)}"? [y/N] `, { signal })
    const yes = /^y(es)?$/i.test(answer.trim())
    if (!yes) reporter.note('nothing was deleted')
    return yes
  } finally {
    terminal.close()
  }
}
