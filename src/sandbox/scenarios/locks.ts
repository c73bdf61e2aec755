// Order locking: one holder at a time, and nobody for ever.
import { setTimeout as wait } from 'node:timers/promises'
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
/** Long enough for the calls in between on a slow line, short enough to wait for. */
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
    'While one lock lives, every other lockId is refused: two card machines would be paid for one bill.',
  )
}

export const lockScenarios: readonly Scenario[] = [
  {
    ...locking,
    name: 'Create Order Lock',
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'GetOrderById'],
    expected:
      'A locked order is shown to everybody, locked by nobody else, and the same lock may be asked for again.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const lockId = await runner.step('Lock it', async () => await lock(runner, order.id))
      await runner.step('Lock it again with another lockId', async () => {
        await expectLocked(runner, order.id)
      })
      await runner.step('Ask for the same lock again', async () => {
        await runner.callOk('CreateOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
      })
      await runner.step('Read the order under its lock', async () => {
        await runner.callOk('GetOrderById', { orderId: order.id })
      })
    },
  },
  {
    ...locking,
    name: 'Create Order Lock at Once',
    needs: ['CreateOrderLock', 'DeleteOrderLock'],
    expected: 'Of eight card machines that lock an order at once, one gets it.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'one of eight gets the lock',
          holders.length === 1,
          `${holders.length} got it`,
          'Take the lock and look for another in one step: a unique index, a row lock, a compare and swap.',
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
    expected:
      'A lock is released by its holder and by nobody else; then another can have the order.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      const lockId = await runner.step('Lock it', async () => await lock(runner, order.id))
      await runner.step('Release it with another lockId', async () => {
        await runner.call('DeleteOrderLock', { orderId: order.id, lockId: runner.random.uuid() })
        await expectLocked(runner, order.id)
      })
      await runner.step('Release it, and once more', async () => {
        await runner.callOk('DeleteOrderLock', { orderId: order.id, lockId })
        const { status } = await runner.call('DeleteOrderLock', { orderId: order.id, lockId })
        runner.expect(
          'the repetition is answered with 200',
          status === 200,
          status,
          'Dojo repeats a release whose answer it lost: what is released already is a success.',
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
    expected: 'A lock that was extended lives on, and nobody else can extend it.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
        await wait(SHORT_SECONDS * 1000 + 500)
        await expectLocked(runner, order.id)
      })
      await runner.step('Extend it with another lockId', async () => {
        const exchange = await runner.call('ExtendOrderLock', {
          orderId: order.id,
          lockId: runner.random.uuid(),
          expiry: inSeconds(LONG_SECONDS),
        })
        runner.expect(
          'the stranger is refused',
          exchange.status === 409 || exchange.status === 404,
          exchange.status,
          'Only the lockId of the live lock may extend it: Conflict otherwise.',
        )
      })
    },
  },
  {
    ...locking,
    name: 'Expired Order Lock',
    // The contract leaves it to an EPOS whether it minds the expiry.
    mandatory: false,
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'GetOrderById'],
    expected: 'A lock that nobody released ends by itself, and then another can have the order.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
      await runner.step('Lock it for a moment', async () => {
        await lock(runner, order.id, SHORT_SECONDS)
      })
      await runner.step('Wait until it has expired', async () => {
        await wait(SHORT_SECONDS * 1000 + 500)
      })
      await runner.step('Lock it for somebody else', async () => {
        const exchange = await runner.call('CreateOrderLock', {
          orderId: order.id,
          lockId: runner.random.uuid(),
          expiry: inSeconds(1),
        })
        runner.expect(
          'the order can be locked again',
          exchange.status === 200,
          exchange.status,
          'A lock ends at its expiry, whoever forgot to release it: a card machine that lost its power must not keep a table for ever.',
        )
      })
    },
  },
  {
    ...locking,
    name: "Payment under Another's Lock",
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'RecordOrderPaymentById', 'GetOrderById'],
    expected: 'While one card machine holds an order, no other payment is taken.',
    run: async (runner) => {
      const order = await runner.step('Have an open order', async () => await openOrder(runner))
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
          'A payment whose lockId is not that of the live lock is a Conflict: Dojo then gives the money back.',
        )
      })
      await runner.step('Read the order', async () => {
        await expectPaid(runner, order, 0)
      })
    },
  },
]
