// Stands in the bundle for @neon-rs/load and detect-libc, by which libsql finds out which of its binaries fits this machine:
// they make a report on the whole process twice and load child_process, which together takes 12 ms of every start.
'use strict'

const { readFileSync } = require('node:fs')

const { platform, arch } = process

const targets = {
  darwin: () => `darwin-${arch}`,
  win32: () => `win32-${arch}-msvc`,
  linux: () => `linux-${arch}-${libc()}${arch === 'arm' ? 'eabihf' : ''}`,
}

/** The end of the name of libsql's package for this machine. Throws where it has none. */
exports.currentTarget = () => {
  const target = targets[platform]
  if (target === undefined) throw new Error(`libsql has no binary for ${platform}. Next: use Linux, macOS or Windows.`)
  return target()
}

/** Which C library a system has is written in its `ldd`, a script; a system without one is asked in the slow way. */
function libc() {
  const said = readLdd()
  if (said.includes('musl')) return 'musl'
  if (said.includes('GNU C Library')) return 'gnu'
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'gnu'
}

function readLdd() {
  try {
    return readFileSync('/usr/bin/ldd', 'latin1')
  } catch {
    return ''
  }
}

/** detect-libc's: libsql corrects the target by it, which is right already. */
exports.familySync = () => null
