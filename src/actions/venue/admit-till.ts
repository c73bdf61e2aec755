// Lets a till in by its token, as the waiter whom it names.
import { checkNamedWaiter } from '../../domain/venue/till-role.ts'
import type { Queryable } from '../../store/database/database.ts'
import { findTillAccess, type TillAccess } from '../../store/venue/till-tokens.ts'

/**
 * Undefined for a token that opens nothing.
 * @throws Refusal InvalidRequest as checkNamedWaiter
 */
export async function admitTill(
  database: Queryable,
  token: string,
  named?: string,
): Promise<TillAccess | undefined> {
  const found = await findTillAccess(database, token, named)
  if (found === undefined) return undefined
  const { access, isNamedKnown } = found
  checkNamedWaiter(named, { isKnown: isNamedKnown, tokenOf: access.waiterId })
  return access
}
