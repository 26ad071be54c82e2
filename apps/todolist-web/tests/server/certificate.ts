import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const fixtures = new URL('../../../../todolist-api/tests/fixtures/', import.meta.url)

/** A certificate for localhost that is its own root, and its key. For tests only: the key is public. */
export const certificateFile = fileURLToPath(new URL('localhost.cert.pem', fixtures))
export const keyFile = fileURLToPath(new URL('localhost.key.pem', fixtures))
export const certificate = readFileSync(certificateFile, 'utf8')
export const key = readFileSync(keyFile, 'utf8')
