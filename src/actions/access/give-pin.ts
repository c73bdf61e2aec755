// Gives a waiter a PIN for the console, in place of the one that they had, or takes it away.
import { checkMayGive, checkPin } from '../../domain/access/pin.ts'
import { hashSecret } from '../../domain/access/secret-hash.ts'
import { notFound } from '../../domain/errors.ts'
import type { NewId } from '../../domain/ids.ts'
import type { TillRole } from '../../domain/venue/till-role.ts'
import type { Transaction } from '../../store/database/database.ts'
import { insertPin, lockWaiter, revokePin } from '../../store/venue/till-tokens.ts'

interface Waiter {
  locationId: string
  waiterId: string
}

/**
 * Sessions that were opened with the earlier PIN end.
 * @throws Refusal NotFound: no such waiter; InvalidRequest: not a PIN; `forbidden`: a role above
 *   the giver's
 */
export async function givePin(
  tx: Transaction,
  { locationId, waiterId }: Waiter,
  { pin, role, giver }: { pin: string; role: TillRole; giver: TillRole },
  newId: NewId,
): Promise<void> {
  checkPin(pin)
  checkMayGive(giver, role)
  const pinHash = await hashSecret(pin)
  await tx.prisma(async (prisma) => {
    if (!(await lockWaiter(prisma, { locationId, waiterId }))) throw notFound('waiter', waiterId)
    await revokePin(prisma, { locationId, waiterId })
    await insertPin(prisma, { locationId, waiterId, tokenId: newId('tok'), role, pinHash })
  })
}

/** @returns whether they had one */
export async function takePin(tx: Transaction, waiter: Waiter): Promise<boolean> {
  return await tx.prisma(async (prisma) => await revokePin(prisma, waiter))
}
