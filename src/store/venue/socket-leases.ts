// Which server holds each venue's socket. A lease lasts on the database's clock, and its holder
// renews it. Leases spread out by themselves: who has fewer than its share takes what is free, and
// asks those who have more than theirs.
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'

/** A venue that has a socket, and its lease as it is now. */
export interface SocketVenue {
  venue: Venue
  /** Differs whenever the key was set again. */
  keyFingerprint: string
  /** The holder of a lease that has not ended. */
  holder: string | undefined
  /** The server that asks the holder for it. */
  applicant: string | undefined
  /** The lease's, also when another server holds it. */
  term: number
  refusedKey: string | undefined
}

const listVenues: Statement = {
  name: 'socket_venues',
  text: `SELECT ${VENUE_COLUMNS}, left(md5(l.dojo_key_sealed), 16) AS key_fingerprint,
      CASE WHEN s.ends_at > clock_timestamp() THEN s.holder END AS holder, s.applicant, s.term, s.refused_key
    FROM locations l LEFT JOIN socket_leases s ON s.location_id = l.location_id
    WHERE l.transport <> 'rest' AND l.dojo_key_sealed IS NOT NULL
    ORDER BY l.location_id`,
}

/** Every venue whose transport includes the socket and that has a Dojo key, by id. */
export async function listSocketVenues(database: Queryable): Promise<SocketVenue[]> {
  const rows = await database.rows<
    VenueRow & {
      key_fingerprint: string
      holder: string | null
      applicant: string | null
      term: number | null
      refused_key: string | null
    }
  >(listVenues, [])
  return rows.map((row) => ({
    venue: venueOf(row),
    keyFingerprint: row.key_fingerprint,
    holder: row.holder ?? undefined,
    applicant: row.applicant ?? undefined,
    term: row.term ?? 0,
    refusedKey: row.refused_key ?? undefined,
  }))
}

export interface Lease {
  locationId: string
  term: number
}

// A lease is free when it has ended, or does not exist yet.
const claimFree: Statement = {
  name: 'socket_leases_claim',
  text: `INSERT INTO socket_leases AS s (location_id, holder, ends_at)
      SELECT l.location_id, $1, clock_timestamp() + make_interval(secs => $3)
      FROM locations l WHERE l.location_id = ANY ($2::text[])
    ON CONFLICT (location_id) DO UPDATE
      SET holder = $1, term = s.term + 1, ends_at = excluded.ends_at, applicant = NULL, opened_at = NULL
      WHERE s.ends_at <= clock_timestamp()
    RETURNING location_id, term`,
}

/** @returns those of the venues whose leases are the holder's now */
export async function claimLeases(
  database: Queryable,
  holder: string,
  locationIds: readonly string[],
): Promise<Lease[]> {
  return (
    await database.rows<Row<'SocketLease', 'locationId' | 'term'>>(claimFree, [
      holder,
      locationIds,
      limits.socketLeaseSeconds,
    ])
  ).map(leaseOf)
}

/** What a holder says of a socket, for those who look after the venue. */
export interface HeldLease extends Lease {
  /** How long ago the socket opened; undefined while it is not open. */
  openMs: number | undefined
  /** How long ago it last answered a request; undefined for not at all by this holder. */
  servedMs: number | undefined
  trouble: string | undefined
  refusedKey: string | undefined
}

// The ages are of the holder's clock, and the times of the database's.
const renew: Statement = {
  name: 'socket_leases_renew',
  text: `UPDATE socket_leases s SET ends_at = clock_timestamp() + make_interval(secs => $2),
      opened_at = clock_timestamp() - make_interval(secs => h.open_ms / 1000),
      served_at = coalesce(clock_timestamp() - make_interval(secs => h.served_ms / 1000), s.served_at),
      trouble = h.trouble, refused_key = h.refused_key
    FROM unnest($3::text[], $4::bigint[], $5::float8[], $6::float8[], $7::text[], $8::text[])
      AS h (location_id, term, open_ms, served_ms, trouble, refused_key)
    WHERE s.location_id = h.location_id AND s.holder = $1 AND s.term = h.term
    RETURNING s.location_id, s.term, s.applicant`,
}

/** @returns the leases that are still the holder's, with who asks for them */
export async function renewLeases(
  database: Queryable,
  holder: string,
  held: readonly HeldLease[],
): Promise<Array<Lease & { applicant: string | undefined }>> {
  const rows = await database.rows<Row<'SocketLease', 'locationId' | 'term' | 'applicant'>>(renew, [
    holder,
    limits.socketLeaseSeconds,
    held.map(({ locationId }) => locationId),
    held.map(({ term }) => term),
    held.map(({ openMs }) => openMs ?? null),
    held.map(({ servedMs }) => servedMs ?? null),
    held.map(({ trouble }) => trouble ?? null),
    held.map(({ refusedKey }) => refusedKey ?? null),
  ])
  return rows.map((row) => ({ ...leaseOf(row), applicant: row.applicant ?? undefined }))
}

const apply: Statement = {
  name: 'socket_leases_apply',
  text: `UPDATE socket_leases SET applicant = $1
    WHERE location_id = ANY ($2::text[]) AND holder <> $1 AND ends_at > clock_timestamp() AND applicant IS NULL`,
}

/** Asks the holders for these venues' leases. They answer by releasing them. */
export async function applyForLeases(
  database: Queryable,
  applicant: string,
  locationIds: readonly string[],
): Promise<void> {
  await database.rows(apply, [applicant, locationIds])
}

// It ends at once, or is the applicant's at once. What another holder has is left alone. The term
// goes on in either case, so that a renewal which is on its way does not take the lease back.
const release: Statement = {
  name: 'socket_lease_release',
  text: `UPDATE socket_leases SET opened_at = NULL, applicant = NULL, term = term + 1,
      holder = coalesce(applicant, holder),
      ends_at = clock_timestamp() + CASE WHEN applicant IS NULL THEN interval '0' ELSE make_interval(secs => $4) END
    WHERE location_id = $1 AND holder = $2 AND term = $3`,
}

/** Once the socket is closed. */
export async function releaseLease(
  database: Queryable,
  holder: string,
  { locationId, term }: Lease,
): Promise<void> {
  await database.rows(release, [locationId, holder, term, limits.socketLeaseSeconds])
}

/** How the socket of a venue is, by its holder's last word. */
export interface SocketStatus {
  holder: string
  /** Whether the lease has not ended: else no server holds the socket. */
  isHeld: boolean
  openedAt: Date | undefined
  servedAt: Date | undefined
  trouble: string | undefined
  isKeyRefused: boolean
}

const readStatus: Statement = {
  name: 'socket_status',
  text: `SELECT s.holder, s.ends_at > clock_timestamp() AS is_held, s.opened_at, s.served_at, s.trouble,
      s.refused_key IS NOT DISTINCT FROM left(md5(l.dojo_key_sealed), 16) AS is_key_refused
    FROM socket_leases s JOIN locations l ON l.location_id = s.location_id WHERE s.location_id = $1`,
}

/** Undefined when no server has held a socket for this venue yet. */
export async function readSocketStatus(
  database: Queryable,
  locationId: string,
): Promise<SocketStatus | undefined> {
  const [row] = await database.rows<
    Row<'SocketLease', 'holder' | 'openedAt' | 'servedAt' | 'trouble'> & {
      is_held: boolean
      is_key_refused: boolean
    }
  >(readStatus, [locationId])
  return (
    row && {
      holder: row.holder,
      isHeld: row.is_held,
      openedAt: row.opened_at ?? undefined,
      servedAt: row.served_at ?? undefined,
      trouble: row.trouble ?? undefined,
      isKeyRefused: row.is_key_refused,
    }
  )
}

const leaseOf = ({ location_id: locationId, term }: Row<'SocketLease', 'locationId' | 'term'>) => ({
  locationId,
  term,
})
