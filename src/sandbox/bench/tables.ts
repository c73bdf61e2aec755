// How orders are listed on a machine: by their own names, or by the tables where they are.
import type { Schemas } from '../../contract/capabilities.ts'
import { balanceOf, currencyOf, paidOf, totalOf } from '../products/money.ts'
import type { Runner } from '../products/runner.ts'
import type { ListedOrder, OrderLine, ShownOrder } from './views.ts'

type Order = Schemas['Order']

/** The names of the tables by their ids; none when the EPOS lists no tables. */
export async function tableNames(
  runner: Runner,
  caller: { deviceId: string; deviceType: string },
): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  if (!runner.isRegistered('SearchTables')) return names
  let after: string | undefined
  do {
    const cursor = after === undefined ? undefined : { after }
    const page = await runner.callOk('SearchTables', { cursor }, caller)
    for (const { id, name } of page.data ?? []) names.set(id, name)
    after = page.after
  } while (after !== undefined)
  return names
}

export function listedOrder(order: Order, names: ReadonlyMap<string, string>): ListedOrder {
  const { id, displayName, reference, details } = order
  const tableId = details.dineIn?.tableId
  const table = tableId === undefined ? undefined : (names.get(tableId) ?? tableId)
  const name = table ?? displayName ?? reference ?? id
  return {
    id,
    name,
    place: name === displayName ? '' : (displayName ?? ''),
    balanceMinor: balanceOf(order),
    paidMinor: paidOf(order),
    currencyCode: currencyOf(order),
  }
}

export function shownOrder(order: Order, names: ReadonlyMap<string, string>): ShownOrder {
  return {
    ...listedOrder(order, names),
    totalMinor: totalOf(order),
    lines: (order.items ?? []).map(lineOf),
  }
}

function lineOf({
  name,
  quantity,
  amountPerItem,
  modifiers = [],
}: Schemas['OrderItem']): OrderLine {
  const extras = modifiers.reduce(
    (sum, extra) => sum + extra.quantity * extra.amountPerModifier.value,
    0,
  )
  return { name, quantity, amountMinor: quantity * (amountPerItem.value + extras) }
}
