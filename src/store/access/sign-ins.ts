// Who signed in to the console of a venue.
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

export interface SignIn {
  at: Date
  lastUsedAt: Date
  endedAt: Date | undefined
  withPin: boolean
  address: string
  role: Row<'TillToken'>['role']
  tillName: string | undefined
  waiterId: string | undefined
  waiterName: string | undefined
  operatorName: string | undefined
}

const select: Statement = {
  name: 'console_sign_ins',
  text: `SELECT s.created_at, s.used_at, s.ended_at, s.with_pin, s.address, k.role, k.till_name, k.waiter_id, k.operator_name,
      w.name AS waiter_name
    FROM console_sessions s
      JOIN till_tokens k ON k.location_id = s.location_id AND k.token_id = s.token_id
      LEFT JOIN waiters w ON w.location_id = k.location_id AND w.waiter_id = k.waiter_id
    WHERE s.location_id = $1 ORDER BY s.created_at DESC LIMIT $2`,
}

type SignInRow = Row<'ConsoleSession', 'createdAt' | 'usedAt' | 'endedAt' | 'withPin' | 'address'> &
  Row<'TillToken', 'role' | 'tillName' | 'waiterId' | 'operatorName'> & {
    waiter_name: string | null
  }

/** Newest first. */
export async function readSignIns(
  database: Queryable,
  locationId: string,
  most: number,
): Promise<SignIn[]> {
  const rows = await database.rows<SignInRow>(select, [locationId, most])
  return rows.map((row) => ({
    at: row.created_at,
    lastUsedAt: row.used_at,
    endedAt: row.ended_at ?? undefined,
    withPin: row.with_pin,
    address: row.address,
    role: row.role,
    tillName: row.till_name ?? undefined,
    waiterId: row.waiter_id ?? undefined,
    waiterName: row.waiter_name ?? undefined,
    operatorName: row.operator_name ?? undefined,
  }))
}
