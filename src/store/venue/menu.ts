// What can be ordered, as it is read to be ordered.
import type { LineKind } from '../../domain/orders/tab.ts'
import type { Queryable, Statement } from '../database/database.ts'

export interface MenuOffer {
  plu: string
  kind: LineKind
  name: string
  priceMinor: number
  taxRateHundredths: number
  course: string | undefined
  available: boolean
  /** The modifiers and sub-items that it can be ordered with, by their PLUs. */
  parts: ReadonlySet<string>
}

interface OfferRow {
  plu: string
  kind: LineKind
  name: string
  price_minor: number
  tax_rate_hundredths: number
  course: string | null
  available: boolean
  parts: string[]
}

const OFFERS: Statement = {
  name: 'menu_offers',
  text: `SELECT m.plu, m.kind, m.name, m.price_minor, m.tax_rate_hundredths, m.course, m.available,
      ARRAY(SELECT p.part_plu FROM menu_parts p WHERE p.location_id = m.location_id AND p.plu = m.plu) AS parts
    FROM menu_items m WHERE m.location_id = $1 AND m.plu = ANY($2::text[]) AND m.retired_at IS NULL`,
}

/** By PLU; what the venue does not have is not there. */
export async function readOffers(
  database: Queryable,
  locationId: string,
  plus: readonly string[],
): Promise<Map<string, MenuOffer>> {
  const rows = await database.rows<OfferRow>(OFFERS, [locationId, plus])
  return new Map(
    rows.map((row) => [
      row.plu,
      {
        plu: row.plu,
        kind: row.kind,
        name: row.name,
        priceMinor: row.price_minor,
        taxRateHundredths: row.tax_rate_hundredths,
        course: row.course ?? undefined,
        available: row.available,
        parts: new Set(row.parts),
      },
    ]),
  )
}
