// Tells other processes which venues have something new. A transaction does not notify by itself:
// NOTIFY takes a lock of the whole database until the commit, and every payment would wait for it.
// Instead a process notifies shortly after its commits, for all venues together.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { limits } from '../../limits.ts'
import { Client } from './client.ts'
import type { Database, Statement } from './database.ts'
import { coalesce } from '../../lib/coalesce.ts'

export interface NotificationHandlers {
  /** The venue has something new. */
  changed: (locationId: string) => void
  /** Notifications may have been missed: any venue may have something new. */
  missed: () => void
}

export interface Notifications {
  /** Begins to listen to other processes. */
  listen: () => void
  stop: () => Promise<void>
}

const CHANNEL = 'epos_changes'
export const LISTENER_NAME = 'epos listener'

/** No need to wait for the disk: after a crash of the database every listener polls anyway. */
const notifyOthers: Statement = {
  name: 'changes_tell',
  text: `SELECT set_config('synchronous_commit', 'off', true), pg_notify('${CHANNEL}', $1 || ' ' || v.location_id)
    FROM unnest($2::text[]) AS v(location_id)`,
}

/** Notifies of this process's changes from the start, and hears of them without the database. */
export function createNotifications(
  database: Database,
  { changed, missed }: NotificationHandlers,
): Notifications {
  const me = randomUUID()
  const stopping = new AbortController()
  const pending = new Set<string>()
  let listening: Promise<void> | undefined
  const notifying = coalesce(async () => {
    const locationIds = [...pending]
    pending.clear()
    // Without the database there are no changes to notify of.
    await database.rows(notifyOthers, [me, locationIds]).catch(() => {})
    return limits.streamNotifyPauseMs
  })
  const onChanges = (locationIds: ReadonlySet<string>): void => {
    for (const locationId of locationIds) {
      pending.add(locationId)
      changed(locationId)
    }
    notifying.request()
  }
  const unlisten = database.listen('changes', onChanges)

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
      await Promise.all([notifying.stop(), listening])
    },
  }
}

/** A connection outside the pool, whose connections are shared. */
async function open(pool: pg.Pool): Promise<Client> {
  const client = new Client({ ...pool.options, application_name: LISTENER_NAME } as pg.ClientConfig)
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

/** Sends a query from time to time: a connection whose other end has vanished stays silent. */
async function untilGone(client: Client, signal: AbortSignal): Promise<void> {
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
  // Not awaited: without the other end it would take for ever.
  void client.end().catch(() => {})
}
