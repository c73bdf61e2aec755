// Order and Pay names an order by Dojo's id until the EPOS has given it one.
import t from 'tap'
import { registerableNames } from '../../../src/contract/capabilities.ts'
import { orderAndPay } from '../../../src/sandbox/products/order-and-pay.ts'
import { createRunner } from '../../../src/sandbox/products/runner.ts'
import { startSandbox } from '../support/dojo.ts'
import { startRegistered } from '../support/registered.ts'

t.test('the payment intent names the order, before and after the EPOS has it', async (t) => {
  const started = await startSandbox(t)
  const { simulation } = started.sandbox
  const account = simulation.account(started.key)
  const named: Array<string | null | undefined> = []
  await startRegistered(t, started, registerableNames, {
    onRequest: ({ capability }) => {
      if (capability !== 'CreateOrder') return
      named.push(
        ...[...account.intents.values()].map(({ shown }) => shown.orderDetails?.externalId),
      )
    },
  })
  const price = { value: 500, currencyCode: 'GBP' }
  const { order, request, paymentIntentId } = await orderAndPay(
    createRunner({ simulation, account, seed: 'order' }),
    { currencyCode: 'GBP', items: [{ name: 'Soup', plu: '1', quantity: 1, amountPerItem: price }] },
  )
  t.same(named, [request.dojoOrderId], "Dojo's own id while the card is authorised")
  t.equal(account.intents.get(paymentIntentId)!.shown.orderDetails?.externalId, order.id)
})
