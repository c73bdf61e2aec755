// The systems that a venue's events are sent to, and what signs them.
import { limits } from '../../limits.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import { NOW } from '../database/statement.ts'
import { readPositions } from './position-clock.ts'

export interface Endpoint {
  endpointId: string
  url: string
  description: string | null
  /** Empty for all. */
  types: string[]
  failingSince: Date | null
  disabledAt: Date | null
  disabledReason: string | null
  version: number
  createdAt: Date
  /** Events that wait, and events that were given up. */
  waiting: number
  failed: number
  lastError: string | null
}

const columns = `w.endpoint_id AS "endpointId", w.url, w.description, w.types, w.failing_since AS "failingSince",
      w.disabled_at AS "disabledAt", w.disabled_reason AS "disabledReason", w.version, w.created_at AS "createdAt",
      (SELECT count(*) FROM webhook_deliveries d WHERE d.location_id = $1 AND d.endpoint_id = w.endpoint_id
        AND d.delivered_at IS NULL AND d.failed_at IS NULL) AS waiting,
      (SELECT count(*) FROM webhook_deliveries d WHERE d.location_id = $1 AND d.endpoint_id = w.endpoint_id
        AND d.failed_at IS NOT NULL) AS failed,
      (SELECT d.last_error FROM webhook_deliveries d WHERE d.location_id = $1 AND d.endpoint_id = w.endpoint_id
        AND d.last_error IS NOT NULL AND d.delivered_at IS NULL ORDER BY d.next_attempt_at DESC LIMIT 1) AS "lastError"`

const selectAll: Statement = {
  name: 'endpoints_list',
  text: `SELECT ${columns} FROM webhook_endpoints w WHERE w.location_id = $1 AND NOT w.of_operator ORDER BY w.created_at, w.endpoint_id`,
}

const selectOne: Statement = {
  name: 'endpoint_read',
  text: `SELECT ${columns} FROM webhook_endpoints w WHERE w.location_id = $1 AND w.endpoint_id = $2 AND NOT w.of_operator`,
}

export async function readEndpoints(database: Queryable, locationId: string): Promise<Endpoint[]> {
  return await database.rows<Endpoint>(selectAll, [locationId])
}

export async function findEndpoint(
  database: Queryable,
  locationId: string,
  endpointId: string,
): Promise<Endpoint | undefined> {
  return (await database.rows<Endpoint>(selectOne, [locationId, endpointId]))[0]
}

const lockOne: Statement = {
  name: 'endpoint_lock',
  text: 'SELECT version FROM webhook_endpoints WHERE location_id = $1 AND endpoint_id = $2 AND NOT of_operator FOR UPDATE',
}

/** The endpoint's version; it is locked until the transaction ends. */
export async function lockEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
): Promise<number | undefined> {
  return (await tx.rows<{ version: number }>(lockOne, [locationId, endpointId]))[0]?.version
}

/** Events from now on are queued for it. */
const insertOne: Statement = {
  name: 'endpoint_insert',
  text: `INSERT INTO webhook_endpoints (location_id, endpoint_id, url, description, types, position)
    VALUES ($1, $2, $3, $4, $5::text[], pg_current_snapshot()::text) ON CONFLICT DO NOTHING RETURNING endpoint_id`,
}

const insertAt: Statement = {
  name: 'endpoint_insert_at',
  text: `INSERT INTO webhook_endpoints (location_id, endpoint_id, url, description, types, position)
    VALUES ($1, $2, $3, $4, $5::text[], $6) ON CONFLICT DO NOTHING RETURNING endpoint_id`,
}

export interface EndpointFields {
  url: string
  description: string | undefined
  types: readonly string[]
}

/** @returns false where there is one of this id */
export async function insertEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  { url, description, types }: EndpointFields,
): Promise<boolean> {
  const values = [locationId, endpointId, url, description, [...types]]
  if (tx.isDistributed) {
    const position = (await readPositions(tx, [locationId])).get(locationId)!
    return (await tx.rows(insertAt, [...values, position])).length > 0
  }
  const rows = await tx.rows(insertOne, values)
  return rows.length > 0
}

/** It is locked already. */
export async function updateEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  { url, description, types }: EndpointFields,
): Promise<void> {
  await tx.prisma(
    async (prisma) =>
      await prisma.webhookEndpoint.updateMany({
        where: { locationId, endpointId },
        data: {
          url,
          description: description ?? null,
          types: [...types],
          version: { increment: 1 },
        },
      }),
  )
}

const setDisabled: Statement = {
  name: 'endpoint_disable',
  text: `UPDATE webhook_endpoints SET disabled_at = coalesce(disabled_at, ${NOW}),
      disabled_reason = coalesce(disabled_reason, $3),
      version = version + 1 WHERE location_id = $1 AND endpoint_id = $2`,
}

export function disableEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  reason: string,
): void {
  tx.send(setDisabled, [locationId, endpointId, reason])
}

/** What makes an endpoint work again. */
export const ENABLED = {
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
  version: { increment: 1 },
}

/** What waited meanwhile is sent then. */
export async function enableEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
): Promise<void> {
  await tx.prisma(
    async (prisma) =>
      await prisma.webhookEndpoint.updateMany({ where: { locationId, endpointId }, data: ENABLED }),
  )
}

/** With what waits for it. */
export async function deleteEndpoint(
  tx: Transaction,
  locationId: string,
  endpointId: string,
): Promise<void> {
  await tx.prisma(
    async (prisma) =>
      await prisma.webhookEndpoint.deleteMany({ where: { locationId, endpointId } }),
  )
}

// --- what signs

const retireSecrets: Statement = {
  name: 'endpoint_secrets_retire',
  text: `UPDATE endpoint_secrets SET retired_at = statement_timestamp()
    WHERE location_id = $1 AND endpoint_id = $2 AND retired_at IS NULL`,
}
const insertSecret: Statement = {
  name: 'endpoint_secret_insert',
  text: `INSERT INTO endpoint_secrets (location_id, endpoint_id, secret_id, sealed, created_at)
    VALUES ($1, $2, $3, $4, clock_timestamp())`,
}

/** The one before it signs beside it for `limits.endpointSecretGraceSeconds`. */
export function replaceSecret(
  tx: Transaction,
  locationId: string,
  endpointId: string,
  { secretId, sealed }: { secretId: string; sealed: Buffer },
): void {
  tx.send(retireSecrets, [locationId, endpointId])
  tx.send(insertSecret, [locationId, endpointId, secretId, sealed])
}

const selectSecrets: Statement = {
  name: 'endpoint_secrets_read',
  text: `SELECT sealed FROM endpoint_secrets WHERE location_id = $1 AND endpoint_id = $2
      AND (retired_at IS NULL OR retired_at > clock_timestamp() - make_interval(secs => $3))
    ORDER BY created_at DESC`,
}

/** Those that sign now, the newest first. */
export async function readSealedSecrets(
  database: Queryable,
  locationId: string,
  endpointId: string,
): Promise<Buffer[]> {
  const rows = await database.rows<{ sealed: Buffer }>(selectSecrets, [
    locationId,
    endpointId,
    limits.endpointSecretGraceSeconds,
  ])
  return rows.map(({ sealed }) => sealed)
}
