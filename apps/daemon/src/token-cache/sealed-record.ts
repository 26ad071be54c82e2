import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { isJsonObject, type JsonObject, parseJson } from '../outside-text.js'
import type { TokenRecord } from '../token/token-record.js'

const version = 'tenantry-token-1'
const ivBytes = 12
const tagBytes = 16

/** Encrypts a record with AES-256-GCM, bound to its key name: under another name it does not open. */
export function seal(record: TokenRecord, name: string, key: Buffer): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(context(name))
  const content = Buffer.concat([cipher.update(JSON.stringify(record)), cipher.final()])
  return `${version}:${Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64')}`
}

/** The record, or undefined for anything that was not sealed with this key under this name. */
export function unseal(text: string, name: string, key: Buffer): TokenRecord | undefined {
  const [found, content = '', ...rest] = text.trim().split(':')
  const sealed = Buffer.from(content, 'base64')
  if (found !== version || rest.length > 0 || sealed.length <= ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(context(name)).setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes))
  try {
    const opened = Buffer.concat([decipher.update(sealed.subarray(ivBytes + tagBytes)), decipher.final()])
    return recordIn(parseJson(opened.toString()))
  } catch {
    return undefined
  }
}

function context(name: string): Buffer {
  return Buffer.from(`${version}\n${name}`)
}

function recordIn(value: unknown): TokenRecord | undefined {
  if (!isJsonObject(value)) return undefined
  const token = value['token']
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) return undefined
  const [obtainedAt, renewAt, expiresAt] = ['obtainedAt', 'renewAt', 'expiresAt'].map((name) => time(value, name))
  if (obtainedAt === undefined || renewAt === undefined || expiresAt === undefined) return undefined
  return { token, obtainedAt, renewAt, expiresAt }
}

function time(value: JsonObject, name: string): number | undefined {
  const found = value[name]
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined
}
