// Parties, reservations and floors for tests, and what tests of the transport share: raw requests
// and a log in memory.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import pino, { type Logger } from 'pino'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import type { Input, Schemas } from '../../src/contract/capabilities.ts'
import { newId } from '../../src/domain/ids.ts'
import { changeSettings, type Settings } from '../../src/operator/settings.ts'
import { checkError } from './contract.ts'
import { basic, type Reply, type TestServer, type Venue } from './server.ts'

// --- parties and reservations

export const SEVEN = '2026-03-06T19:00:00.000Z'
export const NINE = '2026-03-06T21:00:00.000Z'
export const ELEVEN = '2026-03-06T23:00:00.000Z'

/** A CreateParty with the required fields only. */
export const partyRequest = (
  tableIds: string[],
  more: Partial<Input<'CreateParty'>> = {},
): Input<'CreateParty'> => ({
  dojoPartyId: `dojo-${randomUUID()}`,
  tableIds,
  startTime: SEVEN,
  ...more,
})

/** A CreateReservation from seven to nine. */
export const reservationRequest = (
  tableIds: string[],
  more: Partial<Input<'CreateReservation'>> = {},
): Input<'CreateReservation'> => ({
  dojoReservationId: `dojo-${randomUUID()}`,
  name: 'Ada Lovelace',
  covers: 2,
  startTime: SEVEN,
  endTime: NINE,
  tableIds,
  ...more,
})

export const newParty = async (
  venue: Venue,
  tableIds: string[],
  more: Partial<Input<'CreateParty'>> = {},
): Promise<Schemas['Party']> =>
  answered(await venue.call('CreateParty', partyRequest(tableIds, more)))

export const newReservation = async (
  venue: Venue,
  tableIds: string[],
  more: Partial<Input<'CreateReservation'>> = {},
): Promise<Schemas['Reservation']> =>
  answered(await venue.call('CreateReservation', reservationRequest(tableIds, more)))

/** A party that has left: seated and updated with an endTime. */
export async function newPartyThatLeft(
  venue: Venue,
  tableIds: string[],
): Promise<Schemas['Party']> {
  const request = partyRequest(tableIds)
  const { id } = answered(await venue.call('CreateParty', request))
  return answered(
    await venue.call('UpdateParty', { ...request, partyId: id, status: 'Left', endTime: NINE }),
  )
}

export function answered<Body>({ status, body, error }: Reply<Body>): Body {
  if (status !== 200) throw new Error(`the call answered ${status}: ${error.debugMessage}`)
  return body
}

/** A party that the venue seated without Dojo. */
export async function seatByVenue(
  { sql }: TestServer,
  { locationId }: Venue,
  tableIds: string[],
): Promise<string> {
  const partyId = newId('pty')
  await sql(
    "INSERT INTO parties (location_id, party_id, status, start_time, deposit_payment_intent_ids) VALUES ($1, $2, 'Seated', $3, '{}')",
    [locationId, partyId, SEVEN],
  )
  await sql(
    `INSERT INTO party_tables (location_id, party_id, table_id, position, alone)
      SELECT $1, $2, x.id, x.at, false FROM unnest($3::text[]) WITH ORDINALITY AS x(id, at)`,
    [locationId, partyId, tableIds],
  )
  return partyId
}

/** A reservation that the venue took without Dojo. */
export async function bookByVenue(
  { sql }: TestServer,
  { locationId }: Venue,
  tableIds: string[],
): Promise<string> {
  const reservationId = newId('rsv')
  await sql(
    "INSERT INTO reservations (location_id, reservation_id, name, covers, start_time, end_time) VALUES ($1, $2, 'Mary', 2, $3, $4)",
    [locationId, reservationId, SEVEN, NINE],
  )
  await sql(
    `INSERT INTO reservation_tables (location_id, reservation_id, table_id, position, start_time, end_time, alone)
      SELECT $1, $2, x.id, x.at, $4, $5, false FROM unnest($3::text[]) WITH ORDINALITY AS x(id, at)`,
    [locationId, reservationId, tableIds, SEVEN, NINE],
  )
  return reservationId
}

export const setRules = async (
  { store }: TestServer,
  { locationId }: Venue,
  settings: Settings,
): Promise<void> => {
  await changeSettings(store, locationId, settings)
}

// --- the floor

export async function newArea(
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  name: string,
): Promise<string> {
  const areaId = newId('area')
  await prisma.area.create({
    data: {
      locationId,
      areaId,
      name,
      position: await prisma.area.count({ where: { locationId } }),
    },
  })
  return areaId
}

export async function newWaiter(
  { store: { prisma } }: TestServer,
  { locationId }: Venue,
  waiterId: string,
  serves: { tableIds?: string[]; areaIds?: string[] } = {},
): Promise<void> {
  await prisma.waiter.create({ data: { locationId, waiterId, name: `Waiter ${waiterId}` } })
  await prisma.waiterTable.createMany({
    data: (serves.tableIds ?? []).map((tableId) => ({ locationId, waiterId, tableId })),
  })
  await prisma.waiterArea.createMany({
    data: (serves.areaIds ?? []).map((areaId) => ({ locationId, waiterId, areaId })),
  })
}

export const retire = async (
  { sql }: TestServer,
  kind: 'area' | 'table' | 'waiter',
  id: string,
): Promise<void> => {
  await sql(`UPDATE ${kind}s SET retired_at = now() WHERE ${kind}_id = $1`, [id])
}

// --- pages

interface PageOf<Row> {
  data?: Row[]
  before?: string
  after?: string
}
type PageCursor = Schemas['Cursor']

/** The pages of a search from its first to its last, by `after`. */
async function allPages<Row>(
  limit: number,
  search: (cursor: PageCursor) => Promise<Reply<PageOf<Row>>>,
): Promise<PageOf<Row>[]> {
  const pages: PageOf<Row>[] = []
  let after: string | undefined
  do {
    const page = answered(await search(after === undefined ? { limit } : { limit, after }))
    pages.push(page)
    after = page.after
    if (pages.length > 100) throw new Error('the pages do not end')
  } while (after !== undefined)
  return pages
}

/**
 * What holds for the pages of every search: which cursors are refused, walking there and back, and
 * where a page has neighbours.
 * @param expected the ids in the order of the list, at least 5
 */
export async function checkPages<Row extends { id: string }>(
  t: Test,
  expected: string[],
  search: (cursor?: PageCursor) => Promise<Reply<PageOf<Row>>>,
): Promise<void> {
  const idsOf = ({ data = [] }: PageOf<Row>): string[] => data.map(({ id }) => id)
  const count = expected.length
  t.ok(count >= 5, 'enough rows to page through')
  t.test('without a cursor everything is on one page, which has no neighbours', async (t) => {
    const page = answered(await search())
    t.strictSame(idsOf(page), expected)
    t.notOk('before' in page)
    t.notOk('after' in page)
  })

  t.test('a page for exactly as many rows is the only one', async (t) => {
    const page = answered(await search({ limit: count }))
    t.strictSame(idsOf(page), expected)
    t.notOk('after' in page)
  })

  for (const limit of [1, 2, count - 1]) {
    t.test(`pages of ${limit}, there and back`, async (t) => {
      const pages = await allPages(limit, search)
      t.strictSame(pages.flatMap(idsOf), expected, 'each row once, in order')
      t.ok(pages.every((page) => idsOf(page).length <= limit))
      for (const [index, page] of pages.entries()) {
        t.equal(page.before !== undefined, index > 0, `page ${index} names what is before it`)
        t.equal(
          page.after !== undefined,
          index < pages.length - 1,
          `page ${index} names what is after it`,
        )
      }
      let page = pages.at(-1)!
      const seen = idsOf(page)
      while (page.before !== undefined) {
        page = answered(await search({ limit, before: page.before }))
        seen.unshift(...idsOf(page))
        t.equal(page.before !== undefined, seen.length < count)
        t.ok(page.after, 'there is something to go on to')
      }
      t.strictSame(seen, expected, 'the way back meets each row once')
    })
  }

  const { after } = answered(await search({ limit: 2 }))
  for (const { name, cursor, message } of cursorRefusals(after!)) {
    t.test(`refuses ${name}`, async (t) => {
      const { status, error } = await search(cursor)
      t.equal(status, 400)
      t.equal(error.errorType, 'InvalidRequest')
      t.match(error.debugMessage, message)
    })
  }

  t.test('takes a limit of 100', async (t) => {
    t.strictSame(idsOf(answered(await search({ limit: 100 }))), expected)
  })
}

interface CursorRefusal {
  name: string
  cursor: PageCursor
  message: RegExp
}

/** @param after a cursor that the search gave */
function cursorRefusals(after: string): CursorRefusal[] {
  const altered = `${after[0] === 'A' ? 'B' : 'A'}${after.slice(1)}`
  return [
    { name: 'a limit of 0', cursor: { limit: 0 }, message: /cursor\.limit/ },
    { name: 'a limit below 0', cursor: { limit: -1 }, message: /cursor\.limit/ },
    { name: 'a limit above 100', cursor: { limit: 101 }, message: /cursor\.limit/ },
    { name: 'a limit that is no whole number', cursor: { limit: 1.5 }, message: /cursor\.limit/ },
    { name: 'a limit in quotes', cursor: { limit: '5' as never }, message: /cursor\.limit/ },
    {
      name: 'both before and after',
      cursor: { before: after, after },
      message: /cursor\.before.*cursor\.after/,
    },
    { name: 'a cursor that is none', cursor: { after: 'nonsense' }, message: /cursor\.after/ },
    { name: 'an empty cursor', cursor: { before: '' }, message: /cursor\.before/ },
    { name: 'a cursor that was altered', cursor: { after: altered }, message: /cursor\.after/ },
    {
      name: 'a cursor that was cut',
      cursor: { before: after.slice(0, -2) },
      message: /cursor\.before/,
    },
    {
      name: 'a cursor with something added',
      cursor: { before: `${after}AA` },
      message: /cursor\.before/,
    },
  ]
}

// --- raw requests

export interface RawAnswer {
  status: number
  headers: LightMyRequestResponse['headers']
  payload: string
  error: Required<Schemas['EPOSError']>
}

/** A raw request, with the venue's credential unless the headers have another. */
export async function raw(
  { app }: TestServer,
  venue: Venue,
  { headers, ...options }: InjectOptions,
): Promise<RawAnswer> {
  const response = await app.inject({
    ...options,
    headers: { authorization: basic(venue.username, venue.password), ...headers },
  })
  return answerOf(response)
}

export function answerOf(response: LightMyRequestResponse): RawAnswer {
  let parsed: unknown
  try {
    parsed = JSON.parse(response.payload)
  } catch {
    // not every answer is JSON
    parsed = undefined
  }
  return {
    status: response.statusCode,
    headers: response.headers,
    payload: response.payload,
    error: parsed as never,
  }
}

export const json = (body: unknown): { headers: { 'content-type': string }; payload: string } => ({
  headers: { 'content-type': 'application/json' },
  payload: typeof body === 'string' ? body : JSON.stringify(body),
})

/** Checks for the contract's error body with this status and type. */
export function checkRefused(
  t: Test,
  { status, headers, payload, error }: RawAnswer,
  expected: { status: number; errorType: string; message?: RegExp },
): void {
  t.equal(status, expected.status)
  t.match(String(headers['content-type']), /^application\/json/)
  checkError(t, { statusCode: status, headers, payload })
  t.strictSame(Object.keys(error).sort(), ['debugMessage', 'errorType', 'traceId'])
  t.equal(error.errorType, expected.errorType)
  if (expected.message !== undefined) t.match(error.debugMessage, expected.message)
}

// --- a log in memory

export interface LogLine {
  level: number
  msg: string
  traceId?: string
  [field: string]: unknown
}

export interface MemoryLog {
  logger: Logger
  /** Everything that was logged, verbatim. */
  text: () => string
  lines: () => LogLine[]
  /** The lines about finished requests. */
  requests: () => LogLine[]
  clear: () => void
}

export function memoryLog(): MemoryLog {
  let written: string[] = []
  const lines = (): LogLine[] => written.map((line) => JSON.parse(line) as LogLine)
  return {
    logger: pino(
      { level: 'trace', base: null },
      {
        write: (line: string) => {
          written.push(line)
        },
      },
    ),
    text: () => written.join(''),
    lines,
    requests: () =>
      lines().filter(
        ({ status, durationMs }) => typeof status === 'number' && typeof durationMs === 'number',
      ),
    clear: () => {
      written = []
    },
  }
}

// --- the database from outside

/** Every row of a venue, or of all of them, as text by table. */
export async function dump(
  { sql }: TestServer,
  locationId?: string,
): Promise<Record<string, string[]>> {
  // That Dojo called a venue is written a second later, whatever the call did.
  const tables = await sql<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns WHERE table_schema = 'public'
      AND column_name = 'location_id' AND table_name NOT IN ('dojo_contacts', 'dojo_requests') ORDER BY 1`,
  )
  const dumped: Record<string, string[]> = {}
  for (const { name } of tables) {
    const rows = await sql<{ row: string }>(
      `SELECT t::text AS row FROM "${name}" t WHERE $1::text IS NULL OR t.location_id = $1 ORDER BY 1`,
      [locationId ?? null],
    )
    dumped[name] = rows.map(({ row }) => row)
  }
  return dumped
}

/** Drops the database of a server. */
export async function dropDatabase({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const url = new URL(databaseUrl)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.toString() })
  await client.connect()
  await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  await client.end()
}

/** Waits until the condition holds; for what happens in another process. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  withinMs = 30_000,
): Promise<void> {
  const startedMs = Date.now()
  while (!(await holds())) {
    const waitedMs = Date.now() - startedMs
    if (waitedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, pauseMs(waitedMs))
    })
  }
}

/** What takes long is looked at less often: looking takes the processor from what is awaited. */
const pauseMs = (waitedMs: number): number => Math.min(50, Math.max(5, waitedMs / 8))

/** Waits until this many statements of the database are waiting for a lock. */
export async function untilWaiting({ sql }: TestServer, count = 1): Promise<void> {
  await until(`${count} statements wait for a lock`, async () => {
    const [row] = await sql<{ waiting: string }>(
      "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    return Number(row!.waiting) >= count
  })
}
