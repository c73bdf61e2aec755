// A venue's own row: its settings and its bill template.
import type { BillTemplate } from '../../domain/paper/bill.ts'
import { finalStatuses } from '../../domain/orders/order.ts'
import {
  noVenue,
  verificationOf,
  type DojoSettings,
  type VenueDetails,
  type VenueSettings,
} from '../../domain/venue/venue.ts'
import type { Statement, Transaction } from '../database/database.ts'
import type { Models, PrismaInTransaction } from '../database/prisma.ts'

/** @throws Refusal NotFound */
export async function readVenue(
  prisma: PrismaInTransaction,
  locationId: string,
): Promise<VenueDetails> {
  const row = await prisma.location.findUnique({ where: { locationId } })
  if (row === null) throw noVenue(locationId)
  return detailsOf(row)
}

// Prisma locks no rows.
const lock: Statement = {
  name: 'venue_lock',
  text: 'SELECT 1 FROM locations WHERE location_id = $1 FOR NO KEY UPDATE',
}

/** Until the transaction ends. */
export function lockVenue(tx: Transaction, locationId: string): void {
  tx.send(lock, [locationId])
}

/** Locked until the transaction ends. @throws Refusal NotFound */
export async function readVenueForUpdate(
  tx: Transaction,
  locationId: string,
): Promise<VenueDetails> {
  lockVenue(tx, locationId)
  return await tx.prisma(async (prisma) => await readVenue(prisma, locationId))
}

/** What is left out stays as it is. */
export async function updateVenue(
  tx: Transaction,
  locationId: string,
  { billTemplate, ...settings }: VenueSettings & DojoSettings & { billTemplate?: BillTemplate },
): Promise<VenueDetails> {
  return await tx.prisma(async (prisma) => {
    await prisma.location.update({
      where: { locationId },
      data: { ...settings, billTemplate: billTemplate as object, version: { increment: 1 } },
      select: { locationId: true },
    })
    return await readVenue(prisma, locationId)
  })
}

function detailsOf(row: Models['Location']): VenueDetails {
  return {
    name: row.name,
    currency: row.currency,
    timeZone: row.timeZone,
    waiterAccess: row.waiterAccess,
    onePartyPerTable: row.onePartyPerTable,
    refuseOverlappingReservations: row.refuseOverlappingReservations,
    verifyPayments: verificationOf(row.verifyPayments, row.dojoKeySealed !== null),
    hasDojoKey: row.dojoKeySealed !== null,
    counterAccount: row.counterAccount ?? undefined,
    taxesOnTop: row.taxesOnTop,
    taxName: row.taxName,
    serviceChargeHundredths: optionalNumber(row.serviceChargeHundredths),
    serviceChargeTaxRateHundredths: optionalNumber(row.serviceChargeTaxRateHundredths),
    cashRoundingMinor: optionalNumber(row.cashRoundingMinor),
    cardTips: row.cardTips,
    cashbackMostMinor: optionalNumber(row.cashbackMostMinor),
    unlinkedRefundMostMinor: optionalNumber(row.unlinkedRefundMostMinor),
    billTemplate: row.billTemplate as unknown as BillTemplate,
    kind: row.kind,
    inboxMinutes: row.inboxMinutes,
    inboxThen: row.inboxThen,
    lockedThen: row.lockedThen,
    version: row.version,
  }
}

/** Orders that are neither finished nor canceled. */
export async function countOpenOrders(tx: Transaction, locationId: string): Promise<number> {
  const status = { notIn: [...finalStatuses] }
  return await tx.prisma(
    async (prisma) => await prisma.order.count({ where: { locationId, status } }),
  )
}

export function optionalNumber(value: bigint | null): number | undefined {
  return value === null ? undefined : Number(value)
}
