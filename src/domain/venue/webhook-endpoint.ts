// Where a venue's events may be sent, and for how long that is tried.
import { isPrivateHost } from '../../lib/private-address.ts'
import { conflict, invalid } from '../errors.ts'
import { limits } from '../../limits.ts'
import { cardPaymentStatuses, type CardPaymentStatus } from '../payments/card-payment.ts'

/** What a card machine does has the status of its card payment as its type. */
export function cardPaymentType(status: CardPaymentStatus): `card-payment.${string}` {
  const words = status.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`)
  return `card-payment.${words.toLowerCase()}`
}

/** Every type of an event. */
export const eventTypes = [
  'order.created',
  'order.changed',
  'order.locked',
  'order.unlocked',
  'order.paid',
  'order.canceled',
  'order.refused',
  'order.not-applied',
  'order.overdue',
  'payment.recorded',
  'payment.voided',
  'payment.refunded',
  'party.created',
  'party.changed',
  'party.deleted',
  'reservation.created',
  'reservation.changed',
  'reservation.deleted',
  'day.opened',
  'day.closed',
  ...cardPaymentStatuses.map(cardPaymentType),
] as const
export type EventType = (typeof eventTypes)[number]

/**
 * @throws Refusal InvalidRequest: no web address, with a password in it, or without TLS although
 *   that is required
 */
export function checkEndpointUrl(url: string, { mustBePublic }: { mustBePublic: boolean }): void {
  const parsed = URL.parse(url)
  if (parsed === null || !['https:', 'http:'].includes(parsed.protocol)) {
    throw invalid(`The field url is ${url}, which is not a web address that starts with https://.`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid('The field url has a name or password in it; check the signature instead.')
  }
  if (mustBePublic && parsed.protocol !== 'https:') {
    throw invalid(`The field url is ${url}; events are sent over https:// only.`)
  }
  if (mustBePublic && isPrivateHost(parsed.hostname.replace(/^\[|\]$/g, ''))) {
    throw invalid(
      `The field url is ${url}, a private address; the operator can allow those with ` +
        'WEBHOOKS_ALLOW_PRIVATE=true.',
    )
  }
}

/** @throws Refusal Conflict `in-use`: a venue, or the operator, has as many as it may have */
export function mustHaveRoom(count: number): void {
  if (count < limits.maxEndpoints) return
  throw conflict('in-use', `There are ${count} webhooks already, the most that there may be.`)
}

/** @throws Refusal Conflict `content-differs`: the id was not free */
export function mustBeFree(endpointId: string, wasFree: boolean): void {
  if (wasFree) return
  throw conflict('content-differs', `The id ${endpointId} already names another webhook.`)
}

/** After which wait a delivery is tried again; undefined once the schedule has ended. */
export function retryAfterSeconds(attempts: number): number | undefined {
  return limits.webhookRetrySeconds[attempts - 1]
}

/** Whether an endpoint has failed for so long that it is disabled. */
export function isGivenUp(failingSinceMs: number | undefined, nowMs: number): boolean {
  return (
    failingSinceMs !== undefined && nowMs - failingSinceMs >= limits.webhookGiveUpSeconds * 1000
  )
}

/** What the endpoint then shows. */
export function givenUpReason(lastError: string): string {
  return `It failed for ${limits.webhookGiveUpSeconds / 86_400} days. ${lastError}`
}
