// GET /till/v1/events: the changes of a venue for a till that asks again and again, the simplest
// way through any router. It waits until there is something new.
import { Type } from 'typebox'
import { eventTypes } from '../../domain/venue/webhook-endpoint.ts'
import { limits } from '../../limits.ts'
import type { Queryable } from '../../store/database/database.ts'
import { isAhead, isPosition, readChanges, type ReadVenue } from '../../store/feed/feed.ts'
import { EVERYBODY, operation, type TillCaller, type UntilChange } from '../kit/operation.ts'
import { Fields, Time } from '../kit/shapes.ts'
import { dataOf } from './events.ts'
import type { StreamHub } from './hub.ts'
import type { Listener } from './rooms.ts'
import { eventIdOf, typeOf } from './venue-events.ts'

/** Hears of changes as a stream does, and counts as one while it waits. */
export function createUntilChange(hub: StreamHub): UntilChange {
  return async ({ locationId, tokenId }, mostMs) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let isReady = false
    const listener: Listener = {
      locationId,
      tokenId,
      cut: resolve,
      // The first message to a listener only confirms that it listens.
      write: () => {
        if (isReady) resolve()
        isReady = true
      },
    }
    const { begin } = await hub.join(listener, undefined)
    begin()
    const timer = setTimeout(resolve, mostMs)
    const changed = promise.finally(() => {
      clearTimeout(timer)
      hub.leave(listener)
    })
    return { changed }
  }
}

const Event = Type.Object(
  {
    id: Type.String({ description: 'The same each time it is sent, whichever way.' }),
    type: Type.String({ description: `${eventTypes.join(', ')}.` }),
    at: Time,
    action: Type.String(),
  },
  {
    description:
      'And what else the stream carries: ids, who made the change, its detail, and the order.',
  },
)

const Events = Fields(
  {
    events: Type.Array(Event),
    position: Type.String({ description: 'Ask for what comes after it next time.' }),
    reset: Type.Boolean({
      description:
        'You missed more than can be sent again, or the position is not one of this server: read ' +
        'everything again, and go on from here.',
    }),
  },
  { title: 'Events' },
)

interface Polled extends ReadVenue {
  nowMs: number
}

function answerOf({ changes: found, position, nowMs }: Polled): object {
  const events = (found ?? []).map((change) => ({
    id: eventIdOf(change),
    type: typeOf(change),
    ...dataOf(change, nowMs),
  }))
  return { events, position, reset: found === undefined }
}

/** Reads, and reads once more when something is new. */
async function poll(
  database: Queryable,
  caller: TillCaller,
  { after, waitMs, untilChange }: { after: string; waitMs: number; untilChange: UntilChange },
): Promise<Polled> {
  const read = async (): Promise<Polled> => await readOne(database, caller, after)
  const first = await read()
  if (isAhead(after, first.position)) return { ...first, changes: undefined }
  if (waitMs === 0 || !hasNone(first)) return first
  // Listens before it reads again: what is committed in between is not missed.
  const { changed } = await untilChange(caller, waitMs)
  const second = await read()
  if (!hasNone(second)) return second
  await changed
  return await read()
}

function hasNone({ changes }: Polled): boolean {
  return changes?.length === 0
}

/** @param since undefined to learn where to begin */
async function readOne(
  database: Queryable,
  { locationId }: TillCaller,
  since: string | undefined,
): Promise<Polled> {
  const { nowMs, read } = await readChanges(database, [{ locationId, since }])
  return { nowMs, ...read[0]! }
}

export const eventOperations = [
  operation({
    id: 'readEvents',
    does: 'read',
    waits: true,
    method: 'GET',
    path: '/events',
    summary: 'What has happened since you last asked; waits until there is something',
    description:
      'Without `after`, the position to begin with. Then ask for what is after the last position ' +
      'again and again, also after a restart: each event comes at least once. It waits for up to ' +
      '`waitSeconds` and may answer with no events earlier.',
    tag: 'Stream',
    roles: EVERYBODY,
    query: Fields({
      after: Type.Optional(Type.String({ maxLength: limits.maxPathParameterCharacters })),
      waitSeconds: Type.Optional(
        Type.Integer({ minimum: 0, maximum: limits.maxEventWaitSeconds, default: 0 }),
      ),
    }),
    answer: Events,
    run: async ({ database, caller, deps: { untilChange }, query: { after, waitSeconds = 0 } }) => {
      if (after === undefined || !isPosition(after)) {
        const now = await readOne(database, caller, undefined)
        return { body: { ...answerOf(now), reset: after !== undefined } }
      }
      const waitMs = waitSeconds * 1000
      return { body: answerOf(await poll(database, caller, { after, waitMs, untilChange })) }
    },
  }),
]
