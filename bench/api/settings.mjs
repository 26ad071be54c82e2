// How the servers of this benchmark are told where they are: the same variables that the API has.
import { readFileSync } from 'node:fs'

const { AUTHORITY, CLIENT_ID, PORT, TLS_CERT_FILE, TLS_KEY_FILE } = process.env
export const authority = AUTHORITY
export const clientId = CLIENT_ID
export const issuer = `${AUTHORITY}/v2.0`
export const tls = { cert: readFileSync(TLS_CERT_FILE), key: readFileSync(TLS_KEY_FILE) }
export const port = Number(PORT)
