// What Dojo signs its webhooks with, of each venue. One that was replaced is believed for
// `limits.webhookSecretGraceSeconds` more: what was signed with it may still be on its way.
import { limits } from '../../limits.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'
import type { Database, Statement } from '../database/database.ts'

export interface WebhookVenue {
  venue: Venue
  /** Those that are believed, the newest first; one at least. */
  sealedSecrets: Buffer[]
}

const FIND: Statement = {
  name: 'webhook_secrets_find',
  text: `SELECT s.sealed, ${VENUE_COLUMNS}
    FROM webhook_secrets s JOIN locations l ON l.location_id = s.location_id
    WHERE s.location_id = $1 AND (s.retired_at IS NULL OR s.retired_at > clock_timestamp() - make_interval(secs => $2))
    ORDER BY s.created_at DESC`,
}

/** Undefined for a venue that believes no secret, as for one that is not there. */
export async function findWebhookVenue(
  database: Database,
  locationId: string,
): Promise<WebhookVenue | undefined> {
  const rows = await database.rows<VenueRow & { sealed: Buffer }>(FIND, [
    locationId,
    limits.webhookSecretGraceSeconds,
  ])
  return rows[0] === undefined
    ? undefined
    : { venue: venueOf(rows[0]), sealedSecrets: rows.map(({ sealed }) => sealed) }
}

/** Sealed anew where it is known, and believed from now on, whatever it was before. */
const KEEP: Statement = {
  name: 'webhook_secrets_keep',
  text: `INSERT INTO webhook_secrets (location_id, secret_id, subscription_id, sealed, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())
    ON CONFLICT (location_id, secret_id) DO UPDATE SET subscription_id = EXCLUDED.subscription_id, sealed = EXCLUDED.sealed, retired_at = NULL`,
}

export interface KeptSecret {
  locationId: string
  secretId: string
  subscriptionId: string
  sealed: Buffer
}

export async function keepWebhookSecret(
  database: Database,
  { locationId, secretId, subscriptionId, sealed }: KeptSecret,
): Promise<void> {
  await database.rows(KEEP, [locationId, secretId, subscriptionId, sealed])
}

const RETIRE: Statement = {
  name: 'webhook_secrets_retire',
  text: 'UPDATE webhook_secrets SET retired_at = clock_timestamp() WHERE location_id = $1 AND retired_at IS NULL AND secret_id <> ALL ($2::text[])',
}

/** Those that Dojo no longer has. */
export async function retireWebhookSecrets(
  database: Database,
  locationId: string,
  { except }: { except: readonly string[] },
): Promise<void> {
  await database.rows(RETIRE, [locationId, except])
}

/** Retired as long ago as it takes not to be believed. */
const DISBELIEVE: Statement = {
  name: 'webhook_secrets_disbelieve',
  text: `UPDATE webhook_secrets SET retired_at = clock_timestamp() - make_interval(secs => $2)
    WHERE location_id = $1 AND (retired_at IS NULL OR retired_at > clock_timestamp() - make_interval(secs => $2))`,
}

/** All of the venue, at once: nothing more is to come. */
export async function disbelieveWebhookSecrets(
  database: Database,
  locationId: string,
): Promise<void> {
  await database.rows(DISBELIEVE, [locationId, limits.webhookSecretGraceSeconds])
}
