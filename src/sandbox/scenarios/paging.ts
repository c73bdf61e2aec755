// Pages of a list that changes while Dojo reads it.
import { balanceOf, currencyOf } from '../products/money.ts'
import { takePayment } from '../products/payment.ts'
import type { Runner } from '../products/runner.ts'
import { allOrders } from './orders.ts'
import { createOrder, openOrder, orderParameter, type Scenario } from './scenario.ts'

export const pagesUnderChange: Scenario = {
  section: 'Orders',
  name: 'Pages under Change',
  products: ['pay-at-table', 'order-and-pay'],
  mandatory: true,
  needs: ['SearchOrders', 'GetOrderById', 'RecordOrderPaymentById'],
  parameters: [orderParameter],
  usesUpOrder: true,
  expected:
    'Paging through the orders while others are opened, or one is paid, ' +
    'shows each of the earlier orders exactly once.',
  run: async (runner) => {
    const named = runner.parameters['orderId']
    const before = await (named === undefined
      ? pagesWhileOpening(runner)
      : pagesWhilePaying(runner, named))
    await runner.step('Read all at once', async () => {
      const all = await allOrders(runner, { payableOnly: true })
      runner.expect(
        'every order is listed',
        before.every((id) => all.some((order) => order.id === id)),
        `${all.length} orders`,
      )
    })
  },
}

/** Opens orders between the pages. @returns the orders that were there before */
async function pagesWhileOpening(runner: Runner): Promise<string[]> {
  const before = await runner.step('Open seven orders', async () => {
    const created: string[] = []
    for (let i = 0; i < 7; i++) created.push((await createOrder(runner)).id)
    return created
  })
  await runner.step('Page through the orders while more are opened', async () => {
    const seen = await seenInPages(runner, 3, async (_page, index) => {
      if (index < 3) await createOrder(runner)
    })
    expectEachOnce(runner, before, seen)
  })
  return before
}

/** Pays the order between two pages. @returns the orders that were there before, but for it */
async function pagesWhilePaying(runner: Runner, orderId: string): Promise<string[]> {
  const order = await runner.step('Get an open order', async () => await openOrder(runner))
  const before = await runner.step('List the orders', async () =>
    (await allOrders(runner, { payableOnly: true })).map(({ id }) => id),
  )
  await runner.step('Page through the orders while one is paid', async () => {
    // Few orders still make several pages, of which the paid order is seldom on the last.
    const limit = before.length > 12 ? 3 : 1
    const seen = await seenInPages(runner, limit, async (page) => {
      if (!page.includes(orderId)) return
      const { outcome } = await takePayment(
        runner,
        {
          orderId,
          amountMinor: balanceOf(order),
          currencyCode: currencyOf(order),
          paidBy: 'online',
        },
        {},
      )
      runner.expect('the payment is recorded', outcome === 'recorded', outcome)
    })
    expectEachOnce(runner, before, seen)
  })
  return before.filter((id) => id !== orderId)
}

/** Reads every page; `between` is called after each but the last with the ids on it. */
async function seenInPages(
  runner: Runner,
  limit: number,
  between: (page: readonly string[], index: number) => Promise<void>,
): Promise<string[]> {
  const seen: string[] = []
  for (let after: string | undefined, index = 0; ; index++) {
    const page = await runner.callOk('SearchOrders', {
      payableOnly: true,
      cursor: { limit, after },
    })
    const ids = (page.data ?? []).map(({ id }) => id)
    runner.expect(
      `a page has no more orders than its limit of ${limit}`,
      ids.length <= limit,
      ids.length,
      'Return at most cursor.limit orders per page.',
    )
    seen.push(...ids)
    after = page.after
    if (after === undefined || index > 2_000) return seen
    await between(ids, index)
  }
}

function expectEachOnce(runner: Runner, before: readonly string[], seen: readonly string[]): void {
  const advice =
    'Start a page after the last order of the page before, by its time and id, ' +
    'not at a row number.'
  const twice = seen.filter((id, index) => seen.indexOf(id) !== index)
  runner.expect('no order is listed twice', twice.length === 0, twice, advice)
  const missing = before.filter((id) => !seen.includes(id))
  runner.expect('no order is left out', missing.length === 0, missing, advice)
}
