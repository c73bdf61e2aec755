// Which venues have something new, from process to process. The transactions that write tell
// nothing themselves: notifying takes a lock of the whole database until the commit, which every
// payment would wait for. What one process has committed it tells shortly after, for all venues
// together.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { limits } from '../../limits.ts'
import type { Database, Statement } from './database.ts'
import { coalesce } from '../../lib/coalesce.ts'

export interface Hearing {
  /** The venue has something new. */
  changed: (locationId: string) => void
  /** Nothing was heard for a while: any venue may have something new. */
  missed: () => void
}

export interface Notifications {
  /** Begins to hear of other processes. */
  listen: () => void
  stop: () => Promise<void>
}

const CHANNEL = 'epos_changes'
export const LISTENER_NAME = 'epos listener'

/**
 * Whoever missed it because the database went down looks by itself, so nobody waits for it to reach
 * the disk.
 */
const TELL: Statement = {
  name: 'changes_tell',
  text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', $1 || ' ' || v.location_id) FROM unnest($2::text[]) AS v(location_id)`,
}

/**
 * Tells of the changes of this process from the start, and hears of them at once, without the
 * database.
 */
export function createNotifications(
  database: Database,
  { changed, missed }: Hearing,
): Notifications {
  const me = randomUUID()
  const stopping = new AbortController()
  const untold = new Set<string>()
  let listening: Promise<void> | undefined
  const telling = coalesce(async () => {
    const locationIds = [...untold]
    untold.clear()
    // Without the database there is nothing to tell of.
    await database.rows(TELL, [me, locationIds]).catch(() => {})
    return limits.streamTellPauseMs
  })
  const hear = (locationIds: ReadonlySet<string>): void => {
    for (const locationId of locationIds) {
      untold.add(locationId)
      changed(locationId)
    }
    telling.request()
  }
  const unlisten = database.listen('changes', hear)

  const hearOthers = async (): Promise<void> => {
    let pauseMs: number = limits.streamReconnectMs
    while (!stopping.signal.aborted) {
      const client = await open(database.pool).catch(() => undefined)
      if (client !== undefined) {
        pauseMs = limits.streamReconnectMs
        client.on('notification', ({ payload = '' }) => {
          const [from, locationId] = payload.split(' ')
          if (from !== me && locationId !== undefined) changed(locationId)
        })
        missed()
        await untilGone(client, stopping.signal)
      }
      await wait(pauseMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {})
      pauseMs = Math.min(2 * pauseMs, limits.streamLongestReconnectMs)
    }
  }
  return {
    listen: () => {
      listening ??= hearOthers()
    },
    stop: async () => {
      unlisten()
      stopping.abort()
      await Promise.all([telling.stop(), listening])
    },
  }
}

/** A connection of its own: one of the pool is anybody's. */
async function open(pool: pg.Pool): Promise<pg.Client> {
  const client = new pg.Client({
    ...pool.options,
    application_name: LISTENER_NAME,
  } as pg.ClientConfig)
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(`LISTEN ${CHANNEL}`)
    return client
  } catch (error) {
    void client.end().catch(() => {})
    throw error
  }
}

/** A connection whose other end has vanished says so only when it is asked. */
async function untilGone(client: pg.Client, signal: AbortSignal): Promise<void> {
  let asking: NodeJS.Timeout | undefined
  await new Promise<unknown>((resolve) => {
    client.once('end', resolve)
    client.once('error', resolve)
    signal.addEventListener('abort', resolve, { once: true })
    if (signal.aborted) resolve(undefined)
    asking = setInterval(() => {
      client.query('SELECT 1').catch(resolve)
    }, limits.streamListenerCheckMs).unref()
  })
  clearInterval(asking)
  // Saying goodbye to nobody may take for ever.
  void client.end().catch(() => {})
}
