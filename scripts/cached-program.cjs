// Runs a program that is one file, with V8's compiled form of it kept beside it: a start then compiles nothing.
// scripts/bundle.mjs puts a copy of this before every bundle, because a deployed program has no scripts folder. CommonJS,
// which Node 20 starts 5 ms faster than an ES module; there, module.enableCompileCache does not exist yet.
'use strict'

const { readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { cachedDataVersionTag, setFlagsFromString } = require('node:v8')
const { Script } = require('node:vm')
const { crc32 } = require('node:zlib')

/** Bytes of the checksum in front of the compiled form. */
const checksumLength = 4

/**
 * Runs `folder/name`, whose text is one function `(require, meta) => …`; `require` is handed on, and `meta` is what
 * import.meta would be in `folder/../src/main.js`, from which the program was bundled; it resolves packages only. The name
 * has to change with the text, because V8 compares no more than its length. A compiled form that is missing, damaged or not
 * this V8's is made anew, and a folder that cannot be written costs nothing but time.
 */
module.exports = function runProgram(folder, name, require) {
  const filename = join(folder, name)
  const source = readFileSync(filename, 'latin1')
  const script = compiled(source, filename)
  const resolve = (module) => pathToFileURL(require.resolve(module)).href
  script.runInThisContext()(require, { url: pathToFileURL(join(folder, '../src/main.js')).href, resolve })
}

function compiled(source, filename) {
  // Another version, other flags or another processor have another tag.
  const file = `${filename}.${cachedDataVersionTag()}`
  const cachedData = readKept(file)
  if (cachedData === undefined) return keep(file, compileAll(source, filename))
  const script = new Script(source, { filename, cachedData })
  // Not expected, because of the tag. This run compiles what it needs, and the next one makes it anew.
  if (script.cachedDataRejected) rmSync(file, { force: true })
  return script
}

/** V8 checks versions and flags, but not the bytes: damaged ones would end the process without a word. Guards against accidents only. */
function readKept(file) {
  try {
    const bytes = readFileSync(file)
    const data = bytes.subarray(checksumLength)
    return bytes.readUInt32LE() === crc32(data) ? data : undefined
  } catch {
    return undefined
  }
}

/** Every function, also those that this run does not call: else what is kept would depend on what was asked first. */
function compileAll(source, filename) {
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
    const checksum = Buffer.alloc(checksumLength)
    checksum.writeUInt32LE(crc32(data))
    writeFileSync(unfinished, Buffer.concat([checksum, data]))
    renameSync(unfinished, file)
  } catch {
    rmSync(unfinished, { force: true })
  }
  return script
}
