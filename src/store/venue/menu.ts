// The menu, as a till orders from it.
import type { LineKind } from '../../domain/orders/order.ts'
import type { Queryable, Statement } from '../database/database.ts'
import type { Row } from '../database/row.ts'

export interface MenuOffer {
  plu: string
  kind: LineKind
  name: string
  priceMinor: number
  taxRateHundredths: number
  course: string | undefined
  available: boolean
  /** The PLUs of the modifiers and sub-items that it can be ordered with. */
  parts: ReadonlySet<string>
}

type OfferRow = Row<
  'MenuItem',
  'plu' | 'kind' | 'name' | 'priceMinor' | 'taxRateHundredths' | 'course' | 'available'
> & { parts: string[] }

// Every line that a till adds runs this, so it is prepared.
const readOffered: Statement = {
  name: 'menu_offers',
  text: `SELECT m.plu, m.kind, m.name, m.price_minor, m.tax_rate_hundredths, m.course, m.available,
      ARRAY(SELECT p.part_plu FROM menu_parts p WHERE p.location_id = m.location_id AND p.plu = m.plu) AS parts
    FROM menu_items m WHERE m.location_id = $1 AND m.plu = ANY($2::text[]) AND m.retired_at IS NULL`,
}

/** By PLU, without those that the venue does not have. */
export async function readOffers(
  database: Queryable,
  locationId: string,
  plus: readonly string[],
): Promise<Map<string, MenuOffer>> {
  const rows = await database.rows<OfferRow>(readOffered, [locationId, plus])
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
