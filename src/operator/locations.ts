// Venues, as an operator creates, lists and changes them, and the credentials and keys between a
// venue and Dojo.
import { randomBytes } from 'node:crypto'
import { checkBillTemplate, defaultBillTemplate } from '../domain/paper/bill.ts'
import { invalid, notFound, Refusal } from '../domain/errors.ts'
import { newId } from '../domain/ids.ts'
import {
  checkCashRounding,
  checkSettings,
  checkVerification,
  noDojoKey,
  type VenueSettings,
} from '../domain/venue/venue.ts'
import { hashPassword } from '../store/venue/credentials.ts'
import type { LocationGetPayload } from '../store/generated/models.ts'
import type { Prisma, PrismaInTransaction } from '../store/database/prisma.ts'
import type { VerifyPayments } from '../domain/caller.ts'
import { optionalNumber, verificationOf } from '../store/venue/venue.ts'
import { seal, unseal } from './secrets.ts'

export const currencies = ['GBP', 'EUR'] as const
export type Currency = (typeof currencies)[number]

/** Shown once: only the password's hash is stored. */
export interface IssuedCredential {
  username: string
  password: string
}

export interface NewLocation {
  name: string
  currency: Currency
  timeZone?: string
  cashRoundingMinor?: number | null | undefined
  serviceChargeTaxRateHundredths?: number | null | undefined
}

/** How Dojo reaches a venue: it calls this server, asks through a socket of it, or both. */
export const transports = ['rest', 'socket', 'both'] as const
export type Transport = (typeof transports)[number]

export interface Settings extends VenueSettings {
  /** Running servers take it up within a second or two. */
  transport?: Transport
  /** Dojo's id of the venue's account; null until Dojo sends it. */
  dojoAccountId?: string | null
}

export interface LocationSummary {
  locationId: string
  name: string
  currency: Currency
  timeZone: string
  waiterAccess: boolean
  onePartyPerTable: boolean
  refuseOverlappingReservations: boolean
  cashRoundingMinor: number | undefined
  serviceChargeTaxRateHundredths: number | undefined
  /** As it is in force, chosen or not. */
  verifyPayments: VerifyPayments
  transport: Transport
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
  })
  return { locationId, credential }
}

export async function listLocations(prisma: Prisma): Promise<LocationSummary[]> {
  return (
    await prisma.location.findMany({ orderBy: { locationId: 'asc' }, include: CREDENTIALS })
  ).map(summaryOf)
}

/** @throws Refusal NotFound */
export async function showLocation(prisma: Prisma, locationId: string): Promise<LocationSummary> {
  const location = await prisma.location.findUnique({ where: { locationId }, include: CREDENTIALS })
  if (location === null) throw noLocation(locationId)
  return summaryOf(location)
}

/**
 * @throws Refusal NotFound; InvalidRequest: empty name, unknown time zone, payments to verify
 * without a Dojo key, cash to be rounded in GBP
 */
export async function changeSettings(
  prisma: Prisma,
  locationId: string,
  settings: Settings,
): Promise<LocationSummary> {
  checkSettings(settings)
  return await withVenueHeld(prisma, locationId, async (tx, { dojoKeySealed, currency }) => {
    checkVerification(settings.verifyPayments, dojoKeySealed !== null, locationId)
    checkCashRounding(settings.cashRoundingMinor, currency)
    return summaryOf(
      await tx.location.update({
        where: { locationId },
        data: { ...settings, version: { increment: 1 } },
        include: CREDENTIALS,
      }),
    )
  })
}

/** @throws Refusal NotFound; InvalidRequest naming the fault of the template */
export async function setBillTemplate(
  prisma: Prisma,
  locationId: string,
  template: unknown,
): Promise<void> {
  const checked = checkBillTemplate(template)
  await withVenueHeld(prisma, locationId, async (tx) => {
    await tx.location.update({
      where: { locationId },
      data: { billTemplate: checked as object, version: { increment: 1 } },
    })
  })
}

/**
 * A new credential; earlier ones keep working until they are revoked.
 * @throws Refusal NotFound
 */
export async function rotateCredential(
  prisma: Prisma,
  locationId: string,
): Promise<IssuedCredential> {
  await showLocation(prisma, locationId)
  const { credential, row } = issueCredential()
  await prisma.credential.create({ data: { locationId, ...row } })
  return credential
}

/**
 * Revokes one credential, or all but the newest.
 * @returns the revoked usernames
 * @throws Refusal NotFound: no such venue, or no such active credential
 */
export async function revokeCredentials(
  prisma: Prisma,
  locationId: string,
  username?: string,
): Promise<string[]> {
  return await withVenueHeld(prisma, locationId, async (tx, { credentials }) => {
    const working = credentials.filter((credential) => credential.revokedAt === null)
    const revoked =
      username === undefined
        ? working.slice(1)
        : working.filter((credential) => credential.username === username)
    if (username !== undefined && revoked.length === 0) throw notFound('credential', username)
    const usernames = revoked.map((credential) => credential.username)
    await tx.credential.updateMany({
      where: { locationId, username: { in: usernames } },
      data: { revokedAt: new Date() },
    })
    return usernames
  })
}

/** The form of Dojo's keys: printable ASCII, since a key goes into a header as it is. */
export const isDojoKey = (key: string): boolean => /^sk_(sandbox|prod)_[\x21-\x7e]+$/.test(key)

/**
 * The venue's Dojo account is forgotten, since the key may be another account's.
 * @throws Refusal NotFound; InvalidRequest: not a Dojo API key
 */
export async function setDojoKey(
  prisma: Prisma,
  locationId: string,
  key: string,
  secretsKey: string,
): Promise<void> {
  if (!isDojoKey(key)) throw invalid('A Dojo API key begins with sk_sandbox_ or sk_prod_.')
  await withVenueHeld(prisma, locationId, async (tx) => {
    await tx.location.update({
      where: { locationId },
      data: {
        dojoKeySealed: new Uint8Array(seal(key, secretsKey, locationId)),
        dojoKeyRefusedAt: null,
        dojoAccountId: null,
      },
    })
  })
}

/**
 * @throws Refusal NotFound: no such venue; InvalidRequest: it has no key. Error: the key was stored
 *   under another SECRETS_KEY
 */
export async function readDojoKey(
  prisma: Prisma,
  locationId: string,
  secretsKey: string,
): Promise<string> {
  const location = await prisma.location.findUnique({
    where: { locationId },
    select: { dojoKeySealed: true },
  })
  if (location === null) throw noLocation(locationId)
  if (location.dojoKeySealed === null) throw noDojoKey(locationId)
  return unseal(location.dojoKeySealed, secretsKey, locationId)
}

/**
 * A warning when other venues have the same key; undefined when none has. Dojo calls one URL for
 * each account. Keys of other venues that cannot be decrypted are skipped.
 * @throws Refusal and Error as `readDojoKey`
 */
export async function sharedKeyWarning(
  prisma: Prisma,
  locationId: string,
  secretsKey: string,
): Promise<string | undefined> {
  const key = await readDojoKey(prisma, locationId, secretsKey)
  const others = await prisma.location.findMany({
    where: { locationId: { not: locationId }, dojoKeySealed: { not: null } },
    select: { locationId: true, name: true, dojoKeySealed: true },
    orderBy: { locationId: 'asc' },
  })
  const same = others.filter(({ locationId, dojoKeySealed }) => {
    try {
      return unseal(dojoKeySealed!, secretsKey, locationId) === key
    } catch {
      return false
    }
  })
  if (same.length === 0) return undefined
  const names = same.map(({ locationId, name }) => `${locationId} (${name})`).join(', ')
  return (
    `${names} already ${same.length === 1 ? 'has' : 'have'} this Dojo API key. Dojo calls only the ` +
    'venue that was registered last with a key, so registering one cuts off the others. ' +
    'Ask Dojo for a key for each venue.'
  )
}

// --- parts

const CREDENTIALS = {
  credentials: { orderBy: [{ createdAt: 'desc' as const }, { credentialId: 'desc' as const }] },
}

type Row = LocationGetPayload<{ include: typeof CREDENTIALS }>

/**
 * Holds the venue's row from before it is read until the end, as the till's changes do: what `work`
 * decides by it stays so.
 * @throws Refusal NotFound, and what `work` throws
 */
async function withVenueHeld<Result>(
  prisma: Prisma,
  locationId: string,
  work: (tx: PrismaInTransaction, location: Row) => Promise<Result>,
): Promise<Result> {
  return await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 AS held FROM locations WHERE location_id = ${locationId} FOR NO KEY UPDATE`
    const location = await tx.location.findUnique({ where: { locationId }, include: CREDENTIALS })
    if (location === null) throw noLocation(locationId)
    return await work(tx, location)
  })
}

function summaryOf({
  locationId,
  name,
  currency,
  timeZone,
  waiterAccess,
  onePartyPerTable,
  refuseOverlappingReservations,
  cashRoundingMinor,
  serviceChargeTaxRateHundredths,
  verifyPayments,
  dojoAccountId,
  dojoKeySealed,
  dojoKeyRefusedAt,
  transport,
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
    cashRoundingMinor: optionalNumber(cashRoundingMinor),
    serviceChargeTaxRateHundredths: optionalNumber(serviceChargeTaxRateHundredths),
    createdAt,
    transport,
    cardTips,
    cashbackMostMinor: optionalNumber(cashbackMostMinor),
    unlinkedRefundMostMinor: optionalNumber(unlinkedRefundMostMinor),
    verifyPayments: verificationOf({ verifyPayments, dojoKeySealed }),
    dojoAccountId: dojoAccountId ?? undefined,
    hasDojoKey: dojoKeySealed !== null,
    dojoKeyRefusedAt: dojoKeyRefusedAt ?? undefined,
    credentials: credentials.map(({ username, createdAt, revokedAt }) => ({
      username,
      createdAt,
      revokedAt,
    })),
  }
}

function issueCredential() {
  const credential = {
    username: `dojo-${randomBytes(6).toString('hex')}`,
    password: randomBytes(32).toString('base64url'),
  }
  return {
    credential,
    row: {
      credentialId: newId('cred'),
      username: credential.username,
      passwordHash: new Uint8Array(hashPassword(credential.password)),
    },
  }
}

const noLocation = (locationId: string) =>
  new Refusal(
    'NotFound',
    'not-found',
    `There is no venue with the id ${locationId}. See: npx epos location list`,
  )
