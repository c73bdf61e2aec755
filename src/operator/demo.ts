// A pub to try things on: two areas, twelve tables, three waiters, a menu, and a few open orders.
// It is set up as any venue is, through the till API.

import type { TillAnswer, TillBody, TillCalls } from '../till-client/index.ts'

export const DEMO_NAME = 'The Red Lion'

type Setup = TillBody<'put', '/setup'>

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
const menu: NonNullable<Setup['menu']> = [
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
const orders = [
  {
    table: 0,
    covers: 3,
    waiterId: '1',
    lines: [
      { plu: '1001', quantity: 2 },
      { plu: '1002', modifiers: [{ plu: '9001' }] },
      { plu: '3001', quantity: 3 },
    ],
  },
  {
    table: 2,
    covers: 2,
    waiterId: '1',
    lines: [{ plu: '1003', quantity: 2 }, { plu: '3002', quantity: 2 }, { plu: '2001' }],
  },
  {
    table: 8,
    covers: 4,
    waiterId: '2',
    lines: [
      { plu: '3003', quantity: 4 },
      { plu: '1002', quantity: 2 },
    ],
  },
]

/**
 * Adds what a venue lacks of the demo's floor, waiters and menu, and opens the demo's orders on its
 * first tables. A venue that has tables keeps its own floor.
 * @returns the ids of the new orders
 */
export async function seedDemo(till: TillCalls): Promise<{ orderIds: string[]; tables: number }> {
  await till.put('/setup', missingIn(await till.get('/setup')))
  const { rows: tables } = await till.get('/tables')
  const orderIds: string[] = []
  for (const { table, covers, waiterId, lines } of orders) {
    const { id } = await till.post('/orders', {
      orderType: 'DineIn',
      tableId: tables[table % tables.length]!.id,
      covers,
      waiterId,
    })
    await till.post('/orders/{orderId}/lines', { orderId: id }, { lines })
    orderIds.push(id)
  }
  return { orderIds, tables: tables.length }
}

function missingIn({
  tables = [],
  waiters: staff = [],
  menu: items = [],
}: TillAnswer<'get', '/setup'>): Setup {
  const hasFloor = tables.length > 0
  const missing = waiters.filter(({ id }) => !staff.some((each) => each.id === id))
  return {
    ...(hasFloor ? {} : floor),
    waiters: hasFloor ? missing.map(({ id, name }) => ({ id, name })) : missing,
    menu: menu.filter(({ plu }) => !items.some((each) => each.plu === plu)),
  }
}
