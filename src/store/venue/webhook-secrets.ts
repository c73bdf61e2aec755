// What Dojo signs each venue's webhooks with. A replaced secret stays valid for
// `limits.webhookSecretGraceSeconds`: what it signed may still be on its way.
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Models, Prisma } from '../database/prisma.ts'
import type { Row } from '../database/row.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'

export interface WebhookVenue {
  venue: Venue
  /** The valid secrets, at least one, newest first. */
  sealedSecrets: Buffer[]
}

// Every webhook runs this, and the database's clock decides on the grace of a replaced secret.
const findSecrets: Statement = {
  name: 'webhook_secrets_find',
  text: `SELECT s.sealed, ${VENUE_COLUMNS}
    FROM webhook_secrets s JOIN locations l ON l.location_id = s.location_id
    WHERE s.location_id = $1 AND (s.retired_at IS NULL OR s.retired_at > clock_timestamp() - make_interval(secs => $2))
    ORDER BY s.created_at DESC`,
}

/** Undefined for a venue without a valid secret, and for one that does not exist. */
export async function findWebhookVenue(
  database: Queryable,
  locationId: string,
): Promise<WebhookVenue | undefined> {
  const rows = await database.rows<VenueRow & Row<'WebhookSecret', 'sealed'>>(findSecrets, [
    locationId,
    limits.webhookSecretGraceSeconds,
  ])
  const [first] = rows
  if (first === undefined) return undefined
  return { venue: venueOf(first), sealedSecrets: rows.map(({ sealed }) => sealed) }
}

export type NewSecret = Pick<
  Models['WebhookSecret'],
  'locationId' | 'secretId' | 'subscriptionId'
> & { sealed: Buffer }

/** Valid from now on, also when it was retired; one that is known already is sealed anew. */
export async function keepWebhookSecret(
  prisma: Prisma,
  { locationId, secretId, subscriptionId, ...secret }: NewSecret,
): Promise<void> {
  const sealed = new Uint8Array(secret.sealed)
  await prisma.webhookSecret.upsert({
    where: { locationId_secretId: { locationId, secretId } },
    create: { locationId, secretId, subscriptionId, sealed },
    update: { subscriptionId, sealed, retiredAt: null },
  })
}

// By the database's clock, which decides on the grace; Prisma cannot set a column by that.
const retireSecrets: Statement = {
  name: 'webhook_secrets_retire',
  text: `UPDATE webhook_secrets SET retired_at = statement_timestamp()
    WHERE location_id = $1 AND retired_at IS NULL AND secret_id <> ALL ($2::text[])`,
}

/** Retires the secrets that Dojo no longer has. */
export async function retireWebhookSecrets(
  database: Queryable,
  locationId: string,
  { except }: { except: readonly string[] },
): Promise<void> {
  await database.rows(retireSecrets, [locationId, except])
}

/** All of the venue's at once, without grace: no more webhooks are due. */
export async function deleteWebhookSecrets(prisma: Prisma, locationId: string): Promise<void> {
  await prisma.webhookSecret.deleteMany({ where: { locationId } })
}
