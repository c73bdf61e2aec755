// Deletes a reservation, or calls it off; its orders and parties stay and lose the link to it.
import type { Reservation } from '../../domain/bookings/reservation.ts'
import type { Caller } from '../../domain/caller.ts'
import { loseReservation } from '../../domain/orders/details.ts'
import { mustMatch } from '../../domain/version.ts'
import { lockReservationToRemove } from '../../store/bookings/reservations.ts'
import { deleteReservation as deleteRow } from '../../store/bookings/write-reservation.ts'
import type { Transaction } from '../../store/database/database.ts'
import { readOrderForUpdate } from '../../store/orders/read-order.ts'
import { applyChange } from '../orders/change-order.ts'

/** Dojo's. @throws Refusal NotFound */
export async function deleteReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
): Promise<void> {
  await remove(tx, caller, reservationId, {
    ifMatch: undefined,
    change: { action: 'Deleted', detail: {} },
  })
}

/**
 * The venue's.
 * @returns the reservation as it was
 * @throws Refusal NotFound; Conflict `stale`
 */
export async function cancelReservation(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  { reason, ifMatch }: { reason: string; ifMatch: number | undefined },
): Promise<Reservation> {
  return await remove(tx, caller, reservationId, {
    ifMatch,
    change: { action: 'Canceled', detail: { reason } },
  })
}

interface Removal {
  ifMatch: number | undefined
  change: { action: 'Deleted' | 'Canceled'; detail: object }
}

async function remove(
  tx: Transaction,
  caller: Caller,
  reservationId: string,
  { ifMatch, change }: Removal,
): Promise<Reservation> {
  const { locationId } = caller
  const { reservation, orderIds } = await lockReservationToRemove(tx, locationId, reservationId)
  mustMatch(ifMatch, reservation.version, 'reservation')
  for (const orderId of orderIds) {
    const now = await readOrderForUpdate(tx, locationId, orderId)
    applyChange(tx, caller, now, loseReservation(now.order, reservationId))
  }
  deleteRow(tx, caller, reservation, change)
  return reservation
}
