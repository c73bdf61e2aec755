// A till that is an SQL database: its orders are rows of its own tables, in pounds, and this
// program keeps them in step with the server. Change the four statements, and it is yours.
//
//   EPOS_URL=https://epos.example EPOS_TOKEN=till_... node sqlite.ts till.db
import { DatabaseSync } from 'node:sqlite'
import { createTillClient, fromMinor, toMinor } from '../src/till-client/index.ts'
import {
  startAdapter,
  type InboxEntry,
  type Taken,
  type Till,
  type TillOrder,
} from '../src/adapter/index.ts'

/**
 * The tables of this till. `closed_at` is null for a tab that is open, and `order_id` is Dojo's order
 * that became the tab. No number is used twice.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS tabs (number INTEGER PRIMARY KEY AUTOINCREMENT, table_id TEXT, waiter TEXT, closed_at TEXT,
    order_id TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS tab_lines (tab INTEGER, position INTEGER, name TEXT, quantity REAL, price REAL,
    PRIMARY KEY (tab, position));
  CREATE TABLE IF NOT EXISTS tab_payments (id TEXT PRIMARY KEY, tab INTEGER, kind TEXT, amount REAL, tip REAL);`

type TabRow = {
  number: number
  table_id: string | null
  waiter: string | null
  closed_at: string | null
}
type LineRow = { position: number; name: string; quantity: number; price: number }
type PaymentRow = { id: string; amount: number; tip: number }

export function sqliteTill(database: DatabaseSync): Till {
  database.exec(TABLES)
  // Open tabs, and those that were closed last, so that the server hears how they were closed.
  const tabs = database.prepare(
    `SELECT * FROM tabs WHERE closed_at IS NULL UNION ALL
     SELECT * FROM (SELECT * FROM tabs WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT 200)`,
  )
  const lines = database.prepare('SELECT * FROM tab_lines WHERE tab = ? ORDER BY position')
  const cash = database.prepare("SELECT * FROM tab_payments WHERE tab = ? AND kind <> 'Dojo'")
  const paid = database.prepare(
    `SELECT (SELECT coalesce(sum(amount), 0) FROM tab_payments WHERE tab = :tab) AS paid,
            (SELECT coalesce(sum(quantity * price), 0) FROM tab_lines WHERE tab = :tab) AS total`,
  )

  const orderOf = (tab: TabRow): TillOrder => {
    const rows = lines.all(tab.number) as unknown as LineRow[]
    const amounts = rows.map(({ quantity, price }) => toMinor(quantity * price))
    const totalMinor = amounts.reduce((sum, amount) => sum + amount, 0)
    return {
      id: String(tab.number),
      reference: String(tab.number),
      tableId: tab.table_id ?? undefined,
      waiterId: tab.waiter ?? undefined,
      lines: rows.map(({ position, name, quantity }, index) => ({
        id: String(position),
        name,
        quantity,
        amountMinor: amounts[index]!,
      })),
      totalMinor,
      payments: (cash.all(tab.number) as unknown as PaymentRow[]).map(({ id, amount, tip }) => ({
        id,
        tender: 'Cash',
        amountMinor: toMinor(amount),
        tipsMinor: toMinor(tip),
      })),
      status: tab.closed_at === null ? undefined : 'Finalized',
    }
  }

  /** A payment of Dojo's is a row, and one that was given back a row of 0. A paid tab closes. */
  const applyPayment = ({ payment, order }: InboxEntry): void => {
    const tab = Number(order!.mirrorId)
    const { id, amountMinor, refundedMinor, tipsMinor, voided } = payment!
    const left = voided ? 0 : amountMinor - refundedMinor
    database
      .prepare("INSERT OR REPLACE INTO tab_payments VALUES (?, ?, 'Dojo', ?, ?)")
      .run(id, tab, Number(fromMinor(left)), voided ? 0 : Number(fromMinor(tipsMinor)))
    const sums = paid.get({ tab }) as { paid: number; total: number }
    const isPaid = toMinor(sums.paid) >= toMinor(sums.total)
    database
      .prepare("UPDATE tabs SET closed_at = CASE WHEN ? THEN datetime('now') END WHERE number = ?")
      .run(isPaid ? 1 : 0, tab)
  }

  /** An order that Dojo made becomes a tab; the same one again is the same tab. */
  const applyOrder = ({ order }: InboxEntry): Taken => {
    const { id, mirrorId, status, tableId = null, waiterId = null, lines: ordered } = order!
    if (mirrorId !== undefined) {
      if (status === 'Canceled') {
        database.prepare('DELETE FROM tab_lines WHERE tab = ?').run(Number(mirrorId))
        database.prepare('DELETE FROM tabs WHERE number = ?').run(Number(mirrorId))
      }
      return { mirrorId }
    }
    // The server asks again when it did not hear that the till has it.
    const known = database.prepare('SELECT number FROM tabs WHERE order_id = ?').get(id)
    if (known !== undefined) return { mirrorId: String(known['number']) }
    const insert = 'INSERT INTO tabs (table_id, waiter, order_id) VALUES (?, ?, ?)'
    const tab = Number(database.prepare(insert).run(tableId, waiterId, id).lastInsertRowid)
    const line = database.prepare('INSERT INTO tab_lines VALUES (?, ?, ?, ?, ?)')
    // A modifier's quantity is for each of the line above; the amount is for all of it.
    ordered.forEach(({ name, quantity, amountMinor }, index) => {
      line.run(tab, index + 1, name, quantity, Number(fromMinor(amountMinor)) / quantity)
    })
    return { mirrorId: String(tab) }
  }

  /** Whole, or not at all. */
  const inTransaction = <Result>(work: () => Result): Result => {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      database.exec('ROLLBACK')
      throw error
    }
  }

  return {
    openOrders: async () => (tabs.all() as unknown as TabRow[]).map(orderOf),
    apply: async (entry) => {
      if (entry.kind === 'payment') inTransaction(() => applyPayment(entry))
      return entry.kind === 'order' ? inTransaction(() => applyOrder(entry)) : undefined
    },
  }
}

if (import.meta.main) {
  const { EPOS_URL: url = 'http://127.0.0.1:8080', EPOS_TOKEN: token = '' } = process.env
  const till = sqliteTill(new DatabaseSync(process.argv[2] ?? 'till.db'))
  const adapter = startAdapter({
    client: createTillClient({ url, token }),
    till,
    onProblem: ({ id, code, detail }) => {
      process.stderr.write(`${id ?? ''} ${code}: ${detail}\n`)
    },
  })
  process.once('SIGINT', () => {
    void adapter.stop()
  })
}
