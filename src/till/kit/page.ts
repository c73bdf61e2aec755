// Pages of lists, as the till API answers them.
import { sealCursor, type Page, type PageKind } from '../../domain/page.ts'
import { defined } from '../../lib/same.ts'

/** A page, in the till's own form. */
export const pageView = <Row>(
  { rows, before, after }: Page<Row>,
  kind: PageKind,
  key: Uint8Array,
  view: (row: Row) => object,
): object => ({
  rows: rows.map(view),
  ...defined({
    before: before && sealCursor(kind, key, before),
    after: after && sealCursor(kind, key, after),
  }),
})
