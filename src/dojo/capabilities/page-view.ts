import { sealCursor, type Page, type PageKind } from '../../domain/page.ts'

/** A page in Dojo's form, with `before` and `after` where there is more. */
export function pageView<Row, View>(
  kind: PageKind,
  cursorKey: Uint8Array,
  { rows, before, after }: Page<Row>,
  view: (row: Row) => View,
): { data: View[]; before?: string; after?: string } {
  return {
    data: rows.map(view),
    before: before && sealCursor(kind, cursorKey, before),
    after: after && sealCursor(kind, cursorKey, after),
  }
}
