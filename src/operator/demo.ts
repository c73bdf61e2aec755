// A pub to try things on: two areas, twelve tables, three waiters, a menu, and a few open tabs. It
// is set up as any venue is, through the till API.

export const DEMO_NAME = 'The Red Lion'

/** Calls the till API as an owner of the venue; throws unless the call succeeds. */
export type CallTill = <Answer>(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object,
) => Promise<Answer>

const tablesOf = (areaId: string, first: number, count: number, maxCovers: number): object[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `Table ${first + index}`,
    areaId,
    maxCovers,
  }))

const floor = {
  areas: [{ name: 'Dining room' }, { name: 'Beer garden' }],
  tables: [...tablesOf('Dining room', 1, 8, 4), ...tablesOf('Beer garden', 9, 4, 6)],
}

const waiters = [
  { id: '1', name: 'Becky', areaIds: ['Dining room'] },
  { id: '2', name: 'Sam', areaIds: ['Beer garden'] },
  { id: '42', name: 'Alex' },
]

const priced = { taxRateHundredths: 2000 }
const menu = [
  {
    plu: '1001',
    kind: 'Item',
    name: 'Fish and chips',
    priceMinor: 1495,
    course: 'Mains',
    category: 'Food',
    ...priced,
  },
  {
    plu: '1002',
    kind: 'Item',
    name: 'Burger',
    priceMinor: 1350,
    course: 'Mains',
    category: 'Food',
    parts: ['9001'],
    ...priced,
  },
  {
    plu: '1003',
    kind: 'Item',
    name: 'Steak and ale pie',
    priceMinor: 1595,
    course: 'Mains',
    category: 'Food',
    ...priced,
  },
  {
    plu: '2001',
    kind: 'Item',
    name: 'Sticky toffee pudding',
    priceMinor: 725,
    course: 'Desserts',
    category: 'Food',
    ...priced,
  },
  {
    plu: '3001',
    kind: 'Item',
    name: 'Pint of bitter',
    priceMinor: 520,
    category: 'Drinks',
    ...priced,
  },
  {
    plu: '3002',
    kind: 'Item',
    name: 'Pint of lager',
    priceMinor: 560,
    category: 'Drinks',
    ...priced,
  },
  { plu: '3003', kind: 'Item', name: 'Lemonade', priceMinor: 310, category: 'Drinks', ...priced },
  { plu: '9001', kind: 'Modifier', name: 'Extra cheese', priceMinor: 100, ...priced },
]

/** `table` is the position in the venue's list of tables, from 0. */
const tabs = [
  {
    table: 0,
    waiterId: '1',
    lines: [
      { plu: '1001', quantity: 2 },
      { plu: '1002', modifiers: [{ plu: '9001' }] },
      { plu: '3001', quantity: 3 },
    ],
  },
  {
    table: 2,
    waiterId: '1',
    lines: [{ plu: '1003', quantity: 2 }, { plu: '3002', quantity: 2 }, { plu: '2001' }],
  },
  {
    table: 8,
    waiterId: '2',
    lines: [
      { plu: '3003', quantity: 4 },
      { plu: '1002', quantity: 2 },
    ],
  },
]

interface SetUp {
  tables: object[]
  waiters: { id: string }[]
  menu: { plu: string }[]
}

/**
 * Adds what a venue lacks of the demo's floor, waiters and menu, and opens the demo's tabs on its
 * first tables. A venue that has tables keeps its own floor.
 * @returns the ids of the new tabs
 */
export async function seedDemo(call: CallTill): Promise<{ orderIds: string[]; tables: number }> {
  await call('PUT', '/setup', missingIn(await call<SetUp>('GET', '/setup')))
  const { rows: tables } = await call<{ rows: { id: string }[] }>('GET', '/tables')
  const orderIds: string[] = []
  for (const { table, waiterId, lines } of tabs) {
    const { id } = await call<{ id: string }>('POST', '/orders', {
      orderType: 'DineIn',
      tableId: tables[table % tables.length]!.id,
      waiterId,
    })
    await call('POST', `/orders/${id}/lines`, { lines })
    orderIds.push(id)
  }
  return { orderIds, tables: tables.length }
}

function missingIn(there: SetUp): object {
  const hasFloor = there.tables.length > 0
  const missing = waiters.filter(({ id }) => !there.waiters.some((each) => each.id === id))
  return {
    ...(hasFloor ? {} : floor),
    waiters: hasFloor ? missing.map(({ id, name }) => ({ id, name })) : missing,
    menu: menu.filter(({ plu }) => !there.menu.some((each) => each.plu === plu)),
  }
}
