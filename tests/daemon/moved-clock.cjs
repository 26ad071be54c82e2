// Preloaded into a program by `node --require`: its time is the machine's and what the file of MOVED_CLOCK says, a double of so many
// milliseconds, on top. A timer of half a second or more fires when that time has come. Sockets and TLS keep the machine's time.
const { openSync, readSync } = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const timers = require('node:timers')
const promises = require('node:timers/promises')

const file = openSync(process.env.MOVED_CLOCK, 'r')
const bytes = Buffer.alloc(8)
const machine = Date
const machineTimeout = setTimeout

const now = () => {
  readSync(file, bytes, 0, 8, 0)
  return machine.now() + bytes.readDoubleLE(0)
}

globalThis.Date = class MovedDate extends machine {
  constructor(...parts) {
    if (parts.length === 0) super(now())
    else super(...parts)
  }
  static now() {
    return now()
  }
}

const timeout = (act, ms, ...args) => {
  if (!(ms >= 500)) return machineTimeout(act, ms, ...args)
  const end = now() + ms
  const looking = setInterval(() => {
    if (now() < end) return
    clearInterval(looking)
    act(...args)
  }, 10)
  return looking
}

globalThis.setTimeout = timeout
timers.setTimeout = timeout
promises.setTimeout = (ms, value, { signal } = {}) =>
  new Promise((resolve, reject) => {
    const timer = timeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve(value)
    }, ms)
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
syncBuiltinESMExports()
