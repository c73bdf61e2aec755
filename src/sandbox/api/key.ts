// The API key of a request to Dojo, over HTTP and in the handshake of a WebSocket.
import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from '../dojo/problem.ts'

const HEADER = /^[Bb]asic (sk_sandbox_[A-Za-z0-9_-]{1,200})$/

/** Dojo takes the key as it is, not encoded in Base64. @throws Problem 401 */
export function keyOf({ authorization = '' }: IncomingHttpHeaders): string {
  const key = HEADER.exec(authorization)?.[1]
  if (key === undefined) {
    throw new Problem(
      401,
      'The API key is missing or malformed. ' +
        'Send `Authorization: Basic sk_sandbox_...`, with the key not encoded.',
    )
  }
  return key
}
