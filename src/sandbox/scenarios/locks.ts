// Order locking: one holder at a time, and nobody for ever.
import { setTimeout as wait } from 'node:timers/promises'
import type { Stage } from '../products/runner.ts'
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

async function lock(stage: Stage, orderId: string, seconds = LONG_SECONDS): Promise<string> {
  const lockId = stage.random.uuid()
  await stage.ask('CreateOrderLock', { orderId, lockId, expiry: inSeconds(seconds) })
  stage.afterwards(async () => await stage.call('DeleteOrderLock', { orderId, lockId }))
  return lockId
}

async function expectLocked(stage: Stage, orderId: string): Promise<void> {
  const lockId = stage.random.uuid()
  const exchange = await stage.call('CreateOrderLock', {
    orderId,
    lockId,
    expiry: inSeconds(LONG_SECONDS),
  })
  if (exchange.status === 200) {
    stage.afterwards(async () => await stage.call('DeleteOrderLock', { orderId, lockId }))
  }
  expectRefusal(
    stage,
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const lockId = await stage.step('Lock it', async () => await lock(stage, order.id))
      await stage.step('Lock it again with another lockId', async () => {
        await expectLocked(stage, order.id)
      })
      await stage.step('Ask for the same lock again', async () => {
        await stage.ask('CreateOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
      })
      await stage.step('Read the order under its lock', async () => {
        await stage.ask('GetOrderById', { orderId: order.id })
      })
    },
  },
  {
    ...locking,
    name: 'Create Order Lock at Once',
    needs: ['CreateOrderLock', 'DeleteOrderLock'],
    expected: 'Of eight card machines that lock an order at once, one gets it.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Lock it eight times at once', async () => {
        const lockIds = Array.from({ length: 8 }, () => stage.random.uuid())
        const exchanges = await Promise.all(
          lockIds.map(
            async (lockId) =>
              await stage.call('CreateOrderLock', {
                orderId: order.id,
                lockId,
                expiry: inSeconds(LONG_SECONDS),
              }),
          ),
        )
        const holders = exchanges.filter(({ status }) => status === 200)
        for (const [index, { status }] of exchanges.entries()) {
          if (status === 200) {
            stage.afterwards(
              async () =>
                await stage.call('DeleteOrderLock', { orderId: order.id, lockId: lockIds[index]! }),
            )
          }
        }
        stage.expect(
          'one of eight gets the lock',
          holders.length === 1,
          `${holders.length} got it`,
          'Take the lock and look for another in one step: a unique index, a row lock, a compare and swap.',
        )
        for (const refused of exchanges.filter(({ status }) => status !== 200)) {
          expectRefusal(stage, 'each other lock', refused, 'Conflict')
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const lockId = await stage.step('Lock it', async () => await lock(stage, order.id))
      await stage.step('Release it with another lockId', async () => {
        await stage.call('DeleteOrderLock', { orderId: order.id, lockId: stage.random.uuid() })
        await expectLocked(stage, order.id)
      })
      await stage.step('Release it, and once more', async () => {
        await stage.ask('DeleteOrderLock', { orderId: order.id, lockId })
        const { status } = await stage.call('DeleteOrderLock', { orderId: order.id, lockId })
        stage.expect(
          'the repetition is answered with 200',
          status === 200,
          status,
          'Dojo repeats a release whose answer it lost: what is released already is a success.',
        )
      })
      await stage.step('Lock it for somebody else', async () => {
        await lock(stage, order.id)
      })
    },
  },
  {
    ...locking,
    name: 'Extend Order Lock',
    needs: ['CreateOrderLock', 'DeleteOrderLock', 'ExtendOrderLock'],
    expected: 'A lock that was extended lives on, and nobody else can extend it.',
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      const lockId = await stage.step(
        'Lock it for a moment',
        async () => await lock(stage, order.id, SHORT_SECONDS),
      )
      await stage.step('Extend it', async () => {
        await stage.ask('ExtendOrderLock', {
          orderId: order.id,
          lockId,
          expiry: inSeconds(LONG_SECONDS),
        })
      })
      await stage.step('Wait until it would have expired', async () => {
        await wait(SHORT_SECONDS * 1000 + 500)
        await expectLocked(stage, order.id)
      })
      await stage.step('Extend it with another lockId', async () => {
        const exchange = await stage.call('ExtendOrderLock', {
          orderId: order.id,
          lockId: stage.random.uuid(),
          expiry: inSeconds(LONG_SECONDS),
        })
        stage.expect(
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Lock it for a moment', async () => {
        await lock(stage, order.id, SHORT_SECONDS)
      })
      await stage.step('Wait until it has expired', async () => {
        await wait(SHORT_SECONDS * 1000 + 500)
      })
      await stage.step('Lock it for somebody else', async () => {
        const exchange = await stage.call('CreateOrderLock', {
          orderId: order.id,
          lockId: stage.random.uuid(),
          expiry: inSeconds(1),
        })
        stage.expect(
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
    play: async (stage) => {
      const order = await stage.step('Have an open order', async () => await openOrder(stage))
      await stage.step('Lock it', async () => {
        await lock(stage, order.id)
      })
      await stage.step("Pay with a lockId that is not the lock's", async () => {
        const { exchange } = await takePayment(
          stage,
          {
            orderId: order.id,
            amountMinor: 100,
            currencyCode: currencyOf(order),
            lockId: stage.random.uuid(),
            paidBy: 'online',
          },
          {},
        )
        expectRefusal(
          stage,
          "a payment under another's lock",
          exchange,
          'Conflict',
          'A payment whose lockId is not that of the live lock is a Conflict: Dojo then gives the money back.',
        )
      })
      await stage.step('Read the order', async () => {
        await expectPaid(stage, order, 0)
      })
    },
  },
]
