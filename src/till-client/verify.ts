// Whether a webhook is from the server, by the specification of Standard Webhooks.
import { createHmac, timingSafeEqual } from 'node:crypto'

export interface WebhookHeaders {
  'webhook-id'?: string
  'webhook-timestamp'?: string
  'webhook-signature'?: string
}

const TOLERANCE_SECONDS = 300

/**
 * The event that a webhook carries.
 * @param secret as the server gave it, `whsec_...`
 * @param body as it came, before anything parsed it
 * @throws Error: it is not from the server, or too old to be taken
 */
export function verifyWebhook(
  secret: string,
  headers: WebhookHeaders,
  body: string,
  nowMs: number = Date.now(),
): unknown {
  const {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures,
  } = headers
  if (id === undefined || timestamp === undefined || signatures === undefined) {
    throw new Error('The webhook has no signature.')
  }
  if (!(Math.abs(nowMs / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) {
    throw new Error('The webhook was sent at another time than now.')
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest()
  const isSigned = signatures.split(' ').some((signature) => {
    const [version, encoded = ''] = signature.split(',')
    const given = Buffer.from(encoded, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
  if (!isSigned) throw new Error('The signature of the webhook is wrong.')
  return JSON.parse(body)
}
