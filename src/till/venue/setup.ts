// The whole set-up of a venue at once: out as a document or a spreadsheet, and in again, all or
// nothing.
import { Type } from 'typebox'
import { importSetup } from '../../actions/venue/import-setup.ts'
import { invalid } from '../../domain/errors.ts'
import type { Setup, SetupEntity } from '../../domain/venue/setup.ts'
import { readSetup } from '../../store/venue/setup.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, OneOf } from '../kit/shapes.ts'
import { columnOfField, entriesOfCsv, setupCsv } from './setup/csv.ts'
import { entriesOfJson, wantedOf } from './setup/entries.ts'
import { SetupShape } from './setup/shapes.ts'

const tag = 'Set-up'

const Count = Type.Integer({ minimum: 0 })
const Counts = Fields({ added: Count, changed: Count, retired: Count, same: Count })
const Outcome = Fields({
  dryRun: Type.Boolean({ description: 'True when nothing was written.' }),
  mode: OneOf(['merge', 'replace']),
  areas: Counts,
  tables: Counts,
  waiters: Counts,
  menu: Counts,
})

/** As it can be sent again, without positions and versions, which a file does not set. */
function documentOf({ areas, tables, waiters, menu }: Setup): object {
  const entry = ({ position: _, version: __, ...rest }: SetupEntity) => rest
  return {
    areas: areas.map(entry),
    tables: tables.map(entry),
    waiters: waiters.map(entry),
    menu: menu.map(entry).map(({ id, ...rest }) => ({ plu: id, ...rest })),
  }
}

const WRITE_SETUP = `All or nothing: every fault is listed with its line or field, and then nothing is written.

A spreadsheet has the columns type (area, table, waiter, item, modifier, sub-item), id, name, area, covers, areas,
tables, price (14.95), tax and takeaway tax (percent), course, category, available (yes, no) and parts. A cell with
several names separates them by \`;\`. Cells may be divided by commas, semicolons or tabs. Start from an export.

\`mode=merge\` adds and changes. \`mode=replace\` also retires what is not named, in those parts that the document
or file has: areas, tables, waiters, menu. A field or column that is left out leaves what exists as it is.
\`dryRun=true\` only checks.`

export const setupOperations = [
  operation({
    id: 'readSetup',
    does: 'read',
    method: 'GET',
    path: '/setup',
    summary: 'All areas, tables, waiters and menu items, as a document or a spreadsheet',
    description:
      'The answer can be sent to PUT /setup. The spreadsheet has one line for each entity, ' +
      'prices such as 14.95, and taxes in percent.',
    tag,
    roles: MANAGERS,
    query: Fields({ format: Type.Optional(OneOf(['json', 'csv'])) }),
    answer: SetupShape,
    textTypes: ['text/csv'],
    run: async ({ deps, caller, query }) => {
      const setup = await readSetup(deps.store.prisma, caller.locationId)
      return query.format === 'csv'
        ? { text: setupCsv(setup), type: 'text/csv; charset=utf-8' }
        : { body: documentOf(setup) }
    },
  }),

  operation({
    id: 'writeSetup',
    does: 'write',
    method: 'PUT',
    path: '/setup',
    summary: 'Sets up areas, tables, waiters and the menu at once',
    description: WRITE_SETUP,
    tag,
    roles: MANAGERS,
    query: Fields({
      dryRun: Type.Optional(Type.Boolean()),
      mode: Type.Optional(OneOf(['merge', 'replace'])),
    }),
    body: SetupShape,
    textBodies: ['text/csv'],
    answer: Outcome,
    run: async ({ tx, caller, deps, query, body, ifMatch }) => {
      if (ifMatch !== undefined) {
        throw invalid('The set-up as a whole has no version: leave out the header If-Match.')
      }
      const { dryRun = false, mode = 'merge' } = query
      const sent = typeof body === 'string' ? entriesOfCsv(body) : entriesOfJson(body)
      const wanted = wantedOf(sent, columnOfField)
      const counts = await importSetup(tx, {
        locationId: caller.locationId,
        wanted,
        unread: sent.faults,
        mode,
        dryRun,
        newId: deps.newId,
      })
      return { body: { dryRun, mode, ...counts } }
    },
  }),
]
