// How Dojo signs a webhook: HMAC-SHA256 over the raw body, written as upper-case hexadecimal bytes
// with hyphens between them.
import { createHmac } from 'node:crypto'

/** The value of the header `dojo-signature`. */
export function signatureOf(body: string, secret: string): string {
  const digest = createHmac('sha256', secret).update(body).digest('hex').toUpperCase()
  return `sha256=${digest.match(/../g)!.join('-')}`
}
