// What a failed statement means to the caller: a refusal when a constraint was violated, an
// unavailable database, or a bug.
import pg from 'pg'
import { Busy, conflict, invalid, Refusal, Unavailable } from '../../domain/errors.ts'

const DEADLOCK = '40P01'
const SERIALIZATION = '40001'
/** Whether the database ended the transaction to let another one go on. */
export function isBrokenOff(error: unknown): boolean {
  const { code } = databaseFault(error)
  return code === DEADLOCK || code === SERIALIZATION
}

/** The database refused a statement of the transaction, so nothing of it has happened. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack'

  constructor(options: ErrorOptions) {
    super('The database refused the transaction.', options)
  }
}

/**
 * Whether a statement was refused for what it asks: a constraint, a deadlock, a row that stays
 * locked. Not so when the database is in trouble, or when nobody knows what became of the commit.
 */
export function isRefusedByDatabase(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError) || error.severity !== 'ERROR') return false
  return !/^(53|57)/.test(error.code ?? '')
}

/**
 * The refusal that a violated constraint means, by the beginning of its name: a distributed
 * database adds a suffix. An action has decided before that the change is allowed, so these are
 * seen only when another transaction was faster.
 */
const constraintMeanings: readonly [prefix: string, refusal: () => Refusal][] = [
  [
    'payments_intent_key',
    () => conflict('intent-elsewhere', 'This payment intent is already recorded on another order.'),
  ],
  [
    'card_payments_share_key',
    () => conflict('card-under-way', 'This share of the bill has just been started on a machine.'),
  ],
  [
    'card_payments_pkey',
    () => conflict('content-differs', 'Another card payment has just been given this id.'),
  ],
  ['payments_pkey', () => conflict('content-differs', 'Another payment has this id.')],
  [
    'orders_mirror_key',
    () => conflict('content-differs', "The till's id has just been given to another order."),
  ],
  [
    'orders_paid_check',
    () => conflict('overpaid', 'The payment is more than the balance of the order.'),
  ],
  [
    'order_lines_line_key',
    () => conflict('line-elsewhere', 'A line with this id is already on another order.'),
  ],
  [
    'order_locks_live_key',
    () => conflict('locked', 'The order has just been locked by another caller.'),
  ],
  [
    'parties_dojo_party_key',
    () => conflict('content-differs', 'The dojoPartyId has just been given to another party.'),
  ],
  [
    'reservations_dojo_reservation_key',
    () =>
      conflict(
        'content-differs',
        'The dojoReservationId has just been given to another reservation.',
      ),
  ],
  [
    'party_tables_alone_key',
    () => conflict('occupied', 'Another party has just been seated at one of these tables.'),
  ],
  [
    'reservation_tables_alone_excl',
    () => conflict('overlapping', 'Another reservation of one of these tables overlaps this time.'),
  ],
  ['orders_location_id_table_id_fkey', () => unknown('tableId', 'table')],
  ['orders_location_id_party_id_fkey', () => unknown('partyId', 'party')],
  ['orders_location_id_reservation_id_fkey', () => unknown('reservationId', 'reservation')],
  ['parties_location_id_reservation_id_fkey', () => unknown('reservationId', 'reservation')],
  ['party_tables_location_id_table_id_fkey', () => unknown('tableIds', 'table')],
  ['reservation_tables_location_id_table_id_fkey', () => unknown('tableIds', 'table')],
]

function unknown(field: string, what: string): Refusal {
  const message = `The field ${field} names a ${what} that this venue does not have.`
  return invalid(message, 'unknown-reference')
}

export function waitedTooLong(what: string): Unavailable {
  return new Unavailable(`${what} waited too long for its turn.`)
}

export function tookTooLong(): Unavailable {
  return new Unavailable('A transaction took too long and was rolled back.')
}

export function halfDistributed(): Unavailable {
  return new Unavailable('The database is half distributed. Run npx epos distribute once more.')
}

export function venueIsBusy(): Unavailable {
  return new Busy("The venue's share of the connections was taken for too long.")
}

/**
 * What an error of the database means to the caller: a refusal, an unavailable database, or a bug
 * (the error itself).
 */
export function meaningOf(error: unknown): unknown {
  if (error instanceof Refusal || error instanceof Unavailable) return error
  const { constraint, code } = databaseFault(error)
  if (constraint !== undefined) {
    const meaning = constraintMeanings.find(([prefix]) => constraint.startsWith(prefix))
    if (meaning !== undefined) return meaning[1]()
  }
  if (isUnavailable(error, code)) {
    return new Unavailable('The database cannot be reached or does not answer in time.', {
      cause: error,
    })
  }
  if (code !== undefined && LACKS_MIGRATIONS.has(code)) {
    const { message } = error as Error
    return new Unavailable(`The database does not have the tables of this version: ${message}`, {
      cause: error,
      debugMessage: 'The server waits for a migration of its database; try again later.',
    })
  }
  return error
}

/** No such table, column, type or function: every statement fits the migrations of this version. */
const LACKS_MIGRATIONS = new Set(['42P01', '42703', '42704', '42883'])

/** SQLSTATE and constraint of an error of `pg`, also of one that Prisma wrapped. */
function databaseFault(error: unknown): {
  constraint?: string | undefined
  code?: string | undefined
} {
  if (error instanceof pg.DatabaseError) return { constraint: error.constraint, code: error.code }
  const cause = (
    error as {
      meta?: {
        driverAdapterError?: { cause?: { originalCode?: string; originalMessage?: string } }
      }
    } | null
  )?.meta?.driverAdapterError?.cause
  return {
    code: cause?.originalCode,
    constraint: /constraint "([^"]+)"/.exec(cause?.originalMessage ?? '')?.[1],
  }
}

/** Prisma's own codes: not reachable, timed out, connection closed, too many connections. */
const PRISMA_UNAVAILABLE = /^P(1001|1002|1008|1017|2024|2037)$/

const NO_CONNECTION = /^(ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/

/** Errors of `pg` without a code. */
const PG_MESSAGES = [
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
]

function isUnavailable(error: unknown, code: string | undefined): boolean {
  // 08: connection. 53: out of resources. 57: shutting down, or cancelled by a timeout. 55P03:
  // waited too long for a row. 25P03: idle in a transaction for too long. 3D000: no such database.
  if (code !== undefined && /^(08|53|57|55P03|25P03|3D000)/.test(code)) return true
  const { code: systemCode, message = '' } = error as { code?: string; message?: string }
  return (
    NO_CONNECTION.test(systemCode ?? '') ||
    PRISMA_UNAVAILABLE.test(systemCode ?? '') ||
    PG_MESSAGES.some((each) => message.includes(each))
  )
}
