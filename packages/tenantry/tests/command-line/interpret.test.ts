import assert from 'node:assert/strict'
import test from 'node:test'
import { command, flag, type Group, list, value } from '../../src/command-line/command.js'
import { interpret } from '../../src/command-line/interpret.js'
import { Failure } from '../../src/failure.js'

test('commands of a command are found by its words, and get the values their options read', async () => {
  assert.deepEqual(await run('shop', 'fruit', 'buy', '--howMany'), {
    refusal: "unknown option '--howMany'. Use '--how-many' if you meant that, or read shop fruit buy --help",
  })
  const bought = await run('shop', 'fruit', 'buy', '--how-many', '3', '--kind', 'a', '--kind', 'b')
  assert.deepEqual(bought, { code: 5, got: { howMany: 3, kind: ['a', 'b'], ripe: false } })
  assert.deepEqual(await run('shop', 'fruit', 'buy', '--ripe'), {
    code: 5,
    got: { howMany: null, kind: [], ripe: true },
  })
})

test('a group of commands has help of its own, and knows only its own words', async () => {
  const help = `Usage: shop fruit <command> [options]

what grows

Commands:
  buy  take some home

Options:
  -h, --help  print this help
`
  assert.deepEqual(await run('shop', 'fruit', '--help'), { code: 0, stdout: help })
  assert.deepEqual(await run('shop', 'help', 'fruit'), { code: 0, stdout: help })
  assert.deepEqual(await run('shop', 'fruit'), { code: 2, stderr: help })
  assert.deepEqual(await run('shop', 'fruit', 'fruit'), {
    refusal: "unknown command 'fruit'. Read shop fruit --help",
  })
})

test("what fails while a command runs, or while a value is read, is nobody else's to explain", async () => {
  await assert.rejects(run('shop', 'fruit', 'buy', '--how-many', '13'), TypeError)
  await assert.rejects(run('shop', 'fruit', 'buy', '--how-many', '0'), { name: 'Error', message: 'sold out' })
})

async function run(_program: string, ...args: string[]) {
  let got: object | undefined
  const buy = command({
    name: 'buy',
    summary: 'take some home',
    options: {
      howMany: value('number', 'pieces', null, (text) => (text === '13' ? readingFails() : Number(text))),
      kind: list('name', 'which', (text) => text),
      ripe: flag('to be eaten today'),
    },
    run: async (values) => {
      if (values.howMany === 0) throw new Error('sold out')
      got = values
      return 5
    },
  })
  const shop: Group = {
    name: 'shop',
    summary: 'a shop',
    commands: [{ name: 'fruit', summary: 'what grows', commands: [buy] }],
  }
  const texts = { stdout: '', stderr: '' }
  const terminal = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (texts[name] += text) })
  const io = { stdout: terminal('stdout'), stderr: terminal('stderr'), version: '1', program: 'shop' }
  try {
    const code = await interpret(args, shop, io)
    const written = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ''))
    return { code, ...(got === undefined ? {} : { got }), ...written }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { refusal: `${error.message}. ${error.next?.replace(/^./, (letter) => letter.toUpperCase())}` }
  }
}

function readingFails(): number {
  throw new TypeError('a mistake in the reading itself')
}
