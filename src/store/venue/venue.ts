// A venue's own row: its settings and its bill template, as the venue itself reads and changes
// them.
import type { BillTemplate } from '../../domain/paper/bill.ts'
import type { VerifyPayments } from '../../domain/caller.ts'
import type { VenueSettings } from '../../domain/venue/venue.ts'
import type { Queryable, Statement, Transaction, Value } from '../database/database.ts'

export interface VenueNow extends Required<VenueSettings> {
  currency: string
  /** As it is at work, whether it was set or not. */
  verifyPayments: VerifyPayments
  hasDojoKey: boolean
  billTemplate: BillTemplate
  version: number
}

const COLUMNS = `name, currency, time_zone AS "timeZone", waiter_access AS "waiterAccess", one_party_per_table AS "onePartyPerTable",
      refuse_overlapping_reservations AS "refuseOverlappingReservations", coalesce(verify_payments::text, CASE WHEN dojo_key_sealed IS NULL THEN 'off' ELSE 'after' END) AS "verifyPayments",
      taxes_on_top AS "taxesOnTop", tax_name AS "taxName", service_charge_hundredths AS "serviceChargeHundredths", dojo_key_sealed IS NOT NULL AS "hasDojoKey",
      bill_template AS "billTemplate", version`

const READ: Statement = {
  name: 'venue_read',
  text: `SELECT ${COLUMNS} FROM locations WHERE location_id = $1`,
}
const HOLD: Statement = {
  name: 'venue_hold',
  text: `SELECT ${COLUMNS} FROM locations WHERE location_id = $1 FOR NO KEY UPDATE`,
}

export async function readVenue(database: Queryable, locationId: string): Promise<VenueNow> {
  const [venue] = await database.rows<VenueNow>(READ, [locationId])
  return venue!
}

/** Held until the transaction ends. */
export async function holdVenue(tx: Transaction, locationId: string): Promise<VenueNow> {
  const [venue] = await tx.rows<VenueNow>(HOLD, [locationId])
  return venue!
}

const SETTINGS = {
  name: 'name',
  timeZone: 'time_zone',
  waiterAccess: 'waiter_access',
  onePartyPerTable: 'one_party_per_table',
  refuseOverlappingReservations: 'refuse_overlapping_reservations',
  verifyPayments: 'verify_payments',
  taxesOnTop: 'taxes_on_top',
  taxName: 'tax_name',
  serviceChargeHundredths: 'service_charge_hundredths',
} as const satisfies Record<keyof VenueSettings, string>

const RECORD =
  'x("timeZone" text, name text, "waiterAccess" boolean, "onePartyPerTable" boolean, "refuseOverlappingReservations" boolean, "verifyPayments" verify_payments, "taxesOnTop" boolean, "taxName" text, "serviceChargeHundredths" bigint)'

/** What `$2` does not have stays as it is. */
const CHANGE: Statement = {
  name: 'venue_change',
  text: `UPDATE locations l SET ${Object.entries(SETTINGS)
    .map(
      ([field, column]) =>
        `${column} = CASE WHEN $2::jsonb ? '${field}' THEN x."${field}" ELSE l.${column} END`,
    )
    .join(', ')}, version = version + 1
    FROM jsonb_to_record($2::jsonb) AS ${RECORD} WHERE l.location_id = $1`,
}

const SET_TEMPLATE: Statement = {
  name: 'venue_set_bill_template',
  text: 'UPDATE locations SET bill_template = $2::jsonb, version = version + 1 WHERE location_id = $1',
}

/** The venue as it is then. */
export const changeVenue = async (
  tx: Transaction,
  locationId: string,
  settings: VenueSettings,
): Promise<VenueNow> => await changed(tx, locationId, CHANGE, [JSON.stringify(settings)])

export const setTemplate = async (
  tx: Transaction,
  locationId: string,
  template: BillTemplate,
): Promise<VenueNow> => await changed(tx, locationId, SET_TEMPLATE, [JSON.stringify(template)])

async function changed(
  tx: Transaction,
  locationId: string,
  statement: Statement,
  values: Value[],
): Promise<VenueNow> {
  const [, venue] = await Promise.all([
    tx.rows(statement, [locationId, ...values]),
    readVenue(tx, locationId),
  ])
  return venue
}
