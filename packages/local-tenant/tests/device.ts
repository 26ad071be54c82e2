import assert from 'node:assert/strict'
import type { Tenant } from '../src/index.js'
import { form, type HttpsClient, type Reply, text } from './https-client.js'

type Asking = { readonly tenant: Tenant; readonly client: HttpsClient }

/** What a device asks first. */
export function askForDevice({ tenant, client }: Asking, parameters: Record<string, string>): Promise<Reply> {
  return postForm(client, `/${tenant.tenantId}/oauth2/v2.0/devicecode`, parameters)
}

/** The two codes of a request that has to succeed. */
export async function deviceCodes(
  asking: Asking,
  clientId: string,
  scope: string,
): Promise<{ deviceCode: string; userCode: string }> {
  const reply = await askForDevice(asking, { client_id: clientId, scope })
  assert.equal(reply.status, 200, reply.text)
  return { deviceCode: text(reply.body, 'device_code'), userCode: text(reply.body, 'user_code') }
}

/** What a device asks from then on. */
export function pollAs(
  { tenant, client }: Asking,
  clientId: string,
  deviceCode: string,
  more: Record<string, string> = {},
): Promise<Reply> {
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: deviceCode }
  return postForm(client, `/${tenant.tenantId}/oauth2/v2.0/token`, { client_id: clientId, ...grant, ...more })
}

/** What a browser sends from the page where the code is entered. */
export function enterAtPage({ tenant, client }: Asking, fields: Record<string, string>): Promise<Reply> {
  return postForm(client, `/${tenant.tenantId}/oauth2/deviceauth`, fields)
}

/** All of these answers name this request. */
export const clientRequestId = '0b7d8c2a-6f3e-4d5b-9a1c-2e4f6a8b0c1d'

function postForm(client: HttpsClient, path: string, fields: Record<string, string>): Promise<Reply> {
  const headers = { ...form, 'client-request-id': clientRequestId }
  return client.send('POST', path, { headers, body: new URLSearchParams(fields).toString() })
}
