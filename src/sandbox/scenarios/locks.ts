// Order locking: one holder at a time, and no lock for ever.
import type { Runner } from '../products/runner.ts'
import { takePayment } from '../products/payment.ts'
import { currencyOf } from '../products/money.ts'
import { expectPaid, expectRefusal, openOrder, orderParameter, type Scenario } from './scenario.ts'

const locking = {
  section: 'Order locking',
  products: ['pay-at-table'],
  mandatory: true,
  parameters: [orderParameter],
} as const satisfies Partial<Scenario>
const LONG_SECONDS = 120
/** Long enough for the calls in between on a slow line, short enough to wait out. */
const SHORT_SECONDS = 2

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString()

async function lock(runner: Runner, orderId: string, seconds = LONG_SECONDS): Promise<string> {
  const lockId = runner.random.uuid()
  await runner.callOk('CreateOrderLock', { orderId, lockId, expiry: inSeconds(seconds) })
  runner.addCleanup(async () => await runner.call('DeleteOrderLock', { orderId, lockId }))
  return lockId
}

async function expectLocked(runner: Runner, orderId: string): Promise<void> {
  const lockId = runner.random.uuid()
  const exchange = await runner.call('CreateOrderLock', {
    orderId,
    lockId,
    expiry: inSeconds(LONG_SECONDS),
  })
  if (exchange.status === 200) {
    runner.addCleanup(async () => await runner.call('DeleteOrderLock', { orderId, lockId }))
  }
  expectRefusal(
    runner,
    'another lock',
    exchange,
    'Conflict',
    'Refuse every other lockId while a lock is live, ' +
      'or two card machines take money for one bill.',
  )
}

export const lockScenarios: readonly Scenario[] = [
  {
    ...locking,
    name: 'Create Order Lock',
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'GetOrderById'],
    expected:
      'A locked order can be read by anyone and locked by nobody else. ' +
      'Repeating the same lock succeeds.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const lockId = await runner.step('Lock it', async () => await lock(runner, order.id))
      await runner.step('Lock it again with another lockId', async () => {
        await expectLocked(runner, order.id)
      })
      await runner.step('Repeat the lock', async () => {
        await runner.callOk('CreateOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
      })
      await runner.step('Read the locked order', async () => {
        await runner.callOk('GetOrderById', { orderId: order.id })
      })
    },
  },
  {
    ...locking,
    name: 'Create Order Lock at Once',
    needs: ['CreateOrderLock', 'DeleteOrderLock'],
    expected: 'When eight card machines lock an order at once, one gets the lock.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Lock it eight times at once', async () => {
        const lockIds = Array.from({ length: 8 }, () => runner.random.uuid())
        const exchanges = await Promise.all(
          lockIds.map(
            async (lockId) =>
              await runner.call('CreateOrderLock', {
                orderId: order.id,
                lockId,
                expiry: inSeconds(LONG_SECONDS),
              }),
          ),
        )
        const holders = exchanges.filter(({ status }) => status === 200)
        for (const [index, { status }] of exchanges.entries()) {
          if (status === 200) {
            runner.addCleanup(
              async () =>
                await runner.call('DeleteOrderLock', {
                  orderId: order.id,
                  lockId: lockIds[index]!,
                }),
            )
          }
        }
        runner.expect(
          'one of eight card machines gets the lock',
          holders.length === 1,
          `${holders.length} got it`,
          'Check for a lock and take it in one atomic step: ' +
            'a unique index, a row lock or a compare-and-swap.',
        )
        for (const refused of exchanges.filter(({ status }) => status !== 200)) {
          expectRefusal(runner, 'each other lock', refused, 'Conflict')
        }
      })
    },
  },
  {
    ...locking,
    name: 'Delete Order Lock',
    needs: ['CreateOrderLock', 'DeleteOrderLock'],
    expected: 'Only its holder can release a lock. Afterwards somebody else can lock the order.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const lockId = await runner.step('Lock it', async () => await lock(runner, order.id))
      await runner.step('Release it with another lockId', async () => {
        await runner.call('DeleteOrderLock', { orderId: order.id, lockId: runner.random.uuid() })
        await expectLocked(runner, order.id)
      })
      await runner.step('Release it twice', async () => {
        await runner.callOk('DeleteOrderLock', { orderId: order.id, lockId })
        const { status } = await runner.call('DeleteOrderLock', { orderId: order.id, lockId })
        runner.expect(
          'the second release is answered with 200',
          status === 200,
          status,
          'Dojo repeats a release whose answer got lost: answer 200 when the lock is gone.',
        )
      })
      await runner.step('Lock it for somebody else', async () => {
        await lock(runner, order.id)
      })
    },
  },
  {
    ...locking,
    name: 'Extend Order Lock',
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'ExtendOrderLock'],
    expected: 'An extended lock lasts longer, and nobody but its holder can extend it.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      const lockId = await runner.step(
        'Lock it for a moment',
        async () => await lock(runner, order.id, SHORT_SECONDS),
      )
      await runner.step('Extend it', async () => {
        await runner.callOk('ExtendOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
      })
      await runner.step('Wait until it would have expired', async () => {
        await runner.simulation.wait(SHORT_SECONDS * 1000 + 500)
        await expectLocked(runner, order.id)
      })
      await runner.step('Extend it with another lockId', async () => {
        const exchange = await runner.call('ExtendOrderLock', {
          orderId: order.id,
          lockId: runner.random.uuid(),
          expiry: inSeconds(LONG_SECONDS),
        })
        runner.expect(
          'the other lockId is refused',
          exchange.status === 409 || exchange.status === 404,
          exchange.status,
          'Extend a lock only for its own lockId; answer Conflict to any other.',
        )
      })
    },
  },
  {
    ...locking,
    name: 'Expired Order Lock',
    // The contract leaves it to an EPOS whether it heeds the expiry.
    mandatory: false,
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'GetOrderById'],
    expected: 'A lock that nobody releases expires. Afterwards somebody else can lock the order.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Lock it for a moment', async () => {
        await lock(runner, order.id, SHORT_SECONDS)
      })
      await runner.step('Wait until it has expired', async () => {
        await runner.simulation.wait(SHORT_SECONDS * 1000 + 500)
      })
      await runner.step('Lock it for somebody else', async () => {
        const lockId = runner.random.uuid()
        const exchange = await runner.call('CreateOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
        runner.addCleanup(
          async () => await runner.call('DeleteOrderLock', { orderId: order.id, lockId }),
        )
        runner.expect(
          'the order can be locked again',
          exchange.status === 200,
          exchange.status,
          'Drop a lock at its expiry: a card machine that lost power ' +
            'must not block a table for ever.',
        )
      })
    },
  },
  {
    ...locking,
    name: "Payment under Another's Lock",
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'RecordOrderPaymentById', 'GetOrderById'],
    expected: 'While one card machine holds the lock, no other payment is accepted.',
    run: async (runner) => {
      const order = await runner.step('Get an open order', async () => await openOrder(runner))
      await runner.step('Lock it', async () => {
        await lock(runner, order.id)
      })
      await runner.step("Pay with a lockId that is not the lock's", async () => {
        const { exchange } = await takePayment(
          runner,
          {
            orderId: order.id,
            amountMinor: 100,
            currencyCode: currencyOf(order),
            lockId: runner.random.uuid(),
            paidBy: 'online',
          },
          {},
        )
        expectRefusal(
          runner,
          "a payment under another's lock",
          exchange,
          'Conflict',
          'Answer Conflict when the lockId is not that of the live lock: ' +
            'Dojo then gives the money back.',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, 0)
      })
    },
  },
]
