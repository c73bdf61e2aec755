import { sealCursor, type Page, type PageKind } from '../../domain/page.ts'

/** A page as Dojo sees it: `before` and `after` only where there is one. */
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
