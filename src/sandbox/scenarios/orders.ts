// Orders as card machines and QR pages list and show them.
import { createEposClient } from '../epos/client.ts'
import { createHttpTransport } from '../epos/http-transport.ts'
import { printBill } from '../products/printer.ts'
import { ScenarioSkipped, ExpectationFailed, type Runner } from '../products/runner.ts'
import { balanceOf, totalOf } from '../products/money.ts'
import { sumOf } from '../products/order-and-pay.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { createOrder, expectRefusal, openOrder, orderParameter, type Scenario } from './scenario.ts'

const table = ['pay-at-table', 'order-and-pay'] as const

/** Reads every page of a search. */
export async function allOrders(
  runner: Runner,
  search: Omit<Schemas['SearchOrdersRequest'], 'cursor'>,
  headers = {},
): Promise<Schemas['Order'][]> {
  const orders: Schemas['Order'][] = []
  for (let after: string | undefined, pages = 0; ; pages++) {
    const page = await runner.callOk(
      'SearchOrders',
      { ...search, cursor: after === undefined ? undefined : { after } },
      headers,
    )
    orders.push(...(page.data ?? []))
    after = page.after
    if (after === undefined) return orders
    if (pages > 1_000) {
      throw new ExpectationFailed('SearchOrders returned more than 1000 pages.', [
        'Leave `after` out of the last page.',
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
    transport: 'rest',
    needs: [],
    expected: 'A wrong password, a wrong username or an empty password is refused with 401.',
    run: async (runner) => {
      const rest = await runner.step('Find the registered EPOS', async () => {
        const { rest, ws } = runner.account
        if (rest !== undefined) return rest
        if (ws !== undefined) {
          throw new ScenarioSkipped(
            'The EPOS is registered over a WebSocket, which it opens with its own key: ' +
              'there is no credential of the EPOS to try.',
          )
        }
        throw new ExpectationFailed('No EPOS is registered.', [
          'Register one with PUT /epos/integrations/rest or /ws.',
        ])
      })
      const wrong = {
        'a wrong password': { ...rest, password: `${rest.password}x` },
        'a wrong username': { ...rest, username: `${rest.username}x` },
        'an empty password': { ...rest, password: '' },
      }
      for (const [what, credentials] of Object.entries(wrong)) {
        await runner.step(`Call with ${what}`, async () => {
          const transport = createHttpTransport(credentials)
          const stranger = createEposClient(() => transport)
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
            // A server may lock out a caller after too many failures.
            runner.expect(
              `${what} is refused with 401`,
              status === 401 || status === 429,
              noAnswer ?? status,
              'Check the username and the password of every request.',
            )
          } finally {
            await transport.close()
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
      'With payableOnly, orders that can be paid are listed with their status, and no others. ' +
      'An open order is among them.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const canceled = await runner.step(
        'Cancel an order, if the EPOS can',
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
          'With payableOnly, leave out orders that are paid, held by a till, canceled or failed.',
        )
        runner.expect(
          `the open order ${order.id} is listed`,
          orders.some(({ id }) => id === order.id),
          `${orders.length} other orders`,
          'List every order with a balance that nobody holds, on one page or another.',
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
            'With payableOnly, leave out orders that are paid, held by a till, canceled or failed.',
          )
        }
        runner.note(
          `Statuses listed: ${[...new Set(orders.map(({ status }) => status))].join(', ')}.`,
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
    expected: 'With a tableId, only the orders of that table are listed.',
    run: async (runner) => {
      const order = await runner.step('Get an open order at a table', async () => {
        const found =
          runner.parameters['orderId'] === undefined && runner.isRegistered('SearchTables')
            ? (await runner.call('SearchTables', {})).output?.data?.[0]?.id
            : undefined
        const open = await openOrder(runner, found === undefined ? {} : { tableId: found })
        if (open.details.dineIn?.tableId === undefined) {
          throw new ScenarioSkipped(
            'Needs an open order at a table. Name one with --order ID (the parameter orderId), ' +
              'or register SearchTables and CreateOrder.',
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
          "A QR page shows every order that is listed: leave out other tables' orders.",
        )
        runner.expect(
          `the open order ${order.id} is listed`,
          orders.some(({ id }) => id === order.id),
          `${orders.length} other orders`,
        )
      })
      await runner.step('Search at an unknown table', async () => {
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
      'An unknown waiter sees no orders. An EPOS need not check this; ' +
      'Dojo records whether it does.',
    run: async (runner) => {
      const waiterId = `no-such-waiter-${runner.random.text(8)}`
      await runner.step('Get an open order', async () => {
        await openOrder(runner)
      })
      await runner.step('Search as an unknown waiter', async () => {
        const { status, output } = await runner.call(
          'SearchOrders',
          { payableOnly: true, dineIn: { waiterId } },
          { waiterId },
        )
        runner.expect('the search is answered, or the waiter is refused', status! < 500, status)
        const listed = output?.data?.length ?? 0
        runner.expect(
          'no order is listed',
          listed === 0,
          `${listed} orders`,
          'The waiter types dineIn.waiterId into the card machine. ' +
            'Compare it with the waiter of the order or of its table.',
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
    expected: 'The requested order is shown with its status, its items and its amounts.',
    run: async (runner) => {
      const named = runner.parameters['orderId']
      const { id } = await runner.step('Find an order', async () =>
        named === undefined ? await createOrder(runner) : { id: named },
      )
      await runner.step('Get the order', async () => {
        const order = await runner.callOk('GetOrderById', { orderId: id })
        runner.expect(`the order is ${id}`, order.id === id, order.id)
        runner.expect(
          'it has a total',
          order.totalAmount !== undefined && Number.isSafeInteger(order.totalAmount.value),
          order.totalAmount,
          'Send totalAmount as a whole number of minor units, with its currency.',
        )
        runner.expect(
          'it says whether it can be paid',
          typeof order.payable === 'boolean',
          order.payable,
          'Send payable: a card machine decides by it whether to offer the order.',
        )
        runner.expect(
          'it has items',
          (order.items ?? []).length > 0,
          order.items,
          'Send items: bills are printed from them, and guests split a bill by them.',
        )
        // Somebody else's order may have more in its total than its items.
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
    expected: 'An unknown id is refused with 404 NotFound.',
    run: async (runner) => {
      await runner.step('Get an unknown order', async () => {
        expectRefusal(
          runner,
          'the unknown order',
          await runner.call('GetOrderById', { orderId: `no-such-order-${runner.random.text(8)}` }),
          'NotFound',
          'Answer 404 with errorType NotFound: Dojo then knows that the order is gone. ' +
            'It takes any other answer for a fault of the server.',
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
    expected: 'The bill shows the items and the amounts of the order, and prints.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Print the bill', async () => {
        const bill = await runner.callOk('GetOrderBillById', { orderId: order.id })
        runner.expect(
          `the bill is for the order ${order.id}`,
          bill.order.id === order.id,
          bill.order.id,
        )
        runner.expect(
          'the bill has the items of the order',
          bill.order.items?.length === order.items?.length && (bill.order.items ?? []).length > 0,
          `${bill.order.items?.length ?? 0} of ${order.items?.length ?? 0} items`,
        )
        runner.expect(
          `the bill owes ${balanceOf(order)}`,
          balanceOf(bill.order) === balanceOf(order),
          balanceOf(bill.order),
        )
        runner.note(printBill(bill))
      })
    },
  },
]
