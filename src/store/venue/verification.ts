// What the domain needs to say when a venue's payments are checked against Dojo's.
import { verificationOf, type VerifyPayments } from '../../domain/venue/venue.ts'
import type { Row } from '../database/row.ts'

/** From the row `l` of locations. */
export const VERIFICATION = 'l.verify_payments, l.dojo_key_sealed IS NOT NULL AS has_dojo_key'

export type VerificationRow = Row<'Location', 'verifyPayments'> & { has_dojo_key: boolean }

/** The row with what is in force in place of what was chosen. */
export function verified<R extends VerificationRow>({
  verify_payments: chosen,
  has_dojo_key: hasDojoKey,
  ...row
}: R): Omit<R, keyof VerificationRow> & { verifyPayments: VerifyPayments } {
  return { ...row, verifyPayments: verificationOf(chosen, hasDojoKey) }
}
