// Guests with a phone: the menu that they order from, and ordering and paying in one go.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { SimulatedCrash } from '../epos/faulty-transport.ts'
import { limits } from '../limits.ts'
import { declineOrder, orderAndPay, type Basket } from '../products/order-and-pay.ts'
import type { GuestCard } from '../products/payment.ts'
import { createRunner, ExpectationFailed } from '../products/runner.ts'
import { authenticate } from './authentication.ts'
import { bodyOf, GuestCardBody } from './bodies.ts'

export interface MenuItem {
  plu: string
  name: string
  priceMinor: number
}

export interface Menu {
  currencyCode: string
  items: MenuItem[]
}

/** Until another one is put: the EPOS Data API has no menu of a venue. */
const FIRST_MENU: Menu = {
  currencyCode: 'GBP',
  items: [
    { plu: '101', name: 'Fish and chips', priceMinor: 1_650 },
    { plu: '301', name: 'Burger', priceMinor: 1_350 },
    { plu: '202', name: 'Lemonade', priceMinor: 420 },
    { plu: '303', name: 'Sparkling water', priceMinor: 333 },
  ],
}

const menuBody = Type.Object(
  {
    currencyCode: Type.String({ pattern: '^[A-Z]{3}$' }),
    items: Type.Array(
      Type.Object(
        {
          plu: Type.String({ minLength: 1, maxLength: 100 }),
          name: Type.String({ minLength: 1, maxLength: 200 }),
          priceMinor: Type.Integer({ minimum: 0, maximum: 99_999_999 }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: limits.maxMenuItems },
    ),
  },
  { additionalProperties: false },
)

const orderBody = Type.Object(
  {
    tableId: Type.Optional(Type.String()),
    displayName: Type.Optional(Type.String({ maxLength: 60 })),
    note: Type.Optional(Type.String({ maxLength: 200 })),
    tipsMinor: Type.Optional(Type.Integer({ minimum: 0 })),
    card: Type.Optional(GuestCardBody),
    items: Type.Array(
      Type.Object(
        { plu: Type.String(), quantity: Type.Integer({ minimum: 1, maximum: 99 }) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 50 },
    ),
  },
  { additionalProperties: false },
)

export function serveGuests(app: FastifyInstance, simulation: Simulation): void {
  const menus = new Map<string, Menu>()
  const menuOf = ({ key }: Account): Menu => menus.get(key) ?? FIRST_MENU
  app.get('/sandbox/menu', async (request) => menuOf(authenticate(simulation, request)))
  app.put('/sandbox/menu', async (request) => {
    const { key } = authenticate(simulation, request)
    const menu = bodyOf(menuBody, request)
    menus.set(key, menu)
    return menu
  })
  app.post('/sandbox/order-and-pay', async (request) => {
    const account = authenticate(simulation, request)
    const { items, card, ...rest } = bodyOf(orderBody, request)
    const menu = menuOf(account)
    const basket: Basket = {
      ...rest,
      currencyCode: menu.currencyCode,
      items: items.map(({ plu, quantity }) => orderItem(menu, plu, quantity)),
    }
    return await order({ simulation, account, card }, basket)
  })
}

/** @throws Problem 400 */
function orderItem(menu: Menu, plu: string, quantity: number): Basket['items'][number] {
  const item = menu.items.find((each) => each.plu === plu)
  if (item === undefined) {
    const message = `There is no item ${plu} on the menu. GET /sandbox/menu shows it.`
    throw badRequest(message, { items: [`plu ${plu} is not on the menu`] })
  }
  const { name, priceMinor } = item
  const amountPerItem = { value: priceMinor, currencyCode: menu.currencyCode }
  return { plu, name, quantity, amountPerItem }
}

/** @throws Problem 409 when a fault takes the power away, 422 when the EPOS does not take it */
async function order(
  { simulation, account, card }: { simulation: Simulation; account: Account; card?: GuestCard },
  basket: Basket,
): Promise<object> {
  const seed = `order-and-pay ${account.intents.size}`
  try {
    const runner = createRunner({ simulation, account, seed, product: 'OrderAndPay' })
    if (card === 'declined') {
      const { paymentIntentId } = declineOrder(runner, basket)
      return { outcome: card, paymentIntentId }
    }
    const { paymentIntentId, order } = await orderAndPay(runner, basket)
    return {
      outcome: 'ordered',
      paymentIntentId,
      orderId: order.id,
      totalMinor: order.totalAmount?.value,
    }
  } catch (error) {
    if (error instanceof SimulatedCrash) throw new Problem(409, error.message)
    if (!(error instanceof ExpectationFailed)) throw error
    throw new Problem(422, [error.message, ...error.advice].join(' '))
  }
}
