// The whole set-up of a venue at once: out as a document or a spreadsheet, and in again, all of it
// or nothing.
import { Type } from 'typebox'
import { invalid, Refusal } from '../../domain/errors.ts'
import {
  planSetup,
  setupParts,
  spokenPlace,
  type Fault,
  type Setup,
} from '../../domain/venue/setup.ts'
import { limits } from '../../limits.ts'
import { findInUse, holdSetup, readSetup, writeSetup } from '../../store/venue/setup.ts'
import { MANAGERS, operation, OWNERS } from '../kit/operation.ts'
import { COLUMN_OF_FIELD, entriesOfCsv, setupCsv } from './setup/csv.ts'
import { entriesOfJson, wantedOf, type PlacedFault } from './setup/entries.ts'
import { SetupShape } from './setup/shapes.ts'
import { Fields, OneOf } from '../kit/shapes.ts'

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

/** As it can be sent again: without places and versions, which are not the file's to say. */
function documentOf({ areas, tables, waiters, menu }: Setup): object {
  const entry = <E extends { position: number; version: number }>({
    position: _,
    version: __,
    ...rest
  }: E) => rest
  return {
    areas: areas.map(entry),
    tables: tables.map(entry),
    waiters: waiters.map(entry),
    menu: menu.map(entry).map(({ id, ...rest }) => ({ plu: id, ...rest })),
  }
}

/** @throws Refusal `setup-faults` listing each, in the order of the file */
function refuseAll(faults: readonly (PlacedFault | Fault)[]): void {
  if (faults.length === 0) return
  const listed = faults
    .slice(0, limits.maxListedFaults)
    .map(({ at, message, ...more }) => ({ ...at, message, ...('facts' in more ? more.facts : {}) }))
  const count =
    faults.length === 1
      ? 'one fault'
      : `${faults.length} faults${faults.length > listed.length ? `, of which the first ${listed.length} are listed` : ''}`
  const first = listed[0]!
  throw new Refusal(
    'InvalidRequest',
    'setup-faults',
    `The set-up has ${count}, and nothing of it was written. ${'line' in first || 'field' in first ? `At ${spokenPlace(first as never)}: ` : ''}${first.message}`,
    { errors: listed },
  )
}

const lineOf = ({ at }: PlacedFault | Fault): number =>
  at === undefined ? Number.MAX_SAFE_INTEGER : 'line' in at ? at.line : 0

export const setupOperations = [
  operation({
    id: 'readSetup',
    does: 'read',
    method: 'GET',
    path: '/setup',
    summary: 'All areas, tables, waiters and menu items, as a document or a spreadsheet',
    description:
      'What it answers can be sent to PUT /setup. The spreadsheet has a line for each thing, prices as 14.95 and taxes in percent.',
    tag,
    roles: MANAGERS,
    query: Fields({ format: Type.Optional(OneOf(['json', 'csv'])) }),
    answer: SetupShape,
    textTypes: ['text/csv'],
    run: async ({ database, caller, query }) => {
      const setup = await readSetup(database, caller.locationId)
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
    description:
      'All or nothing. A spreadsheet has the columns type (area, table, waiter, item, modifier, sub-item), id, name, area, covers, areas, tables, price (14.95), tax (percent), course, category, available (yes, no) and parts; what names several has them apart by `;`. Begin with an export. What is wrong is listed, each with its line or field. `mode=merge` adds and changes; `mode=replace` also retires what is not named, of the parts that are there: the areas, the tables, the waiters or the menu. A field or a column that is left out leaves what is there as it is. `dryRun=true` only checks.',
    tag,
    roles: OWNERS,
    query: Fields({
      dryRun: Type.Optional(Type.Boolean()),
      mode: Type.Optional(OneOf(['merge', 'replace'])),
    }),
    body: SetupShape,
    textBodies: ['text/csv'],
    answer: Outcome,
    run: async ({
      tx,
      caller: { locationId },
      deps: { newId },
      query: { dryRun = false, mode = 'merge' },
      body,
      ifMatch,
    }) => {
      if (ifMatch !== undefined) {
        throw invalid('The set-up as a whole has no version; leave the header If-Match out.')
      }
      const sent = typeof body === 'string' ? entriesOfCsv(body) : entriesOfJson(body)
      const wanted = wantedOf(sent, COLUMN_OF_FIELD)
      const current = await holdSetup(tx, locationId)
      const plan = planSetup(current, wanted, { mode, newId })
      // Where an entry cannot be read, what follows from that is no news.
      const unreadable = new Set(sent.faults.map(({ at }) => placeKey(at)))
      const faults = [
        ...sent.faults,
        ...plan.faults.filter(({ at }) => !unreadable.has(placeKey(at))),
      ]
      if (sent.faults.length === 0) faults.push(...(await findInUse(tx, locationId, plan.retire)))
      refuseAll(faults.sort((a, b) => lineOf(a) - lineOf(b)))
      if (!dryRun) await writeSetup(tx, locationId, plan)
      return {
        body: {
          dryRun,
          mode,
          ...Object.fromEntries(setupParts.map((part) => [part, plan.counts[part]])),
        },
      }
    },
  }),
]

/** The line or the entry, whichever of its fields it is. */
const placeKey = (at: Fault['at']): string =>
  at === undefined ? '' : spokenPlace(at).replace(/\].*$/, ']')
