// Runs a program that is one file, with V8's compiled form of it kept beside it: a start then compiles nothing. What few
// runs need stands in further files of the same kind, which the program asks for.
// scripts/bundle.mjs puts a copy of this before every bundle, because a deployed program has no scripts folder. CommonJS,
// which Node 20 starts 5 ms faster than an ES module; there, module.enableCompileCache does not exist yet.
'use strict'

const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { Script } = require('node:vm')

/**
 * Runs `folder/name`, whose text is one function `(require, meta, load) => …`, and returns what that returns; `require` is
 * handed on, and `meta` is what import.meta would be in `folder/../src/main.js`, from which the program was bundled; it
 * resolves packages only. `load` does the same with another file of the folder, anew at every call. A name has to change
 * with the text, because V8 compares no more than its length. A compiled form that is missing, damaged or not this V8's is
 * made anew, and a folder that cannot be written costs nothing but time.
 */
module.exports = function runProgram(folder, name, require) {
  const { source, filename, file } = locate(folder, name)
  return run(compiled(source, filename, file), folder, require)
}

/**
 * The same for a build: keeps, when the program ends, what this run had to compile and nothing else. What a start does not
 * need, it then does not load either.
 */
module.exports.runAndKeep = function runAndKeep(folder, name, require) {
  const { source, filename, file } = locate(folder, name)
  const script = new Script(source, { filename })
  process.once('exit', () => keep(file, script))
  return run(script, folder, require)
}

function locate(folder, name) {
  const filename = join(folder, name)
  const { arch, versions } = process
  return { source: readFileSync(filename, 'latin1'), filename, file: `${filename}.${versions.v8}-${arch}` }
}

function run(script, folder, require) {
  const resolve = (module) => pathToFileURL(require.resolve(module)).href
  const meta = { url: pathToFileURL(join(folder, '../src/main.js')).href, resolve }
  return script.runInThisContext()(require, meta, (name) => module.exports(folder, name, require))
}

function compiled(source, filename, file) {
  const cachedData = readKept(file)
  if (cachedData === undefined) return keep(file, compileAll(source, filename))
  const script = new Script(source, { filename, cachedData })
  // Made with other flags of V8. This run compiles what it needs, and the next one makes it anew.
  if (script.cachedDataRejected) rmSync(file, { force: true })
  return script
}

/**
 * V8 checks versions and flags, but not the bytes: damaged ones would end the process without a word. So the file holds them twice,
 * and both are compared, which takes a start less than any checksum: Node computes none without loading a module for it.
 * Guards against accidents only.
 */
function readKept(file) {
  try {
    const bytes = readFileSync(file)
    const half = bytes.length / 2
    const data = bytes.subarray(0, half)
    return half > 0 && data.equals(bytes.subarray(half)) ? data : undefined
  } catch {
    return undefined
  }
}

/** Every function, also those that this run does not call: else what is kept would depend on what was asked first. */
function compileAll(source, filename) {
  const { setFlagsFromString } = require('node:v8')
  setFlagsFromString('--no-lazy')
  try {
    return new Script(source, { filename })
  } finally {
    // Before the data is made, which carries the flags of its time and would fit no other process.
    setFlagsFromString('--lazy')
  }
}

/** Two processes may do this at a time: each writes a file of its own, and the last one stays. */
function keep(file, script) {
  const unfinished = `${file}.${process.pid}.tmp`
  try {
    const data = script.createCachedData()
    writeFileSync(unfinished, Buffer.concat([data, data]))
    renameSync(unfinished, file)
  } catch {
    rmSync(unfinished, { force: true })
  }
  return script
}
