// The menu, as a till orders from it.
import type { LineKind } from '../../domain/orders/order.ts'
import type { Queryable, Statement } from '../database/database.ts'
import { listsOf, valuesOfSets } from '../database/statement.ts'
import type { Row } from '../database/row.ts'

export interface MenuOffer {
  plu: string
  kind: LineKind
  name: string
  priceMinor: number
  taxRateHundredths: number
  takeawayTaxRateHundredths: number | undefined
  course: string | undefined
  available: boolean
  /** The PLUs of the modifiers and sub-items that it can be ordered with. */
  parts: ReadonlySet<string>
}

type OfferRow = Row<
  'MenuItem',
  | 'plu'
  | 'kind'
  | 'name'
  | 'priceMinor'
  | 'taxRateHundredths'
  | 'takeawayTaxRateHundredths'
  | 'course'
  | 'available'
> & { parts: string[] }

const offered = (
  venue: string,
): string => `m.plu, m.kind, m.name, m.price_minor, m.tax_rate_hundredths,
      m.takeaway_tax_rate_hundredths, m.course, m.available,
      ARRAY(SELECT p.part_plu FROM menu_parts p WHERE p.location_id = ${venue} AND p.plu = m.plu) AS parts`

// Every line that a till adds runs one of these, so they are prepared.
export const selectOffers: Statement = {
  name: 'menu_offers',
  text: `SELECT ${offered('$1')}
    FROM menu_items m WHERE m.location_id = $1 AND m.plu = ANY($2::text[]) AND m.retired_at IS NULL`,
}

const selectOffersOfSeveral: Statement = {
  name: 'menu_offers_several',
  text: `SELECT a.set, m.* FROM ${listsOf(['int', 'text', 'text'])} AS a(set, location_id, plu) CROSS JOIN LATERAL (
      SELECT ${offered('a.location_id')} FROM menu_items m
      WHERE m.location_id = a.location_id AND m.plu = a.plu AND m.retired_at IS NULL OFFSET 0) AS m`,
}

/** By PLU, without those that the venue does not have. */
export async function readOffers(
  database: Queryable,
  locationId: string,
  plus: readonly string[],
): Promise<Map<string, MenuOffer>> {
  const rows = await database.rows<OfferRow>(selectOffers, [locationId, plus])
  return new Map(rows.map((row) => [row.plu, offerOf(row)]))
}

/** The same of several menus at once. */
export async function readOffersOfSeveral(
  database: Queryable,
  asked: readonly { locationId: string; plus: readonly string[] }[],
): Promise<ReadonlyMap<string, MenuOffer>[]> {
  const offers = asked.map(() => new Map<string, MenuOffer>())
  const sets = asked.flatMap(({ locationId, plus }, set) =>
    plus.map((plu) => [set, locationId, plu]),
  )
  if (sets.length === 0) return offers
  const rows = await database.rows<OfferRow & { set: number }>(
    selectOffersOfSeveral,
    valuesOfSets(sets, 3),
  )
  for (const row of rows) offers[row.set]!.set(row.plu, offerOf(row))
  return offers
}

function offerOf(row: OfferRow): MenuOffer {
  return {
    plu: row.plu,
    kind: row.kind,
    name: row.name,
    priceMinor: row.price_minor,
    taxRateHundredths: row.tax_rate_hundredths,
    takeawayTaxRateHundredths: row.takeaway_tax_rate_hundredths ?? undefined,
    course: row.course ?? undefined,
    available: row.available,
    parts: new Set(row.parts),
  }
}
