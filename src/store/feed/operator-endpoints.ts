// The operator's systems that are sent the events of every venue. Each venue has a row for such an
// endpoint among its own, which has its position and how its deliveries go; so one venue's trouble
// is not another's, and everything that works for a venue's endpoint works for these.
import { limits } from '../../limits.ts'
import type { Database, Queryable, Statement, Transaction } from '../database/database.ts'
import { readPositions, snapshotOf } from './position-clock.ts'
import { ENABLED } from './webhook-endpoints.ts'

export interface OperatorEndpoint {
  endpointId: string
  url: string
  /** Empty for all. */
  types: string[]
  createdAt: Date
  venues: number
  /** Venues whose events are not sent any more, after days of failures. */
  disabled: number
  /** Events that wait, and events that were given up. */
  waiting: number
  failed: number
  lastError: string | null
}

const selectAll: Statement = {
  name: 'operator_endpoints_list',
  text: `SELECT o.endpoint_id AS "endpointId", o.url, o.types, o.created_at AS "createdAt",
      (SELECT count(*) FROM webhook_endpoints w WHERE w.endpoint_id = o.endpoint_id AND w.of_operator) AS venues,
      (SELECT count(*) FROM webhook_endpoints w WHERE w.endpoint_id = o.endpoint_id AND w.of_operator
        AND w.disabled_at IS NOT NULL) AS disabled,
      (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = o.endpoint_id
        AND d.delivered_at IS NULL AND d.failed_at IS NULL) AS waiting,
      (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint_id = o.endpoint_id AND d.failed_at IS NOT NULL) AS failed,
      (SELECT d.last_error FROM webhook_deliveries d WHERE d.endpoint_id = o.endpoint_id
        AND d.last_error IS NOT NULL AND d.delivered_at IS NULL ORDER BY d.next_attempt_at DESC LIMIT 1) AS "lastError"
    FROM operator_endpoints o ORDER BY o.created_at, o.endpoint_id`,
}

// On a distributed database, what every venue has of them is counted apart.
const selectPlain: Statement = {
  name: 'operator_endpoints_plain',
  text: `SELECT endpoint_id AS "endpointId", url, types, created_at AS "createdAt" FROM operator_endpoints
    ORDER BY created_at, endpoint_id`,
}
const countAtVenues: Statement = {
  name: 'operator_endpoints_at_venues',
  text: `SELECT endpoint_id AS "endpointId", count(*) AS venues, count(*) FILTER (WHERE disabled_at IS NOT NULL) AS disabled
    FROM webhook_endpoints WHERE of_operator GROUP BY endpoint_id`,
}
const countWaiting: Statement = {
  name: 'operator_endpoints_waiting',
  text: `SELECT endpoint_id AS "endpointId", count(*) FILTER (WHERE delivered_at IS NULL AND failed_at IS NULL) AS waiting,
      count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed
    FROM webhook_deliveries WHERE delivered_at IS NULL GROUP BY endpoint_id`,
}
const readLastErrors: Statement = {
  name: 'operator_endpoints_errors',
  text: `SELECT DISTINCT ON (endpoint_id) endpoint_id AS "endpointId", last_error AS "lastError" FROM webhook_deliveries
    WHERE last_error IS NOT NULL AND delivered_at IS NULL ORDER BY endpoint_id, next_attempt_at DESC`,
}
const NOTHING = { venues: 0, disabled: 0, waiting: 0, failed: 0, lastError: null }

async function readApart(database: Queryable): Promise<OperatorEndpoint[]> {
  const [endpoints, ...found] = await Promise.all(
    [selectPlain, countAtVenues, countWaiting, readLastErrors].map(
      async (statement) => await database.rows<OperatorEndpoint>(statement, []),
    ),
  )
  const rows = new Map(endpoints!.map((each) => [each.endpointId, { ...NOTHING, ...each }]))
  for (const fact of found.flat()) {
    const row = rows.get(fact.endpointId)
    if (row !== undefined) Object.assign(row, fact)
  }
  return [...rows.values()]
}

export async function readOperatorEndpoints(database: Queryable): Promise<OperatorEndpoint[]> {
  if (database.isDistributed) return await readApart(database)
  return await database.rows<OperatorEndpoint>(selectAll, [])
}

const lockOne: Statement = {
  name: 'operator_endpoint_lock',
  text: 'SELECT endpoint_id FROM operator_endpoints WHERE endpoint_id = $1 FOR UPDATE',
}

/** @returns false where there is none of this id */
export async function lockOperatorEndpoint(tx: Transaction, endpointId: string): Promise<boolean> {
  return (await tx.rows(lockOne, [endpointId])).length > 0
}

const insertOne: Statement = {
  name: 'operator_endpoint_insert',
  text: `INSERT INTO operator_endpoints (endpoint_id, url, types, position)
    VALUES ($1, $2, $3::text[], pg_current_snapshot()::text)`,
}

// A deletion waits for it, and then deletes what it has added.
const giveToAll: Statement = {
  name: 'operator_endpoints_give',
  text: `INSERT INTO webhook_endpoints (location_id, endpoint_id, url, types, position, of_operator)
    SELECT l.location_id, o.endpoint_id, o.url, o.types, o.position, true FROM operator_endpoints o CROSS JOIN locations l
    WHERE NOT EXISTS (SELECT 1 FROM webhook_endpoints w WHERE w.location_id = l.location_id AND w.endpoint_id = o.endpoint_id)
    FOR KEY SHARE OF o ON CONFLICT DO NOTHING`,
}

// Each venue has its own position there. One without a row yet is newer than the endpoint.
const insertWithoutPosition: Statement = {
  name: 'operator_endpoint_insert_distributed',
  text: 'INSERT INTO operator_endpoints (endpoint_id, url, types, position) VALUES ($1, $2, $3::text[], $4)',
}
const readVenueIds: Statement = {
  name: 'operator_endpoint_all_venues',
  text: 'SELECT location_id AS "locationId" FROM locations',
}
const insertAtVenue: Statement = {
  name: 'operator_endpoint_at_venue',
  text: `INSERT INTO webhook_endpoints (location_id, endpoint_id, url, types, position, of_operator)
    VALUES ($1, $2, $3, $4::text[], $5, true) ON CONFLICT DO NOTHING`,
}

/** Events from now on are queued for it at every venue. */
export async function insertOperatorEndpoint(
  tx: Transaction,
  { endpointId, url, types }: { endpointId: string; url: string; types: readonly string[] },
): Promise<void> {
  if (!tx.isDistributed) {
    tx.send(insertOne, [endpointId, url, [...types]])
    tx.send(giveToAll, [])
    return
  }
  const venues = await tx.rows<{ locationId: string }>(readVenueIds, [])
  const locationIds = venues.map(({ locationId }) => locationId)
  const positions = await readPositions(tx, locationIds)
  tx.send(insertWithoutPosition, [endpointId, url, [...types], snapshotOf(0)])
  for (const each of locationIds) {
    tx.send(insertAtVenue, [each, endpointId, url, [...types], positions.get(each)!])
  }
}

const readLacking: Statement = {
  name: 'operator_endpoints_lacking',
  text: `SELECT l.location_id AS "locationId", o.endpoint_id AS "endpointId", o.url, o.types
    FROM operator_endpoints o CROSS JOIN locations l`,
}
const readGiven: Statement = {
  name: 'operator_endpoints_given',
  text: 'SELECT location_id AS "locationId", endpoint_id AS "endpointId" FROM webhook_endpoints WHERE of_operator',
}
const lockToGive: Statement = {
  name: 'operator_endpoint_lock_to_give',
  text: 'SELECT endpoint_id FROM operator_endpoints WHERE endpoint_id = $1 FOR KEY SHARE',
}

interface Given {
  locationId: string
  endpointId: string
}

/** Each venue has a row for each of them; a new venue's events since it was made are not missed. */
export async function giveToAllVenues(database: Database): Promise<void> {
  if (!database.isDistributed) {
    await database.rows(giveToAll, [])
    return
  }
  const wanted = await database.rows<Given & Pick<OperatorEndpoint, 'url' | 'types'>>(
    readLacking,
    [],
  )
  if (wanted.length === 0) return
  const keyOf = ({ locationId, endpointId }: Given): string => `${locationId} ${endpointId}`
  const given = new Set((await database.rows<Given>(readGiven, [])).map(keyOf))
  for (const each of wanted) {
    if (given.has(keyOf(each))) continue
    const { locationId, endpointId, url, types } = each
    await database.transaction(async (tx) => {
      if ((await tx.rows(lockToGive, [endpointId])).length === 0) return
      tx.send(insertAtVenue, [locationId, endpointId, url, types, snapshotOf(0)])
    })
  }
}

/** With what waits for it. */
export async function deleteOperatorEndpoint(tx: Transaction, endpointId: string): Promise<void> {
  await tx.prisma(async (prisma) => {
    await prisma.operatorEndpoint.deleteMany({ where: { endpointId } })
    await prisma.webhookEndpoint.deleteMany({ where: { endpointId, ofOperator: true } })
  })
}

/** What waited meanwhile is sent then. */
export async function enableOperatorEndpoint(tx: Transaction, endpointId: string): Promise<void> {
  await tx.prisma(
    async (prisma) =>
      await prisma.webhookEndpoint.updateMany({
        where: { endpointId, ofOperator: true },
        data: ENABLED,
      }),
  )
}

export async function readVenuesOfEndpoint(tx: Transaction, endpointId: string): Promise<string[]> {
  const rows = await tx.prisma(
    async (prisma) =>
      await prisma.webhookEndpoint.findMany({
        where: { endpointId, ofOperator: true },
        select: { locationId: true },
        orderBy: { locationId: 'asc' },
      }),
  )
  return rows.map(({ locationId }) => locationId)
}

// --- what signs

const retireSecrets: Statement = {
  name: 'operator_secrets_retire',
  text: `UPDATE operator_endpoint_secrets SET retired_at = statement_timestamp()
    WHERE endpoint_id = $1 AND retired_at IS NULL`,
}
const insertSecret: Statement = {
  name: 'operator_secret_insert',
  text: `INSERT INTO operator_endpoint_secrets (endpoint_id, secret_id, sealed, created_at)
    VALUES ($1, $2, $3, clock_timestamp())`,
}

/** The one before it signs beside it for `limits.endpointSecretGraceSeconds`. */
export function replaceOperatorSecret(
  tx: Transaction,
  endpointId: string,
  { secretId, sealed }: { secretId: string; sealed: Buffer },
): void {
  tx.send(retireSecrets, [endpointId])
  tx.send(insertSecret, [endpointId, secretId, sealed])
}

const selectSecrets: Statement = {
  name: 'operator_secrets_read',
  text: `SELECT sealed FROM operator_endpoint_secrets WHERE endpoint_id = $1
      AND (retired_at IS NULL OR retired_at > clock_timestamp() - make_interval(secs => $2))
    ORDER BY created_at DESC`,
}

/** Those that sign now, the newest first. */
export async function readOperatorSecrets(
  database: Queryable,
  endpointId: string,
): Promise<Buffer[]> {
  const values = [endpointId, limits.endpointSecretGraceSeconds]
  const rows = await database.rows<{ sealed: Buffer }>(selectSecrets, values)
  return rows.map(({ sealed }) => sealed)
}
