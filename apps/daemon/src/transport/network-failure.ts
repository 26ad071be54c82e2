import { Failure } from '../failure.js'
import { plain } from '../outside-text.js'

/** Whom a request is for: the words of its failures. */
export interface Peer {
  /** For instance `the API`. */
  name: string
  /** The setting that holds its address. */
  setting: string
}

interface Cause {
  why: string
  next: string
}

const unknownIssuer: Cause = {
  why: 'its TLS certificate was issued by an authority that is not trusted here',
  next: 'set CA_FILE to the PEM file of that authority; a local tenant keeps its own under .tenantry',
}
const notTls: Cause = {
  why: 'it does not speak TLS there',
  next: 'check host and port in {setting}; a proxy in between would also explain it',
}
const unreachable: Cause = {
  why: 'it cannot be reached',
  next: 'check host and port in {setting}, the network and the firewall',
}
const dropped: Cause = {
  why: 'it closed the connection without an answer',
  next: 'try again; if it stays, look at the log of {peer}',
}

/** What Node's and OpenSSL's codes mean for the reader of the line. `{peer}` and `{setting}` are filled in. */
const causes: Readonly<Record<string, Cause>> = {
  ECONNREFUSED: {
    why: 'nothing listens at that address',
    next: 'start it (for the local tenant and API: `npm run up`) or correct {setting}',
  },
  ENOTFOUND: { why: 'the host name does not exist', next: 'check the spelling of the host in {setting}' },
  EAI_AGAIN: { why: 'the name server did not answer', next: 'check the network and the DNS settings' },
  ETIMEDOUT: { why: 'no connection within the time allowed', next: unreachable.next },
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  ECONNRESET: dropped,
  ECONNABORTED: dropped,
  EPIPE: dropped,
  EPROTO: notTls,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  CERT_UNTRUSTED: unknownIssuer,
  CERT_SIGNATURE_FAILURE: {
    why: 'its TLS certificate was not signed by the authority in CA_FILE, though that has the same name',
    next: 'point CA_FILE at the current certificate of that authority; a new local tenant makes a new one',
  },
  CERT_HAS_EXPIRED: { why: 'its TLS certificate has expired', next: 'renew it; check the clock of this machine too' },
  CERT_NOT_YET_VALID: { why: 'its TLS certificate is not valid yet', next: 'check the clock of this machine' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its TLS certificate is for another host name',
    next: 'put the host name of the certificate into {setting}',
  },
}

/** The `network` failure for whatever a connection ended with; a `Failure` stays as it is. */
export function networkFailure(error: unknown, { peer, url }: { peer: Peer; url: URL }): Failure {
  if (error instanceof Failure) return error
  const code = codeOf(error)
  const { why, next } = causes[code] ?? {
    why: error instanceof Error && error.message !== '' ? plain(error.message) : 'the connection failed',
    next: unreachable.next,
  }
  return new Failure('network', {
    what: `cannot talk to ${peer.name} at ${url.origin}`,
    why,
    next: next.replace('{setting}', peer.setting).replace('{peer}', peer.name),
    ids: code === '' ? [] : [code],
  })
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
