// What a guest's phone and Bookings ask the till, through calls that Dojo makes of it.
import { Problem } from '../../../page/browser/problem.ts'
import type { CapabilityName, Input, Output, Schemas } from '../../../contract/capabilities.ts'
import { sandbox } from '../session.ts'

interface Answered<Name extends CapabilityName> {
  status?: number
  noAnswer?: string
  output?: Output<Name>
  refusal?: { debugMessage?: string; errorType: string }
  contractErrors: string[]
}

interface Caller {
  product: string
  deviceType?: string
}

export interface ScannedTable {
  id: string
  name: string
}

export const QR_PAGE = { product: 'PayAtTable', deviceType: 'QrPage' }
export const BOOKINGS = { product: 'Bookings' }

/** @throws Problem with the till's own sentence when it refuses */
export async function ask<Name extends CapabilityName>(
  name: Name,
  input: Input<Name>,
  caller: Caller,
): Promise<Output<Name>> {
  const answered = await sandbox.call<Answered<Name>>('POST', `/calls/${name}`, { input, caller })
  const { status, noAnswer, output, refusal, contractErrors } = answered
  const [error] = contractErrors
  if (status === 200 && error === undefined) return output as Output<Name>
  const why = noAnswer ?? error ?? refusal?.debugMessage ?? refusal?.errorType
  throw new Problem(`${name}: ${why ?? `the till answered ${status}`}`, status ?? 0)
}

interface Page<Row> {
  data?: Row[]
  after?: string
}

/** Reads page after page until there is none left. */
async function all<Row>(read: (cursor?: { after: string }) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  let after: string | undefined
  do {
    const page = await read(after === undefined ? undefined : { after })
    rows.push(...(page.data ?? []))
    after = page.after
  } while (after !== undefined)
  return rows
}

export async function readTables(caller: Caller): Promise<Schemas['Table'][]> {
  return await all(async (cursor) => await ask('SearchTables', { cursor }, caller))
}

/** What can be paid at a table. */
export async function readOrdersAt(tableId: string): Promise<Schemas['Order'][]> {
  return await all(
    async (cursor) =>
      await ask('SearchOrders', { payableOnly: true, dineIn: { tableId }, cursor }, QR_PAGE),
  )
}

export async function readReservations(
  fromTime: string,
  toTime: string,
): Promise<Schemas['Reservation'][]> {
  return await all(
    async (cursor) => await ask('SearchReservations', { fromTime, toTime, cursor }, BOOKINGS),
  )
}

/** Those who are there, or those who have left. */
export async function readParties(completedOnly: boolean): Promise<Schemas['Party'][]> {
  return await all(
    async (cursor) => await ask('SearchParties', { completedOnly, cursor }, BOOKINGS),
  )
}
