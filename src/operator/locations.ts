// Venues, as an operator creates and lists them.
import { randomBytes } from 'node:crypto'
import { newId } from '../domain/ids.ts'
import { defaultBillTemplate } from '../domain/paper/bill.ts'
import {
  checkCashRounding,
  checkSettings,
  noVenue,
  verificationOf,
  type CounterTransport,
  type LockedThen,
  type Transport,
  type VerifyPayments,
} from '../domain/venue/venue.ts'
import type { Prisma } from '../store/database/prisma.ts'
import type { LocationGetPayload } from '../store/generated/models.ts'
import { optionalNumber } from '../store/venue/venue.ts'
import { issueCredential, NEWEST_FIRST, type IssuedCredential } from './credentials.ts'

export const currencies = ['GBP', 'EUR'] as const
export type Currency = (typeof currencies)[number]

export interface NewLocation {
  name: string
  currency: Currency
  timeZone?: string
  cashRoundingMinor?: number | null | undefined
  serviceChargeTaxRateHundredths?: number | null | undefined
}

export interface LocationSummary {
  locationId: string
  name: string
  currency: Currency
  timeZone: string
  waiterAccess: boolean
  onePartyPerTable: boolean
  refuseOverlappingReservations: boolean
  lockedThen: LockedThen
  cashRoundingMinor: number | undefined
  serviceChargeTaxRateHundredths: number | undefined
  /** As it is in force, chosen or not. */
  verifyPayments: VerifyPayments
  transport: Transport
  counterTransport: CounterTransport
  counterAccount: string | undefined
  /** Its name on the socket for the counter. */
  eposId: string
  cardTips: boolean
  cashbackMostMinor: number | undefined
  unlinkedRefundMostMinor: number | undefined
  dojoAccountId: string | undefined
  hasDojoKey: boolean
  /** When Dojo last rejected the key; undefined while it accepts it, or was not called yet. */
  dojoKeyRefusedAt: Date | undefined
  createdAt: Date
  credentials: { username: string; createdAt: Date; revokedAt: Date | null }[]
}

/** @throws Refusal InvalidRequest: empty name, unknown time zone, cash to be rounded in GBP */
export async function createLocation(
  prisma: Prisma,
  { name, currency, timeZone = 'Europe/London', ...settings }: NewLocation,
): Promise<{ locationId: string; credential: IssuedCredential }> {
  checkSettings({ name, timeZone })
  checkCashRounding(settings.cashRoundingMinor, currency)
  const locationId = newId('loc')
  const { credential, row } = issueCredential()
  await prisma.location.create({
    data: {
      locationId,
      name,
      currency,
      timeZone,
      ...settings,
      cursorKey: randomBytes(32),
      billTemplate: { ...defaultBillTemplate(name) } as object,
      credentials: { create: row },
    },
    select: { locationId: true },
  })
  return { locationId, credential }
}

export async function listLocations(prisma: Prisma): Promise<LocationSummary[]> {
  return (await prisma.location.findMany({ orderBy: { locationId: 'asc' }, include: SHOWN })).map(
    summaryOf,
  )
}

/** @throws Refusal NotFound */
export async function showLocation(prisma: Prisma, locationId: string): Promise<LocationSummary> {
  const location = await prisma.location.findUnique({ where: { locationId }, include: SHOWN })
  if (location === null) throw noVenue(locationId)
  return summaryOf(location)
}

const SHOWN = { credentials: { orderBy: NEWEST_FIRST }, keyRefusal: true }

type Row = LocationGetPayload<{ include: typeof SHOWN }>

function summaryOf({
  locationId,
  name,
  currency,
  timeZone,
  waiterAccess,
  onePartyPerTable,
  refuseOverlappingReservations,
  lockedThen,
  cashRoundingMinor,
  serviceChargeTaxRateHundredths,
  verifyPayments,
  dojoAccountId,
  dojoKeySealed,
  keyRefusal,
  transport,
  counterTransport,
  counterAccount,
  eposId,
  cardTips,
  cashbackMostMinor,
  unlinkedRefundMostMinor,
  createdAt,
  credentials,
}: Row): LocationSummary {
  return {
    locationId,
    name,
    currency,
    timeZone,
    waiterAccess,
    onePartyPerTable,
    refuseOverlappingReservations,
    lockedThen,
    cashRoundingMinor: optionalNumber(cashRoundingMinor),
    serviceChargeTaxRateHundredths: optionalNumber(serviceChargeTaxRateHundredths),
    createdAt,
    transport,
    counterTransport,
    counterAccount: counterAccount ?? undefined,
    eposId: eposId ?? locationId,
    cardTips,
    cashbackMostMinor: optionalNumber(cashbackMostMinor),
    unlinkedRefundMostMinor: optionalNumber(unlinkedRefundMostMinor),
    verifyPayments: verificationOf(verifyPayments, dojoKeySealed !== null),
    dojoAccountId: dojoAccountId ?? undefined,
    hasDojoKey: dojoKeySealed !== null,
    dojoKeyRefusedAt: keyRefusal?.refusedAt,
    credentials: credentials.map(({ username, createdAt, revokedAt }) => ({
      username,
      createdAt,
      revokedAt,
    })),
  }
}
