// How Dojo signs a webhook ("Verify Dojo webhooks" in its documentation): an HMAC-SHA256 over the
// body as it was sent, keyed with the active secret of the subscription.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** The header `dojo-signature`: bytes in upper case hexadecimal, joined by dashes. */
const FORM = /^sha256=(?:[0-9A-F]{2}-){31}[0-9A-F]{2}$/

/** Whether a header has the form of a signature. */
export function isSignature(header: unknown): header is string {
  return typeof header === 'string' && FORM.test(header)
}

/** Compares in constant time. */
export function isSignedWith(signature: string, body: Uint8Array, secret: string): boolean {
  const given = Buffer.from(signature.slice('sha256='.length).replaceAll('-', ''), 'hex')
  return timingSafeEqual(given, createHmac('sha256', secret).update(body).digest())
}
