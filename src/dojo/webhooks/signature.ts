// How Dojo signs a webhook, by "Verify Dojo webhooks" of its documentation: an HMAC-SHA256 over the
// body as it was sent, under the value of the subscription's active secret.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** As the header `dojo-signature` has it: bytes in upper case hexadecimal, joined by dashes. */
const FORM = /^sha256=(?:[0-9A-F]{2}-){31}[0-9A-F]{2}$/

/** Whether a header could be a signature at all. */
export const isSignature = (header: unknown): header is string =>
  typeof header === 'string' && FORM.test(header)

/** In constant time, whether it is the signature of this body under this secret. */
export function isSignedWith(signature: string, body: Uint8Array, secret: string): boolean {
  const given = Buffer.from(signature.slice('sha256='.length).replaceAll('-', ''), 'hex')
  return timingSafeEqual(given, createHmac('sha256', secret).update(body).digest())
}
