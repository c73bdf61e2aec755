// Webhooks to the venue's own systems: where to, which events, and what has not arrived.
import { Type } from 'typebox'
import {
  addEndpoint,
  changeEndpoint,
  recoverEvents,
  removeEndpoint,
  rotateSecret,
  sendAgain,
} from '../../../actions/webhooks/change-endpoint.ts'
import { notFound } from '../../../domain/errors.ts'
import { isoTime } from '../../../domain/time.ts'
import { eventTypes } from '../../../domain/venue/webhook-endpoint.ts'
import { limits } from '../../../limits.ts'
import { readDeliveries, type DeliveryRow } from '../../../store/feed/webhook-deliveries.ts'
import {
  findEndpoint,
  readEndpoints,
  type Endpoint,
} from '../../../store/feed/webhook-endpoints.ts'
import { operation, OWNERS, type TillDeps } from '../../kit/operation.ts'
import { Emptied, Fields, Id, Name, OneOf, Time, Version } from '../../kit/shapes.ts'
import { eventIdOf, keyOfEvent } from '../venue-events.ts'
import { newSecret } from './signature.ts'

const tag = 'Webhooks'

const Url = Type.String({
  minLength: 1,
  maxLength: limits.maxUrlCharacters,
  description: 'https:// and a public address, unless the operator allows private ones.',
})
const Types = Type.Array(OneOf(eventTypes), {
  maxItems: eventTypes.length,
  description: 'The types of events to send; empty for all.',
})

const fields = { url: Url, description: Type.Optional(Name), types: Types }
const state = {
  id: Type.String(),
  version: Version,
  ...fields,
  enabled: Type.Boolean(),
  disabledReason: Type.Optional(Type.String()),
  failingSince: Type.Optional(Time),
  waiting: Type.Integer({ description: 'Events that wait to be delivered.' }),
  failed: Type.Integer({ description: 'Events that were given up; recover sends them again.' }),
  lastError: Type.Optional(Type.String()),
  createdAt: Time,
}
const EndpointShape = Fields(state, { title: 'Webhook' })
const EndpointWithSecret = Fields(
  { ...state, secret: Type.String({ description: 'It is shown once. It begins with whsec_.' }) },
  { title: 'WebhookWithSecret' },
)

function endpointView(endpoint: Endpoint): object {
  const { endpointId, failingSince, disabledAt, disabledReason, lastError, ...rest } = endpoint
  return {
    ...rest,
    id: endpointId,
    description: rest.description ?? undefined,
    enabled: disabledAt === null,
    disabledReason: disabledReason ?? undefined,
    failingSince: failingSince?.toISOString(),
    lastError: lastError ?? undefined,
    createdAt: rest.createdAt.toISOString(),
  }
}

const Delivery = Fields({
  eventId: Type.String(),
  at: Time,
  state: OneOf(['waiting', 'delivered', 'failed']),
  attempts: Type.Integer(),
  nextAttemptAt: Type.Optional(Time),
  status: Type.Optional(Type.Integer({ description: 'The status of the last answer.' })),
  error: Type.Optional(Type.String()),
})

function deliveryView(row: DeliveryRow): object {
  const { entity, entityId: id, sequence, deliveredAt, failedAt } = row
  const isOver = deliveredAt !== null || failedAt !== null
  const ended = deliveredAt === null ? 'failed' : 'delivered'
  return {
    eventId: eventIdOf({ entity, id, sequence }),
    at: row.at.toISOString(),
    state: isOver ? ended : 'waiting',
    attempts: row.attempts,
    nextAttemptAt: isOver ? undefined : row.nextAttemptAt.toISOString(),
    status: row.lastStatus ?? undefined,
    error: row.lastError ?? undefined,
  }
}

const EndpointPath = Fields({ webhookId: Id })

function makeSecret({ newId, sealSecret }: TillDeps, locationId: string) {
  const secret = newSecret()
  const sealed = sealSecret(secret, locationId)
  return { secret, kept: { secretId: newId('whs'), sealed } }
}

export const webhookOperations = [
  operation({
    id: 'addWebhook',
    does: 'write',
    // No answer with a secret in it is kept for an Idempotency-Key.
    transaction: 'own',
    method: 'POST',
    path: '/webhooks',
    summary: "Sends the venue's events to a system of yours",
    creates: true,
    description:
      'Signed as Standard Webhooks are; the secret is in this answer and nowhere else. An event ' +
      'is sent until you answer with a 2xx status within 15 seconds, at least once and always ' +
      'with the same webhook-id, and the events of one order in sequence. After 5 days of ' +
      'failures nothing more is sent until you enable the webhook again.',
    tag,
    roles: OWNERS,
    body: Fields({ id: Type.Optional(Id), ...fields, types: Type.Optional(Types) }),
    answer: EndpointWithSecret,
    run: async ({ database, caller: { locationId }, deps, body }) => {
      const { id: endpointId = deps.newId('whk'), types = [], url, description } = body
      const { webhooksMustBePublic: mustBePublic } = deps
      const { secret, kept } = makeSecret(deps, locationId)
      const toAdd = { endpointId, url, description, types, secret: kept, mustBePublic }
      const endpoint = await database.transaction(
        async (tx) => await addEndpoint(tx, locationId, toAdd),
      )
      return { body: { ...endpointView(endpoint), secret }, version: endpoint.version, status: 201 }
    },
  }),

  operation({
    id: 'listWebhooks',
    does: 'read',
    method: 'GET',
    path: '/webhooks',
    summary: "The systems that the venue's events are sent to, and how that goes",
    tag,
    roles: OWNERS,
    answer: Fields({ webhooks: Type.Array(EndpointShape) }),
    run: async ({ database, caller: { locationId } }) => ({
      body: { webhooks: (await readEndpoints(database, locationId)).map(endpointView) },
    }),
  }),

  operation({
    id: 'changeWebhook',
    does: 'write',
    method: 'PATCH',
    path: '/webhooks/{webhookId}',
    summary: 'Changes a webhook, disables it, or enables it again',
    description: 'What happened while it was disabled is sent once it is enabled.',
    tag,
    roles: OWNERS,
    params: EndpointPath,
    body: Type.Partial(Fields({ ...fields, description: Emptied(Name), enabled: Type.Boolean() }), {
      additionalProperties: false,
      minProperties: 1,
    }),
    answer: EndpointShape,
    run: async ({ tx, caller: { locationId }, deps, ifMatch, params, body }) => {
      const { description, ...rest } = body
      const endpoint = await changeEndpoint(tx, locationId, {
        endpointId: params.webhookId,
        ifMatch,
        ...rest,
        description: description ?? undefined,
        mustBePublic: deps.webhooksMustBePublic,
      })
      return { body: endpointView(endpoint), version: endpoint.version }
    },
  }),

  operation({
    id: 'removeWebhook',
    does: 'write',
    method: 'DELETE',
    path: '/webhooks/{webhookId}',
    summary: 'Deletes a webhook, and the events that wait for it',
    tag,
    roles: OWNERS,
    params: EndpointPath,
    answer: Fields({ removed: Type.Boolean() }),
    run: async ({ tx, caller: { locationId }, params: { webhookId } }) => {
      await removeEndpoint(tx, locationId, webhookId)
      return { body: { removed: true } }
    },
  }),

  operation({
    id: 'rotateWebhookSecret',
    does: 'write',
    transaction: 'own',
    method: 'POST',
    path: '/webhooks/{webhookId}/rotate',
    summary: 'Issues a new secret; the previous one signs beside it for a day',
    tag,
    roles: OWNERS,
    params: EndpointPath,
    answer: Fields({ secret: Type.String() }),
    run: async ({ database, caller: { locationId }, deps, params: { webhookId } }) => {
      const { secret, kept } = makeSecret(deps, locationId)
      await database.transaction(async (tx) => {
        await rotateSecret(tx, locationId, webhookId, kept)
      })
      return { body: { secret } }
    },
  }),

  operation({
    id: 'recoverWebhook',
    does: 'write',
    method: 'POST',
    path: '/webhooks/{webhookId}/recover',
    summary: 'Sends again all events since a time that were not delivered',
    tag,
    roles: OWNERS,
    params: EndpointPath,
    body: Fields({ since: Time }),
    answer: Fields({ events: Type.Integer({ description: 'How many are sent.' }) }),
    run: async ({ tx, caller: { locationId }, params: { webhookId }, body: { since } }) => {
      const events = await recoverEvents(tx, locationId, webhookId, isoTime(since, 'since'))
      return { body: { events } }
    },
  }),

  operation({
    id: 'listDeliveries',
    does: 'read',
    method: 'GET',
    path: '/webhooks/{webhookId}/deliveries',
    summary: `The newest ${limits.maxDeliveryRows} events of a webhook, and how their delivery goes`,
    tag,
    roles: OWNERS,
    params: EndpointPath,
    answer: Fields({ deliveries: Type.Array(Delivery) }),
    run: async ({ database, caller: { locationId }, params: { webhookId } }) => {
      if ((await findEndpoint(database, locationId, webhookId)) === undefined) {
        throw notFound('webhook', webhookId)
      }
      const rows = await readDeliveries(database, locationId, webhookId)
      return { body: { deliveries: rows.map(deliveryView) } }
    },
  }),

  operation({
    id: 'sendEventAgain',
    does: 'write',
    method: 'POST',
    path: '/webhooks/{webhookId}/deliveries/{eventId}/resend',
    summary: 'Sends one event again, even if it was delivered',
    tag,
    roles: OWNERS,
    params: Fields({ webhookId: Id, eventId: Id }),
    answer: Fields({ queued: Type.Boolean() }),
    run: async ({ tx, caller: { locationId }, params: { webhookId, eventId } }) => {
      const key = keyOfEvent(eventId)
      if (key === undefined) throw notFound('event', eventId)
      await sendAgain(tx, { locationId, endpointId: webhookId, ...key }, eventId)
      return { body: { queued: true } }
    },
  }),
]
