// Which server holds each venue's socket. A lease lasts on the database's clock, and its holder
// renews it. Leases spread out by themselves: who has fewer than its share takes what is free, and
// asks those who have more than theirs. A venue may have two sockets, each with a lease of its own.
import { createHash } from 'node:crypto'
import { limits } from '../../limits.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'
import { NOW } from '../database/statement.ts'
import { VENUE_COLUMNS, venueOf, type Venue, type VenueRow } from './credentials.ts'

/** A venue that has a socket, and its lease as it is now. */
export interface SocketVenue {
  venue: Venue
  /** Differs whenever the key, or what else the gateway decides by, was set again. */
  keyFingerprint: string
  /** The holder of a lease that has not ended. */
  holder: string | undefined
  /** The server that asks the holder for it. */
  applicant: string | undefined
  /** The lease's, also when another server holds it. */
  term: number
  refusedKey: string | undefined
}

export interface Lease {
  locationId: string
  term: number
}

/** What a holder says of a socket, for those who look after the venue. */
export interface HeldLease extends Lease {
  /** How long ago the socket opened; undefined while it is not open. */
  openMs: number | undefined
  /** How long ago it was last of use; undefined for not at all by this holder. */
  servedMs: number | undefined
  trouble: string | undefined
  refusedKey: string | undefined
}

/** How the socket of a venue is, by its holder's last word. */
export interface SocketStatus {
  holder: string
  /** Whether the lease has not ended: else no server holds the socket. */
  isHeld: boolean
  openedAt: Date | undefined
  servedAt: Date | undefined
  trouble: string | undefined
  /** With the account that its holder was started with. */
  isKeyRefused: boolean
}

export interface SocketLeases {
  /** Every venue that has such a socket, by id. */
  list: (database: Queryable, account: GatewayAccount) => Promise<SocketVenue[]>
  /** @returns those of the venues whose leases are the holder's now */
  claim: (database: Queryable, holder: string, locationIds: readonly string[]) => Promise<Lease[]>
  /** @returns the leases that are still the holder's, with who asks for them */
  renew: (
    database: Queryable,
    holder: string,
    held: readonly HeldLease[],
  ) => Promise<Array<Lease & { applicant: string | undefined }>>
  /** Asks the holders for these venues' leases. They answer by releasing them. */
  apply: (database: Queryable, applicant: string, locationIds: readonly string[]) => Promise<void>
  /** Once the socket is closed. */
  release: (database: Queryable, holder: string, lease: Lease) => Promise<void>
  /** Undefined when no server has held such a socket for this venue yet. */
  status: (database: Queryable, locationId: string) => Promise<SocketStatus | undefined>
}

/** What the gateway decides by, besides what a venue has. It is the same for all venues. */
export interface GatewayAccount {
  gatewayUrl: string
  softwareHouseId: string
  resellerId: string | undefined
}

/** A kind of socket, in SQL about the venue `l`. */
interface SocketKind {
  table: 'socket_leases' | 'counter_socket_leases'
  hasSocket: string
  /** On a distributed database, `$1` has the venues in which something is under way. */
  isUnderWay?: { candidates: Statement; among: Statement; hasSocket: string }
  /** Covers what the venue has; the gateway's account is not in the database. */
  fingerprint: string
}

async function readVenuesUnderWay(
  database: Queryable,
  { isUnderWay }: SocketKind,
): Promise<string[]> {
  if (isUnderWay === undefined) return []
  type Found = Row<'SocketLease', 'locationId'>
  // Few venues are changed to another way, and only those are asked on their nodes.
  const candidates = await database.rows<Found>(isUnderWay.candidates, [])
  if (candidates.length === 0) return []
  const locationIds = candidates.map((row) => row.location_id)
  const rows = await database.rows<Found>(isUnderWay.among, [locationIds])
  return rows.map((row) => row.location_id)
}

/** Through which Dojo asks for the EPOS data of a venue whose transport includes the socket. */
export const dataSocketLeases = leasesOf({
  table: 'socket_leases',
  hasSocket: "l.transport <> 'rest' AND l.dojo_key_sealed IS NOT NULL",
  fingerprint: 'left(md5(l.dojo_key_sealed), 16)',
})

/**
 * Through which tills reach the card machines of a venue that has it so, or whose payments are
 * under way through it.
 */
export const counterSocketLeases = leasesOf({
  table: 'counter_socket_leases',
  hasSocket: `coalesce(l.counter_key_sealed, l.dojo_key_sealed) IS NOT NULL AND l.counter_account IS NOT NULL
      AND (l.counter_transport = 'socket' OR EXISTS (SELECT 1 FROM card_payments c
        WHERE c.location_id = l.location_id AND c.socket_payment_id IS NOT NULL AND c.ended_at IS NULL))`,
  isUnderWay: {
    candidates: {
      name: 'counter_sockets_before',
      text: `SELECT s.location_id FROM counter_socket_leases s JOIN locations l ON l.location_id = s.location_id
        WHERE l.counter_transport <> 'socket' AND l.counter_account IS NOT NULL`,
    },
    among: {
      name: 'counter_sockets_under_way',
      text: `SELECT DISTINCT location_id FROM card_payments
        WHERE location_id = ANY ($1::text[]) AND socket_payment_id IS NOT NULL AND ended_at IS NULL`,
    },
    hasSocket: `coalesce(l.counter_key_sealed, l.dojo_key_sealed) IS NOT NULL AND l.counter_account IS NOT NULL
      AND (l.counter_transport = 'socket' OR l.location_id = ANY ($1::text[]))`,
  },
  fingerprint: `left(md5(md5(coalesce(l.counter_key_sealed, l.dojo_key_sealed)) || ' ' || l.counter_account
      || ' ' || coalesce(l.epos_id, '')), 16)`,
})

function leasesOf(kind: SocketKind): SocketLeases {
  const statements = statementsOf(kind)
  return {
    list: async (database, account) => {
      const accountFingerprint = fingerprintOf(account)
      const underWay = database.isDistributed ? await readVenuesUnderWay(database, kind) : []
      const rows = await database.rows<ListedRow>(
        statements.list,
        database.isDistributed && kind.isUnderWay !== undefined ? [underWay] : [],
      )
      return rows.map((row) => socketVenueOf(row, accountFingerprint))
    },
    claim: async (database, holder, locationIds) => {
      const values = [holder, locationIds, limits.socketLeaseSeconds]
      return (await database.rows<LeaseRow>(statements.claim, values)).map(leaseOf)
    },
    renew: async (database, holder, held) => {
      const rows = await database.rows<LeaseRow & Row<'SocketLease', 'applicant'>>(
        statements.renew,
        [
          holder,
          limits.socketLeaseSeconds,
          held.map(({ locationId }) => locationId),
          held.map(({ term }) => term),
          held.map(({ openMs }) => openMs ?? null),
          held.map(({ servedMs }) => servedMs ?? null),
          held.map(({ trouble }) => trouble ?? null),
          held.map(({ refusedKey }) => refusedKey ?? null),
        ],
      )
      return rows.map((row) => ({ ...leaseOf(row), applicant: row.applicant ?? undefined }))
    },
    apply: async (database, applicant, locationIds) => {
      await database.rows(statements.apply, [applicant, locationIds])
    },
    release: async (database, holder, { locationId, term }) => {
      const values = [locationId, holder, term, limits.socketLeaseSeconds]
      await database.rows(statements.release, values)
    },
    status: async (database, locationId) => {
      const [row] = await database.rows<StatusRow>(statements.status, [locationId])
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
    },
  }
}

type LeaseRow = Row<'SocketLease', 'locationId' | 'term'>
type ListedRow = VenueRow & {
  key_fingerprint: string
  holder: string | null
  applicant: string | null
  term: number | null
  refused_key: string | null
}
type StatusRow = Row<'SocketLease', 'holder' | 'openedAt' | 'servedAt' | 'trouble'> & {
  is_held: boolean
  is_key_refused: boolean
}

function statementsOf({ table, hasSocket, isUnderWay, fingerprint }: SocketKind) {
  const listOf = (
    condition: string,
  ): string => `SELECT ${VENUE_COLUMNS}, ${fingerprint} AS key_fingerprint,
      CASE WHEN s.ends_at > clock_timestamp() THEN s.holder END AS holder, s.applicant, s.term, s.refused_key
    FROM locations l LEFT JOIN ${table} s ON s.location_id = l.location_id
    WHERE ${condition}
    ORDER BY l.location_id`
  return {
    list: {
      name: `${table}_venues`,
      text: listOf(hasSocket),
      distributed: listOf(isUnderWay?.hasSocket ?? hasSocket),
    },
    // A lease is free when it has ended, or does not exist yet.
    claim: {
      name: `${table}_claim`,
      text: `INSERT INTO ${table} AS s (location_id, holder, ends_at)
      SELECT l.location_id, $1, clock_timestamp() + make_interval(secs => $3)
      FROM locations l WHERE l.location_id = ANY ($2::text[])
    ON CONFLICT (location_id) DO UPDATE
      SET holder = EXCLUDED.holder, term = s.term + 1, ends_at = EXCLUDED.ends_at, applicant = NULL, opened_at = NULL
      WHERE EXCLUDED.ends_at - s.ends_at >= make_interval(secs => $3)
    RETURNING location_id, term`,
    },
    // The ages are of the holder's clock, and the times of the database's.
    renew: {
      name: `${table}_renew`,
      text: `UPDATE ${table} s SET ends_at = statement_timestamp() + make_interval(secs => $2),
      opened_at = statement_timestamp() - make_interval(secs => h.open_ms / 1000),
      served_at = coalesce(${NOW} - make_interval(secs => h.served_ms / 1000), s.served_at),
      trouble = h.trouble, refused_key = h.refused_key
    FROM unnest($3::text[], $4::bigint[], $5::float8[], $6::float8[], $7::text[], $8::text[])
      AS h (location_id, term, open_ms, served_ms, trouble, refused_key)
    WHERE s.location_id = h.location_id AND s.holder = $1 AND s.term = h.term
    RETURNING s.location_id, s.term, s.applicant`,
    },
    apply: {
      name: `${table}_apply`,
      text: `UPDATE ${table} SET applicant = $1
    WHERE location_id = ANY ($2::text[]) AND holder <> $1 AND ends_at > statement_timestamp() AND applicant IS NULL`,
    },
    // It ends at once, or is the applicant's at once. What another holder has is left alone. The
    // term goes on in either case, so that a renewal which is on its way takes no lease back.
    release: {
      name: `${table}_release`,
      text: `UPDATE ${table} SET opened_at = NULL, applicant = NULL, term = term + 1,
      holder = coalesce(applicant, holder),
      ends_at = statement_timestamp() + CASE WHEN applicant IS NULL THEN interval '0' ELSE make_interval(secs => $4) END
    WHERE location_id = $1 AND holder = $2 AND term = $3`,
    },
    status: {
      name: `${table}_status`,
      text: `SELECT s.holder, s.ends_at > clock_timestamp() AS is_held, s.opened_at, s.served_at, s.trouble,
      coalesce(split_part(s.refused_key, '.', 1) = ${fingerprint}, false) AS is_key_refused
    FROM ${table} s JOIN locations l ON l.location_id = s.location_id WHERE s.location_id = $1`,
    },
  } satisfies Record<string, Statement>
}

function socketVenueOf(row: ListedRow, accountFingerprint: string): SocketVenue {
  return {
    venue: venueOf(row),
    keyFingerprint: `${row.key_fingerprint}.${accountFingerprint}`,
    holder: row.holder ?? undefined,
    applicant: row.applicant ?? undefined,
    term: row.term ?? 0,
    refusedKey: row.refused_key ?? undefined,
  }
}

function fingerprintOf({ gatewayUrl, softwareHouseId, resellerId }: GatewayAccount): string {
  const all = JSON.stringify([gatewayUrl, softwareHouseId, resellerId ?? null])
  return createHash('sha256').update(all).digest('hex').slice(0, 16)
}

const leaseOf = ({ location_id: locationId, term }: LeaseRow): Lease => ({ locationId, term })
