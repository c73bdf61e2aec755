// Where a venue's events may be sent, and for how long that is tried.
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
  if (mustBePublic && isPrivateAddress(parsed.hostname.replace(/^\[|\]$/g, ''))) {
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

const PRIVATE_V4 = [
  /^0\./,
  /^10\./,
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^127\./,
  /^169\.254\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^192\.0\.0\./,
  /^192\.168\./,
  /^198\.1[89]\./,
  /^(22[4-9]|2[3-5]\d)\./,
]
const PRIVATE_V6 = /^(::1?$|f[cd]|fe[89ab]|ff|64:ff9b:|2001:db8:|100::)/i

/** Whether an address, or a name that always is one, belongs to no public host. */
export function isPrivateAddress(host: string): boolean {
  if (/^(localhost|.*\.(localhost|local|internal))\.?$/i.test(host)) return true
  // An IPv4 address in IPv6's clothes, in either of its two spellings.
  const mapped = /^::(?:ffff:)?(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(
    host,
  )
  if (mapped !== null) {
    const [, dotted, high = '', low = ''] = mapped
    return isPrivateAddress(dotted ?? dottedOf(high, low))
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return PRIVATE_V4.some((range) => range.test(host))
  return host.includes(':') && PRIVATE_V6.test(host)
}

function dottedOf(high: string, low: string): string {
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.')
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
