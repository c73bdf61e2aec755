// Several orders, read for changes that are made in one transaction.
import { compareIds } from '../../lib/text.ts'
import type { Statement, SharedStatement, Transaction, Value } from '../database/database.ts'
import { forSets, listsOf, valuesOfSets } from '../database/statement.ts'
import { bySet } from '../database/shared-reads.ts'
import { readOffersOfSeveral } from '../venue/menu.ts'
import {
  foundForUpdate,
  selectFor,
  selectWithAll,
  type ForUpdateRow,
  type OrderForUpdate,
  type OrderQuestion,
} from './read-order.ts'

/** An order to be changed, and what the decision asks about it. */
export interface OrderToChange {
  locationId: string
  orderId: string
  question: OrderQuestion
}

/**
 * Such a transaction waits for nobody: an order whose row is locked is left out, and another row
 * that stays locked ends the transaction. Plans that read whole tables are ruled out, since a plan
 * outlives the time when the tables were small.
 */
const settings: Statement = {
  name: 'orders_settings',
  text: `SELECT set_config('lock_timeout', $1, true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true)`,
}

/** The rows are locked one after the other, in the sequence given. */
const lockOrderRows: Statement = {
  name: 'orders_lock_rows',
  text: `SELECT a.set::int FROM ${listsOf(['text', 'text'])} WITH ORDINALITY AS a(location_id, order_id, set)
      JOIN orders o ON o.location_id = a.location_id AND o.order_id = a.order_id
    ORDER BY a.set FOR NO KEY UPDATE OF o SKIP LOCKED`,
}

const lockIntentRows: Statement = {
  name: 'intents_lock_rows',
  text: `INSERT INTO payment_intents (location_id, payment_intent_id)
    SELECT a.location_id, a.payment_intent_id
    FROM ${listsOf(['text', 'text'])} WITH ORDINALITY AS a(location_id, payment_intent_id, n) ORDER BY a.n
    ON CONFLICT (location_id, payment_intent_id) DO UPDATE SET payment_intent_id = EXCLUDED.payment_intent_id`,
}

/**
 * The orders, whose rows are locked until the transaction ends; undefined for one that does not
 * exist or that another transaction has locked.
 * @param waitMs how long it waits for a row that is not an order's
 */
export async function readOrdersForUpdate(
  tx: Transaction,
  orders: readonly OrderToChange[],
  waitMs: number,
): Promise<(OrderForUpdate | undefined)[]> {
  tx.send(settings, [String(waitMs)])
  const locking = tx.rows<{ set: number }>(
    lockOrderRows,
    valuesOfSets(
      orders.map(({ locationId, orderId }) => [locationId, orderId]),
      2,
    ),
  )
  lockIntents(tx, orders)
  const offering = readOffersOfSeveral(
    tx,
    orders.map(({ locationId, question: { plus = [] } }) => ({ locationId, plus })),
  )
  // Sent together, run one after the other: each sees what was committed before the rows were
  // locked.
  const [locked, rows, offers] = await Promise.all([locking, readRows(tx, orders), offering])
  const isLocked = new Set(locked.map(({ set }) => set - 1))
  return orders.map((_, index) => {
    const row = isLocked.has(index) ? rows[index] : undefined
    return row && foundForUpdate(row, offers[index]!)
  })
}

/** In one sequence everywhere, so that two transactions wait for each other and do not deadlock. */
function lockIntents(tx: Transaction, orders: readonly OrderToChange[]): void {
  const intents = orders
    .filter(({ question }) => question.paymentIntentId !== undefined)
    .map(({ locationId, question }) => [locationId, question.paymentIntentId!] as const)
    .sort(([venue, intent], [otherVenue, other]) =>
      venue === otherVenue ? compareIds(intent, other) : compareIds(venue, otherVenue),
    )
  if (intents.length > 0) tx.send(lockIntentRows, valuesOfSets(intents, 2))
}

/** With one statement, whatever is asked about them. */
async function readRows(
  tx: Transaction,
  orders: readonly OrderToChange[],
): Promise<(ForUpdateRow | undefined)[]> {
  const { statement, sets } = selectForAll(orders)
  const rows = await tx.rows<ForUpdateRow & { set: number }>(
    severalOf(statement),
    valuesOfSets(sets, statement.parameters.length),
  )
  return bySet(rows, sets.length).map(([row]) => row)
}

/** The statement that answers one kind of question, where all ask that; else the one for all. */
function selectForAll(orders: readonly OrderToChange[]): {
  statement: SharedStatement
  sets: Value[][]
} {
  const asked = orders.map(({ locationId, orderId, question }) =>
    selectFor(locationId, orderId, question),
  )
  const { statement } = asked[0]!
  if (asked.every((each) => each.statement === statement)) {
    return { statement, sets: asked.map(({ values }) => values) }
  }
  const sets = orders.map(({ locationId, orderId, question }): Value[] => {
    const { paymentIntentId, lockId, lastEntry } = question
    return [locationId, orderId, paymentIntentId, lockId, lastEntry]
  })
  return { statement: selectWithAll, sets }
}

const several = new Map<SharedStatement, Statement>()

function severalOf(statement: SharedStatement): Statement {
  const known = several.get(statement) ?? forSets(statement)
  several.set(statement, known)
  return known
}

const deleteBlankIntents: Statement = {
  name: 'intents_delete_blank',
  text: `DELETE FROM payment_intents i USING ${listsOf(['text', 'text'])} AS a(location_id, payment_intent_id)
    WHERE i.location_id = a.location_id AND i.payment_intent_id = a.payment_intent_id
      AND i.dojo_status IS NULL AND i.amount_minor IS NULL AND i.refunded_minor = 0 AND i.external_id IS NULL
      AND i.reply_lost_at IS NULL AND i.unmatched_at IS NULL AND i.dismissed_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM payments p
        WHERE p.location_id = a.location_id AND p.payment_intent_id = a.payment_intent_id)`,
}

/** The intents of changes that were not made: what was only locked leaves no row behind. */
export function forgetIntents(tx: Transaction, orders: readonly OrderToChange[]): void {
  const intents = orders
    .filter(({ question }) => question.paymentIntentId !== undefined)
    .map(({ locationId, question }) => [locationId, question.paymentIntentId!])
  if (intents.length > 0) tx.send(deleteBlankIntents, valuesOfSets(intents, 2))
}
