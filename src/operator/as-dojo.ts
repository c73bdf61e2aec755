// The server calling its own EPOS Data API, as Dojo's products do with the venue's credential.
import type { IssuedCredential } from './credentials.ts'

interface Injectable {
  inject: (request: {
    method: 'GET' | 'POST' | 'PUT' | 'DELETE'
    url: string
    headers: Record<string, string>
    payload?: object
  }) => Promise<{ statusCode: number; payload: string }>
}

/** Who is behind a call of Dojo's. */
export interface Machine {
  waiterId?: string
  product: string
  deviceId?: string
}

/** Throws unless the call succeeds. */
export type CallDojo = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  machine: Machine,
  body?: object,
) => Promise<void>

/** @param base the server's own prefix */
export function createAsDojo(
  app: Injectable,
  base: string,
  { username, password }: IssuedCredential,
): CallDojo {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  return async (method, path, { waiterId, product, deviceId }, body) => {
    const { statusCode, payload } = await app.inject({
      method,
      url: base + path,
      headers: {
        authorization,
        'dojo-requesting-product': product,
        ...(deviceId === undefined ? {} : { 'device-id': deviceId, 'device-type': 'Terminal' }),
        ...(waiterId === undefined ? {} : { 'waiter-id': waiterId }),
      },
      ...(body === undefined ? {} : { payload: body }),
    })
    if (statusCode >= 400) throw new Error(`${method} ${path} was refused: ${payload}`)
  }
}
