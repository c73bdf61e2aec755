// How much of a day's takings Dojo has: what it has confirmed of the payments that moved in the
// day, against what the bills say. Money that is on no bill is not in it. Amounts are whole minor
// units.
import { meansNotPaid, meansPaid, refundOf } from '../payments/intent.ts'

/**
 * Payments by Dojo that moved in the day: one, or the sums of several that are alike at Dojo and of
 * which nothing went back.
 */
export interface MovedAtDojo {
  /** As Dojo last reported it. */
  status: string | undefined
  /** Whether a check with Dojo waits. */
  isChecking: boolean
  /** Those whose movements in the day come to anything. */
  payments: number
  /** Their movements in the day: amounts, and tips. */
  amountMinor: number
  tipsMinor: number
  /** What earlier days counted of them. */
  earlierMinor: number
  earlierTipsMinor: number
  /** As they were recorded here. */
  recordedMinor: number
  recordedTipsMinor: number
  /** As Dojo has shown them; undefined before it has. */
  shownMinor: number | undefined
  shownTipsMinor: number | undefined
  /** What went back, amount and tip together, as Dojo shows it. */
  goneBackMinor: number
}

export interface AtDojo {
  takingsMinor: number
  tipsMinor: number
  /** On bills here, tips included; Dojo has not reported them, or a check of them waits. */
  unconfirmed: { payments: number; amountMinor: number }
  /** Takings and tips here, less those at Dojo. What is not confirmed is part of it. */
  differenceMinor: number
}

/**
 * A payment counts once Dojo has reported it as paid and no check of it waits, and then with what
 * Dojo shows is left of it. One that went back counts for nothing, void here or not; and one that
 * is void here counts as long as Dojo has the money. Of a payment of an earlier day, what changed.
 */
export function atDojo(moved: readonly MovedAtDojo[]): AtDojo {
  let takingsMinor = 0
  let tipsMinor = 0
  let hereMinor = 0
  const unconfirmed = { payments: 0, amountMinor: 0 }
  for (const row of moved) {
    const movedMinor = row.amountMinor + row.tipsMinor
    hereMinor += movedMinor
    if (!isConfirmed(row)) {
      unconfirmed.payments += row.payments
      unconfirmed.amountMinor += movedMinor
      continue
    }
    const held = meansPaid(row.status) ? leftOf(row) : { amountMinor: 0, tipsMinor: 0 }
    takingsMinor += held.amountMinor - row.earlierMinor
    tipsMinor += held.tipsMinor - row.earlierTipsMinor
  }
  const differenceMinor = hereMinor - takingsMinor - tipsMinor
  return { takingsMinor, tipsMinor, unconfirmed, differenceMinor }
}

/** What Dojo shows, or else what was recorded here, less what went back. */
function leftOf({
  recordedMinor,
  recordedTipsMinor,
  shownMinor: amountMinor = recordedMinor,
  shownTipsMinor: tipsMinor = recordedTipsMinor,
  goneBackMinor,
}: MovedAtDojo): { amountMinor: number; tipsMinor: number } {
  const gone = refundOf({ amountMinor, tipsMinor }, goneBackMinor)
  return {
    amountMinor: amountMinor - gone.refundedMinor,
    tipsMinor: tipsMinor - gone.refundedTipsMinor,
  }
}

function isConfirmed(row: MovedAtDojo): row is MovedAtDojo & { status: string } {
  const { status, isChecking } = row
  return !isChecking && status !== undefined && (meansPaid(status) || meansNotPaid(status))
}
