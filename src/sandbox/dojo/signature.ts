// How Dojo signs a webhook: an HMAC-SHA256 over the body as it is sent, in upper case hexadecimal,
// byte by byte.
import { createHmac } from 'node:crypto'

/** The value of the header `dojo-signature`. */
export function signatureOf(body: string, secret: string): string {
  const digest = createHmac('sha256', secret).update(body).digest('hex').toUpperCase()
  return `sha256=${digest.match(/../g)!.join('-')}`
}
