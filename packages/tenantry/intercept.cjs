// Loaded into every Node program below `tenantry run`, before the program itself: connections to the login and Graph hosts of
// Microsoft end at the local tenant, and those that it does not stand in for are refused. Everything else goes where it
// always went. CommonJS and few built-in modules, because it is paid for at every start.
'use strict'

const children = require('node:child_process')
const { syncBuiltinESMExports } = require('node:module')
const { Socket } = require('node:net')
const threads = require('node:worker_threads')

/** `settings` are what packages/tenantry/src/run/environment.ts makes them; in a file, because a worker may have no environment. */
module.exports = function intercept({ port, proxyPort, ca, emulated, microsoft, refusal, notes, variables, preload }) {
  const isEmulated = new RegExp(emulated)
  const isMicrosoft = new RegExp(microsoft)
  // An API beside the tenant has a certificate of the same CA.
  const isHere = /^(localhost|127(\.\d+){3}|::1)$/
  const connect = Socket.prototype.connect

  /** Node calls this with one array that it has normalised, everybody else with options, or with port and host. */
  Socket.prototype.connect = function (...args) {
    const [first] = args
    const options = optionsOf(args)
    // A path is a pipe's.
    if (options === undefined || options.path) return connect.apply(this, args)
    const name = nameOf(options)
    if (!isMicrosoft.test(name)) {
      if (isHere.test(name)) trust(contextOf(this))
      if (Number(options.port) === proxyPort) trustInTunnels()
      return connect.apply(this, args)
    }
    if (Number(options.port) !== 443 || !isEmulated.test(name)) return refuse(this, name, options.port, args)
    trust(contextOf(this))
    const redirected = { ...options, host: '127.0.0.1', port, lookup: undefined }
    // The array carries a mark by which Node knows it.
    if (Array.isArray(first)) first[0] = redirected
    else args.splice(0, typeof first === 'object' ? 1 : 2, redirected)
    return connect.apply(this, args)
  }

  function optionsOf([first, second]) {
    if (Array.isArray(first)) return first[0]
    if (typeof first === 'object' && first !== null) return first
    return Number.isInteger(Number(first))
      ? { port: first, host: typeof second === 'string' ? second : 'localhost' }
      : undefined
  }

  /** Who is meant: by the name that TLS will ask for, which stays when a program has looked the address up by itself. */
  function nameOf({ servername, host = 'localhost' }) {
    const plain = (text) => (typeof text === 'string' ? text.toLowerCase().replace(/\.$/, '') : '')
    const asked = plain(servername)
    return isMicrosoft.test(asked) ? asked : plain(host)
  }

  function refuse(socket, name, toPort, args) {
    note(`${name}:${toPort}\n`)
    const text = refusal.replace('{host}', `${name}:${toPort}`)
    const error = Object.assign(new Error(text), { code: 'ERR_TENANTRY_REFUSED', syscall: 'connect', host: name })
    const listener = args.at(-1)
    if (typeof listener === 'function') socket.once('connect', listener)
    socket.connecting = true
    process.nextTick(() => socket.destroy(error))
    return socket
  }

  function note(line) {
    try {
      require('node:fs').appendFileSync(notes, line)
    } catch {
      // The run is over: nobody counts any more.
    }
  }

  // What TLS was set up with; Node has no public way to it. Undefined for a socket without TLS.
  const contextOf = (socket) => socket['_tlsOptions']?.secureContext
  const trusting = new WeakSet()

  /** Lets one TLS context, beside what it trusts, trust the development CA: it may vouch for emulated hosts and this machine alone. */
  function trust(secureContext) {
    if (secureContext === undefined || secureContext === null || trusting.has(secureContext)) return
    trusting.add(secureContext)
    secureContext.context.addCACert(ca)
  }

  let hooked = false

  /** TLS that is spoken through a proxy starts on a socket that is connected already. */
  function trustInTunnels() {
    if (hooked) return
    hooked = true
    const tls = require('node:tls')
    const connectTls = tls.connect
    tls.connect = function (...args) {
      const socket = connectTls.apply(this, args)
      const { servername } = args.find((value) => typeof value === 'object' && value !== null) ?? {}
      if (typeof servername === 'string' && isEmulated.test(servername.toLowerCase())) {
        trust(contextOf(socket))
      }
      return socket
    }
    syncBuiltinESMExports()
  }

  /** An environment that a program has made up for its child, with what brings the child here put back. */
  function completed(environment) {
    const own = environment.NODE_OPTIONS ?? ''
    const NODE_OPTIONS = own.includes(preload) ? own : `${preload} ${own}`.trim()
    return { ...variables, ...environment, NODE_OPTIONS }
  }

  const withEnvironment = (value) =>
    typeof value?.env === 'object' && value.env !== null ? { ...value, env: completed(value.env) } : value

  for (const name of ['spawnSync', 'execSync', 'execFileSync']) {
    const run = children[name]
    children[name] = (...args) => run(...args.map((value) => (Array.isArray(value) ? value : withEnvironment(value))))
  }

  const spawn = children.ChildProcess.prototype.spawn
  /** What spawn, exec, execFile and fork end in; the environment is a list of `name=value` here. */
  children.ChildProcess.prototype.spawn = function (options) {
    if (!Array.isArray(options?.envPairs)) return spawn.call(this, options)
    const pairs = options.envPairs.map((pair) => [
      pair.slice(0, pair.indexOf('=', 1)),
      pair.slice(pair.indexOf('=', 1) + 1),
    ])
    const environment = completed(Object.fromEntries(pairs))
    const envPairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
    return spawn.call(this, { ...options, envPairs })
  }

  /** A worker with an environment of its own reads NODE_OPTIONS from it. */
  threads.Worker = class Worker extends threads.Worker {
    constructor(file, options) {
      super(file, withEnvironment(options))
    }
  }
  syncBuiltinESMExports()
}
