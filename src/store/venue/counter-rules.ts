// What a venue allows at the counter.
import type { CounterRules } from '../../domain/payments/counter-rules.ts'
import type { Queryable, Statement, Transaction } from '../database/database.ts'
import type { Row } from '../database/row.ts'

const selectRules: Statement = {
  name: 'counter_rules',
  text: 'SELECT card_tips, cashback_most_minor, unlinked_refund_most_minor FROM locations WHERE location_id = $1',
}

const selectForUpdate: Statement = {
  name: 'counter_rules_for_update',
  text: `${selectRules.text} FOR NO KEY UPDATE`,
}

type RulesRow = Row<'Location', 'cardTips' | 'cashbackMostMinor' | 'unlinkedRefundMostMinor'>

function rulesOf([row]: RulesRow[]): CounterRules {
  return {
    cardTips: row!.card_tips,
    cashbackMostMinor: row!.cashback_most_minor ?? undefined,
    unlinkedRefundMostMinor: row!.unlinked_refund_most_minor ?? undefined,
  }
}

export async function readCounterRules(
  database: Queryable,
  locationId: string,
): Promise<CounterRules> {
  return rulesOf(await database.rows<RulesRow>(selectRules, [locationId]))
}

/** Locks the venue until the transaction ends: what has no order to lock comes one by one. */
export async function readCounterRulesForUpdate(
  tx: Transaction,
  locationId: string,
): Promise<CounterRules> {
  return rulesOf(await tx.rows<RulesRow>(selectForUpdate, [locationId]))
}
