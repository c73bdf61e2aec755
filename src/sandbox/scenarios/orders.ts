// Orders as card machines and pages list and show them.
import { createEposClient } from '../epos/client.ts'
import { printBill } from '../products/printer.ts'
import { ScenarioSkipped, ExpectationFailed, type Runner } from '../products/runner.ts'
import { balanceOf, totalOf } from '../products/money.ts'
import { sumOf } from '../products/order-and-pay.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { createOrder, expectRefusal, openOrder, orderParameter, type Scenario } from './scenario.ts'

const table = ['pay-at-table', 'order-and-pay'] as const

/** Every page of a search. */
export async function allOrders(
  runner: Runner,
  search: Omit<Schemas['SearchOrdersRequest'], 'cursor'>,
  headers = {},
): Promise<Schemas['Order'][]> {
  const orders: Schemas['Order'][] = []
  for (let after: string | undefined, pages = 0; ; pages++) {
    const page = await runner.callOk(
      'SearchOrders',
      { ...search, ...(after === undefined ? {} : { cursor: { after } }) },
      headers,
    )
    orders.push(...(page.data ?? []))
    after = page.after
    if (after === undefined) return orders
    if (pages > 1_000) {
      throw new ExpectationFailed('SearchOrders never came to a last page.', [
        'The last page has no after.',
      ])
    }
  }
}

async function canceledOrder(runner: Runner): Promise<string | undefined> {
  if (!runner.isRegistered('CancelOrderById')) return undefined
  try {
    const { id } = await createOrder(runner)
    await runner.callOk('CancelOrderById', { orderId: id }, { product: 'OrderAndPay' })
    return id
  } catch (error) {
    if (error instanceof ScenarioSkipped) return undefined
    throw error
  }
}

export const orderScenarios: readonly Scenario[] = [
  {
    name: 'Wrong Credentials',
    section: 'Configuration',
    products: ['pay-at-table', 'order-and-pay', 'bookings'],
    mandatory: true,
    needs: [],
    expected: 'Whoever has the wrong password, the wrong user name or none is refused with 401.',
    run: async (runner) => {
      const rest = await runner.step('Look where the EPOS is', async () => {
        if (runner.account.rest === undefined) {
          throw new ExpectationFailed('No EPOS is registered.', [
            'Please register one with PUT /epos/integrations/rest.',
          ])
        }
        return runner.account.rest
      })
      const wrong = {
        'a wrong password': { ...rest, password: `${rest.password}x` },
        'a wrong user name': { ...rest, username: `${rest.username}x` },
        'no password': { ...rest, password: '' },
      }
      for (const [what, credentials] of Object.entries(wrong)) {
        await runner.step(`Call with ${what}`, async () => {
          const stranger = createEposClient(credentials)
          try {
            const exchange = runner.isRegistered('SearchOrders')
              ? await stranger.call(
                  'SearchOrders',
                  { payableOnly: true },
                  { product: 'PayAtTable' },
                )
              : await stranger.call('SearchTables', {}, { product: 'Bookings' })
            runner.recordExchange(exchange)
            const { status, noAnswer } = exchange
            // A server that has seen too many wrong ones may not even look.
            runner.expect(
              `${what} is refused with 401`,
              status === 401 || status === 429,
              noAnswer ?? status,
              'Compare user name and password of every request with those that were registered.',
            )
          } finally {
            await stranger.close()
          }
        })
      }
    },
  },
  {
    name: 'Search Orders',
    section: 'Orders',
    products: table,
    mandatory: true,
    needs: ['SearchOrders', 'GetOrderById'],
    parameters: [orderParameter],
    expected:
      'With payableOnly only orders that can be paid are listed, each with its status, and an open one is among them.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const canceled = await runner.step(
        'Have one that is canceled, where that can be done',
        async () => await canceledOrder(runner),
      )
      await runner.step('Search with payableOnly', async () => {
        const orders = await allOrders(runner, { payableOnly: true })
        const settled = orders.find(
          (each) =>
            each.payable === false || (each.totalAmount !== undefined && balanceOf(each) <= 0),
        )
        runner.expect(
          'every order listed can be paid',
          settled === undefined,
          settled,
          'With payableOnly leave out what is paid, held by a till, canceled or failed.',
        )
        runner.expect(
          `the open order ${order.id} is listed`,
          orders.some(({ id }) => id === order.id),
          `${orders.length} other orders`,
          'Every order with a balance that nobody holds is listed, on whatever page.',
        )
        runner.expect(
          'no order is listed twice',
          new Set(orders.map(({ id }) => id)).size === orders.length,
          orders.map(({ id }) => id).join(' '),
        )
        if (canceled !== undefined) {
          runner.expect(
            `the canceled order ${canceled} is not listed`,
            !orders.some(({ id }) => id === canceled),
            'it is',
            'With payableOnly leave out what is canceled, paid, failed, or held by a till.',
          )
        }
        runner.note(
          `The statuses seen are ${[...new Set(orders.map(({ status }) => status))].join(', ')}.`,
        )
      })
    },
  },
  {
    name: 'Search Orders at a Table',
    section: 'Orders',
    products: table,
    mandatory: true,
    needs: ['SearchOrders', 'GetOrderById'],
    parameters: [orderParameter],
    expected: 'With a tableId only the orders of that table are listed.',
    run: async (runner) => {
      const order = await runner.step('Have an open order at a table', async () => {
        const found =
          runner.parameters['orderId'] === undefined && runner.isRegistered('SearchTables')
            ? (await runner.call('SearchTables', {})).output?.data?.[0]?.id
            : undefined
        const open = await openOrder(runner, found === undefined ? {} : { tableId: found })
        if (open.details.dineIn?.tableId === undefined) {
          throw new ScenarioSkipped(
            'It needs an open order at a table. Give one with --order ID (the parameter orderId), or register SearchTables and CreateOrder.',
          )
        }
        return open
      })
      const { tableId } = order.details.dineIn!
      await runner.step('Search at the table', async () => {
        const orders = await allOrders(runner, { payableOnly: true, dineIn: { tableId: tableId! } })
        const elsewhere = orders.find(({ details }) => details.dineIn?.tableId !== tableId)
        runner.expect(
          `every order listed is at the table ${tableId}`,
          elsewhere === undefined,
          elsewhere?.details,
          'A QR page shows guests what is listed for its table: nobody else’s bill may be there.',
        )
        runner.expect(
          `the open order ${order.id} is listed`,
          orders.some(({ id }) => id === order.id),
          `${orders.length} other orders`,
        )
      })
      await runner.step('Search at a table that there is not', async () => {
        const orders = await allOrders(runner, {
          payableOnly: true,
          dineIn: { tableId: `no-such-table-${runner.random.text(8)}` },
        })
        runner.expect('nothing is listed', orders.length === 0, `${orders.length} orders`)
      })
    },
  },
  {
    name: 'Search Orders of a Waiter',
    section: 'Orders',
    products: ['pay-at-table'],
    mandatory: false,
    needs: ['SearchOrders', 'GetOrderById'],
    parameters: [orderParameter],
    expected:
      'A waiter whom nobody knows sees no orders. An EPOS need not check this; Dojo records whether it does.',
    run: async (runner) => {
      const waiterId = `no-such-waiter-${runner.random.text(8)}`
      await runner.step('Have an open order', async () => {
        await openOrder(runner)
      })
      await runner.step('Search as a waiter whom nobody knows', async () => {
        const { status, output } = await runner.call(
          'SearchOrders',
          { payableOnly: true, dineIn: { waiterId } },
          { waiterId },
        )
        runner.expect('the search is answered, or the waiter refused', status! < 500, status)
        const listed = output?.data?.length ?? 0
        runner.expect(
          'no order is listed',
          listed === 0,
          `${listed} orders`,
          'Compare dineIn.waiterId, which the waiter types into the card machine, with the waiter of the order or of its table.',
        )
      })
    },
  },
  {
    name: 'Get Order',
    section: 'Orders',
    products: ['pay-at-table', 'order-and-pay', 'bookings'],
    mandatory: true,
    needs: ['GetOrderById'],
    parameters: [{ ...orderParameter, required: true, description: 'The order to get.' }],
    expected: 'The order that was asked for is shown, with its status, its items and its amounts.',
    run: async (runner) => {
      const named = runner.parameters['orderId']
      const { id } = await runner.step('Have an order', async () =>
        named === undefined ? await createOrder(runner) : { id: named },
      )
      await runner.step('Get the order', async () => {
        const order = await runner.callOk('GetOrderById', { orderId: id })
        runner.expect(`the order is ${id}`, order.id === id, order.id)
        runner.expect(
          'it has a total',
          order.totalAmount !== undefined && Number.isSafeInteger(order.totalAmount.value),
          order.totalAmount,
          'totalAmount is a whole number of the minor unit, with its currency.',
        )
        runner.expect(
          'it says whether it can be paid',
          typeof order.payable === 'boolean',
          order.payable,
          'payable tells a card machine whether to offer the order.',
        )
        runner.expect(
          'it has items',
          (order.items ?? []).length > 0,
          order.items,
          'Bills are printed from items, and guests choose theirs by them.',
        )
        // Of an order that was made elsewhere nobody here knows what else is in its total.
        if (named === undefined) {
          runner.expect(
            'its items add up to its total',
            sumOf(order.items!) === totalOf(order),
            `items of ${sumOf(order.items!)}, a total of ${totalOf(order)}`,
          )
        }
      })
    },
  },
  {
    name: 'Get Order that Does Not Exist',
    section: 'Error handling',
    products: ['pay-at-table', 'order-and-pay', 'bookings'],
    mandatory: true,
    needs: ['GetOrderById'],
    expected: 'An id that nobody knows is refused with 404 NotFound.',
    run: async (runner) => {
      await runner.step('Get an order that there is not', async () => {
        expectRefusal(
          runner,
          'the unknown order',
          await runner.call('GetOrderById', { orderId: `no-such-order-${runner.random.text(8)}` }),
          'NotFound',
          'Answer 404 with errorType NotFound: Dojo takes it that the order is gone, and anything else for a fault of the server.',
        )
      })
    },
  },
  {
    name: 'Get Order Bill',
    section: 'Orders',
    products: ['pay-at-table'],
    mandatory: true,
    needs: ['GetOrderBillById', 'GetOrderById'],
    parameters: [orderParameter],
    expected: 'The bill has the items and the amounts of the order, and can be printed.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      await runner.step('Print the bill', async () => {
        const bill = await runner.callOk('GetOrderBillById', { orderId: order.id })
        runner.expect(
          `the bill is of the order ${order.id}`,
          bill.order.id === order.id,
          bill.order.id,
        )
        runner.expect(
          'the bill has the items of the order',
          bill.order.items?.length === order.items?.length && (bill.order.items ?? []).length > 0,
          `${bill.order.items?.length ?? 0} of ${order.items?.length ?? 0} items`,
        )
        runner.expect(
          `the bill says ${balanceOf(order)} is owed`,
          balanceOf(bill.order) === balanceOf(order),
          balanceOf(bill.order),
        )
        runner.note(printBill(bill))
      })
    },
  },
]
