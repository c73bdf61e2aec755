// A pub to try things on: two areas, twelve tables, three waiters, and a few open tabs.
import { newId } from '../domain/ids.ts'
import type { Prisma } from '../store/prisma.ts'

export const DEMO_NAME = 'The Red Lion'

interface DemoItem { name: string, plu: string, quantity: number, priceMinor: number, modifiers?: { name: string, plu: string, priceMinor: number }[] }

const menu = {
  fishAndChips: { name: 'Fish and chips', plu: '1001', priceMinor: 1495 },
  burger: { name: 'Burger', plu: '1002', priceMinor: 1350 },
  pie: { name: 'Steak and ale pie', plu: '1003', priceMinor: 1595 },
  stickyToffee: { name: 'Sticky toffee pudding', plu: '2001', priceMinor: 725 },
  bitter: { name: 'Pint of bitter', plu: '3001', priceMinor: 520 },
  lager: { name: 'Pint of lager', plu: '3002', priceMinor: 560 },
  lemonade: { name: 'Lemonade', plu: '3003', priceMinor: 310 },
}

const tabs: { table: number, waiter: string, items: DemoItem[] }[] = [
  {
    table: 0,
    waiter: '1',
    items: [
      { ...menu.fishAndChips, quantity: 2 },
      { ...menu.burger, quantity: 1, modifiers: [{ name: 'Extra cheese', plu: '9001', priceMinor: 100 }] },
      { ...menu.bitter, quantity: 3 },
    ],
  },
  { table: 2, waiter: '1', items: [{ ...menu.pie, quantity: 2 }, { ...menu.lager, quantity: 2 }, { ...menu.stickyToffee, quantity: 1 }] },
  { table: 8, waiter: '2', items: [{ ...menu.lemonade, quantity: 4 }, { ...menu.burger, quantity: 2 }] },
]

/**
 * Gives a venue the demo's floor where it has no tables yet, and opens the demo's tabs on its first tables.
 * @returns the ids of the new tabs
 */
export async function seedDemo (prisma: Prisma, locationId: string): Promise<{ orderIds: string[], tables: number }> {
  return await prisma.$transaction(async (tx) => {
    if (await tx.table.count({ where: { locationId, retiredAt: null } }) === 0) await buildFloor(tx, locationId)
    const tables = await tx.table.findMany({ where: { locationId, retiredAt: null }, orderBy: [{ position: 'asc' }, { tableId: 'asc' }] })
    const orderIds: string[] = []
    for (const tab of tabs) {
      const table = tables[tab.table % tables.length]!
      orderIds.push(await openTab(tx, locationId, table.tableId, tab))
    }
    return { orderIds, tables: tables.length }
  })
}

type Tx = Parameters<Parameters<Prisma['$transaction']>[0]>[0]

async function buildFloor (tx: Tx, locationId: string): Promise<void> {
  const areas = [{ name: 'Dining room', tables: 8, maxCovers: 4 }, { name: 'Beer garden', tables: 4, maxCovers: 6 }]
  const waiters = [{ waiterId: '1', name: 'Becky' }, { waiterId: '2', name: 'Sam' }, { waiterId: '42', name: 'Alex' }]
  await tx.waiter.createMany({ data: waiters.map((waiter) => ({ locationId, ...waiter })), skipDuplicates: true })
  let position = 0
  for (const [index, { name, tables, maxCovers }] of areas.entries()) {
    const areaId = newId('area')
    await tx.area.create({ data: { locationId, areaId, name, position: index } })
    await tx.table.createMany({
      data: Array.from({ length: tables }, () => ({ locationId, tableId: newId('tbl'), areaId, name: `Table ${position + 1}`, maxCovers, position: position++ })),
    })
    await tx.waiterArea.create({ data: { locationId, waiterId: waiters[index]!.waiterId, areaId } })
  }
}

async function openTab (tx: Tx, locationId: string, tableId: string, { waiter, items }: { waiter: string, items: DemoItem[] }): Promise<string> {
  const orderId = newId('ord')
  const lines = items.flatMap(({ modifiers = [], ...item }) => {
    const lineId = newId('lin')
    return [
      { lineId, parentLineId: null, kind: 'Item' as const, name: item.name, plu: item.plu, quantity: item.quantity, unitAmountMinor: item.priceMinor },
      ...modifiers.map(({ name, plu, priceMinor }) => ({ lineId: newId('lin'), parentLineId: lineId, kind: 'Modifier' as const, name, plu, quantity: 1, unitAmountMinor: priceMinor })),
    ]
  })
  const totalMinor = items.reduce((sum, { quantity, priceMinor, modifiers = [] }) => sum + quantity * (priceMinor + modifiers.reduce((extra, each) => extra + each.priceMinor, 0)), 0)
  await tx.order.create({ data: { locationId, orderId, orderType: 'DineIn', tableId, waiterId: waiter, status: 'Accepted', totalMinor, callerWaiterId: waiter } })
  await tx.orderLine.createMany({ data: lines.map((line, index) => ({ locationId, orderId, position: index + 1, ...line })) })
  await tx.orderHistory.create({ data: { locationId, orderId, sequence: 1, action: 'Created', detail: { demo: true, totalMinor }, callerWaiterId: waiter } })
  return orderId
}
