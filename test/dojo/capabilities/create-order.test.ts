import t, { type Test } from 'tap'
import type { Overrides } from '../../../src/server-options.ts'
import type { Input, Schemas } from '../../../src/contract/capabilities.ts'
import {
  actionsOf,
  CALLER,
  callerColumns,
  garden,
  gbp,
  historyOf,
  isRefused,
  newIntent,
  newOrder,
  newTables,
  orderRequest,
  pay,
  read,
  setStatus,
  statusUpdated,
} from '../../support/orders.ts'
import { startServer, type TestServer, type Venue } from '../../support/server.ts'

type Request = Input<'CreateOrder'>

/** Keeps the warnings of the server, and says nothing. */
function quietLogger(warnings: object[]): NonNullable<Overrides['logger']> {
  const quiet = () => {}
  const logger = {
    level: 'warn',
    fatal: quiet,
    error: quiet,
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    warn: (fields: object) => {
      warnings.push(fields)
    },
    child: () => logger,
  }
  return logger
}

/**
 * The request with another value at a path such as `items[0].quantity`; undefined leaves the field
 * out.
 */
function changed(request: Request, path: string, value: unknown): Request {
  const copy = structuredClone(request)
  const names = path.split(/[.[\]]+/).filter((name) => name !== '')
  const last = names.pop()!
  const owner = names.reduce((node: any, name) => node[name], copy)
  if (value === undefined) delete owner[last]
  else owner[last] = value
  return copy
}

/** The tables that an order is kept in. */
const PARTS = [
  'orders',
  'order_lines',
  'order_discounts',
  'order_tax_lines',
  'payments',
  'order_history',
] as const

async function countAll({ sql }: TestServer, venue: Venue): Promise<Record<string, number>> {
  const [counts] = await sql<Record<string, number>>(
    `SELECT ${PARTS.map((table) => `(SELECT count(*)::int FROM ${table} WHERE location_id = $1) AS ${table}`).join(', ')}`,
    [venue.locationId],
  )
  return counts!
}

/**
 * Everything that a request can carry. 2 x (10.00 + 2 x 0.50 + 3 x (1.00 + 0.20)) - 2.00 + 1.50 =
 * 28.70, taxes included.
 */
const full = (more: Partial<Request> = {}): Request =>
  orderRequest(2_870, {
    items: [
      {
        name: 'Roast',
        plu: '410',
        quantity: 2,
        amountPerItem: gbp(1_000),
        note: 'well done',
        modifiers: [{ name: 'Gravy', plu: '411', quantity: 2, amountPerModifier: gbp(50) }],
        subItems: [
          {
            name: 'Potato',
            plu: '412',
            quantity: 3,
            amountPerItem: gbp(100),
            note: 'crisp',
            modifiers: [{ name: 'Butter', plu: '413', quantity: 1, amountPerModifier: gbp(20) }],
          },
        ],
      },
    ],
    discounts: [
      {
        name: 'Voucher',
        affectedPlu: '410',
        discountReference: 'V-1',
        code: 'ROAST2',
        amountTotal: gbp(200),
        amountPercentage: 1_000,
      },
    ],
    taxLines: [
      {
        id: 'VAT',
        name: 'VAT 20%',
        affectedPlu: '410',
        amountPercentage: 2_000,
        amountTotal: gbp(478),
      },
    ],
    serviceChargeAmount: gbp(150),
    note: 'Window seat',
    customer: {
      id: 'cus-1',
      name: 'Ada',
      emailAddress: 'ada@example.com',
      phoneNumber: '+44 20 7946 0000',
    },
    reference: 'INV-7',
    displayName: 'Birthday',
    payments: [{ paymentIntentId: newIntent(), paidAmount: gbp(500), tipsAmount: gbp(100) }],
    ...more,
  })

t.test('CreateOrder', async (t) => {
  const warnings: object[] = []
  const server = await startServer(t, { overrides: { logger: quietLogger(warnings) } })
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [tableId = '', retiredTableId = ''] = await newTables(server, venue, ['Table 1', 'Table 2'])
  await sql('UPDATE tables SET retired_at = now() WHERE table_id = $1', [retiredTableId])
  const [otherTableId = ''] = await newTables(server, other, ['Table 1'])
  const times = { startTime: '2026-03-06T19:00:00.000Z', endTime: '2026-03-06T21:00:00.000Z' }
  const reservationAt = async (at: Venue, table: string) =>
    (
      await at.call('CreateReservation', {
        dojoReservationId: 'res-1',
        name: 'Ada',
        covers: 2,
        tableIds: [table],
        ...times,
      })
    ).body.id
  const partyAt = async (at: Venue, table: string) =>
    (
      await at.call('CreateParty', {
        dojoPartyId: 'party-1',
        startTime: times.startTime,
        tableIds: [table],
      })
    ).body.id
  const [reservationId, partyId] = [
    await reservationAt(venue, tableId),
    await partyAt(venue, tableId),
  ]
  const [otherReservationId, otherPartyId] = [
    await reservationAt(other, otherTableId),
    await partyAt(other, otherTableId),
  ]
  const dineIn = (more: Schemas['DineInDetails']): Pick<Request, 'details'> => ({
    details: { orderType: 'DineIn', dineIn: more },
  })

  /** Refused, and nothing of it is left. */
  async function leavesNothing(
    t: Test,
    request: Request,
    errorType: 'InvalidRequest' | 'Conflict',
    message: string | RegExp,
  ): Promise<void> {
    const before = await countAll(server, venue)
    isRefused(t, await venue.call('CreateOrder', request, garden), errorType, message)
    t.strictSame(await countAll(server, venue), before, 'nothing is left of it')
  }

  t.test('refuses a request that is not one', async (t) => {
    const cases: { name: string; path: string; value: unknown; message: RegExp }[] = [
      {
        name: 'a quantity in words',
        path: 'items[0].quantity',
        value: '2',
        message: /items\[0\]\.quantity must be an integer, not a string/,
      },
      {
        name: 'half an item',
        path: 'items[0].quantity',
        value: 1.5,
        message: /items\[0\]\.quantity/,
      },
      {
        name: 'an amount in words',
        path: 'totalAmount.value',
        value: '2870',
        message: /totalAmount\.value must be an integer, not a string/,
      },
      {
        name: 'half a penny',
        path: 'totalAmount.value',
        value: 0.5,
        message: /totalAmount\.value/,
      },
      {
        name: 'no dojoOrderId',
        path: 'dojoOrderId',
        value: undefined,
        message: /dojoOrderId is missing/,
      },
      { name: 'no payments', path: 'payments', value: undefined, message: /payments is missing/ },
      {
        name: 'a payment without an intent',
        path: 'payments[0].paymentIntentId',
        value: undefined,
        message: /payments\[0\]\.paymentIntentId is missing/,
      },
      {
        name: 'another way to get it',
        path: 'details.orderType',
        value: 'Delivery',
        message: /details\.orderType must be one of DineIn, Collection/,
      },
      {
        name: 'no way to get it',
        path: 'details',
        value: { orderType: 'DineIn' },
        message: /details must have one of dineIn, collection/,
      },
    ]
    for (const { name, path, value, message } of cases) {
      await t.test(name, async (t) => {
        await leavesNothing(t, changed(full(), path, value), 'InvalidRequest', message)
      })
    }
  })

  t.test('refuses details without the part that orderType names', async (t) => {
    await leavesNothing(
      t,
      orderRequest(100, { details: { orderType: 'DineIn', collection: { asap: true } } }),
      'InvalidRequest',
      /details\.dineIn/,
    )
    await leavesNothing(
      t,
      orderRequest(100, { details: { orderType: 'Collection', dineIn: { tableId } } }),
      'InvalidRequest',
      /details\.collection/,
    )
  })

  t.test('refuses a time that no calendar has', async (t) => {
    await leavesNothing(
      t,
      full(dineIn({ readyAt: '2026-12-31T23:59:60Z' })),
      'InvalidRequest',
      /details\.dineIn\.readyAt/,
    )
    await leavesNothing(
      t,
      full({
        details: { orderType: 'Collection', collection: { collectAt: '0000-01-01T00:00:00Z' } },
      }),
      'InvalidRequest',
      /details\.collection\.collectAt/,
    )
  })

  t.test('refuses a quantity below 1, or one that is not exact', async (t) => {
    for (const owner of [
      'items[0]',
      'items[0].modifiers[0]',
      'items[0].subItems[0]',
      'items[0].subItems[0].modifiers[0]',
    ]) {
      for (const quantity of [0, -1, 2 ** 53]) {
        await t.test(`${owner}: ${quantity}`, async (t) => {
          await leavesNothing(
            t,
            changed(full(), `${owner}.quantity`, quantity),
            'InvalidRequest',
            new RegExp(`^The field ${owner.replace(/[[\].]/g, '\\$&')}\\.quantity is ${quantity};`),
          )
        })
      }
    }
  })

  t.test('refuses an amount that is none', async (t) => {
    const fields = [
      'items[0].amountPerItem',
      'items[0].modifiers[0].amountPerModifier',
      'items[0].subItems[0].amountPerItem',
      'items[0].subItems[0].modifiers[0].amountPerModifier',
      'discounts[0].amountTotal',
      'taxLines[0].amountTotal',
      'serviceChargeAmount',
      'totalAmount',
      'payments[0].paidAmount',
      'payments[0].tipsAmount',
    ]
    const faults: { name: string; money: Schemas['Money']; message: string }[] = [
      {
        name: 'of another currency',
        money: { value: 100, currencyCode: 'EUR' },
        message: '.currencyCode is EUR, but this venue takes GBP only.',
      },
      {
        name: 'of a currency in small letters',
        money: { value: 100, currencyCode: 'gbp' },
        message: '.currencyCode is gbp, but this venue takes GBP only.',
      },
      {
        name: 'below nothing',
        money: gbp(-1),
        message: '.value is -1, but an amount is never negative.',
      },
      {
        name: 'that is not exact',
        money: gbp(2 ** 53),
        message: '.value is larger than 9007199254740991, the largest amount that is exact.',
      },
    ]
    for (const field of fields) {
      for (const { name, money, message } of faults) {
        await t.test(`${field} ${name}`, async (t) => {
          await leavesNothing(
            t,
            changed(full(), field, money),
            'InvalidRequest',
            `The field ${field}${message}`,
          )
        })
      }
    }
  })

  t.test('refuses parts whose sum is not exact', async (t) => {
    const half = gbp(2 ** 52)
    await leavesNothing(
      t,
      orderRequest(100, {
        items: [1, 2].map((plu) => ({
          name: 'x',
          plu: String(plu),
          quantity: 1,
          amountPerItem: half,
        })),
      }),
      'InvalidRequest',
      /sum of the items is larger than 9007199254740991/,
    )
    await leavesNothing(
      t,
      orderRequest(100, {
        payments: [1, 2].map(() => ({
          paymentIntentId: newIntent(),
          paidAmount: gbp(1),
          tipsAmount: half,
        })),
      }),
      'InvalidRequest',
      /sum of the tips is larger than 9007199254740991/,
    )
  })

  t.test('refuses the same dojoOrderId with other content', async (t) => {
    const request = full(dineIn({ tableId, readyAt: '2026-03-06T19:30:00Z' }))
    const { body: order } = await venue.call('CreateOrder', request)
    const changes: [path: string, value: unknown][] = [
      ['totalAmount.value', 2_871],
      ['items[0].note', 'rare'],
      ['items[0].quantity', 3],
      ['items[0].modifiers[0].quantity', 3],
      ['items[0].subItems', undefined],
      ['items', []],
      ['discounts[0].code', 'ROAST3'],
      ['discounts', []],
      ['taxLines[0].amountTotal.value', 1],
      ['serviceChargeAmount', undefined],
      ['note', undefined],
      ['customer.name', 'Bob'],
      ['reference', 'INV-8'],
      ['displayName', undefined],
      ['payments', []],
      ['payments[0].paidAmount.value', 499],
      ['payments[0].tipsAmount.value', 99],
      ['payments[0].paymentIntentId', newIntent()],
      ['details.dineIn', {}],
      ['details.dineIn.waiterId', '42'],
      ['details.dineIn.readyAt', '2026-03-06T19:31:00Z'],
      ['details', { orderType: 'Collection', collection: {} }],
    ]
    for (const [path, value] of changes) {
      await t.test(`${path}: ${JSON.stringify(value)}`, async (t) => {
        await leavesNothing(
          t,
          changed(request, path, value),
          'Conflict',
          `The dojoOrderId ${request.dojoOrderId} already names the order ${order.id}, which was created with other content.`,
        )
      })
    }
    t.same(await read(venue, order.id), order, 'it is still what it was')
  })

  t.test('refuses a table, party or reservation that the venue does not have', async (t) => {
    const cases: { name: string; reference: Schemas['DineInDetails'] }[] = [
      { name: 'a table that nobody has', reference: { tableId: 'tbl_nobody' } },
      { name: "another venue's table", reference: { tableId: otherTableId } },
      { name: 'a table of the past', reference: { tableId: retiredTableId } },
      { name: 'a party that nobody has', reference: { partyId: 'pty_nobody' } },
      { name: "another venue's party", reference: { partyId: otherPartyId } },
      { name: 'a reservation that nobody has', reference: { reservationId: 'rsv_nobody' } },
      { name: "another venue's reservation", reference: { reservationId: otherReservationId } },
    ]
    for (const { name, reference } of cases) {
      const [[field, id]] = Object.entries(reference) as [[string, string]]
      await t.test(name, async (t) => {
        await leavesNothing(
          t,
          full(dineIn({ tableId, partyId, reservationId, ...reference })),
          'InvalidRequest',
          `The field details.dineIn.${field} is ${id}, which this venue does not have.`,
        )
      })
    }
    await leavesNothing(
      t,
      orderRequest(100, {
        details: { orderType: 'Collection', collection: {}, dineIn: { tableId: 'tbl_nobody' } },
      }),
      'InvalidRequest',
      /details\.dineIn\.tableId is tbl_nobody/,
    )
  })

  t.test('refuses payments that cannot be recorded, all or nothing', async (t) => {
    const elsewhere = newIntent()
    await pay(venue, (await newOrder(venue, 1_000)).id, 100, { paymentIntentId: elsewhere })
    const reversed = newIntent()
    await venue.call('HandleEvent', statusUpdated(reversed, 'Reversed'))
    const twice = newIntent()
    const paid = (value: number, paymentIntentId = newIntent()) => ({
      paymentIntentId,
      paidAmount: gbp(value),
    })
    const cases: { name: string; payments: Schemas['Payment'][]; message: RegExp }[] = [
      {
        name: 'more than the total',
        payments: [paid(1_001)],
        message: /payment of 10\.01 GBP is more than the balance of 10\.00 GBP/,
      },
      {
        name: 'more than the total, together',
        payments: [paid(600), paid(401)],
        message: /payment of 4\.01 GBP is more than the balance of 4\.00 GBP/,
      },
      {
        name: 'of an intent that is recorded on another order',
        payments: [paid(100), paid(100, elsewhere)],
        message: /already recorded on another order/,
      },
      {
        name: 'of one intent, with two amounts',
        payments: [paid(100, twice), paid(200, twice)],
        message: /already recorded on this order with 1\.00 GBP/,
      },
      {
        name: 'of money that went back',
        payments: [paid(100), paid(100, reversed)],
        message: new RegExp(`Dojo has reported the payment intent ${reversed} as Reversed`),
      },
    ]
    for (const { name, payments, message } of cases) {
      await t.test(name, async (t) => {
        const request = orderRequest(1_000, { payments })
        await leavesNothing(t, request, 'Conflict', message)
        const { status } = await venue.call('CreateOrder', { ...request, payments: [] })
        t.equal(status, 200, 'the dojoOrderId is free for another try')
      })
    }
  })

  t.test('of two faults, the earlier one answers', async (t) => {
    const known = orderRequest(1_000)
    await venue.call('CreateOrder', known)
    const overpaid = [{ paymentIntentId: newIntent(), paidAmount: gbp(9_999) }]
    const cases: {
      name: string
      request: Request
      errorType: 'InvalidRequest' | 'Conflict'
      message: RegExp
    }[] = [
      {
        name: 'details before other content',
        request: { ...known, details: { orderType: 'DineIn', collection: {} } },
        errorType: 'InvalidRequest',
        message: /details\.dineIn/,
      },
      {
        name: 'an amount before other content',
        request: { ...known, totalAmount: gbp(-1) },
        errorType: 'InvalidRequest',
        message: /totalAmount/,
      },
      {
        name: 'an amount of a payment before other content',
        request: { ...known, payments: [{ paymentIntentId: newIntent(), paidAmount: gbp(-1) }] },
        errorType: 'InvalidRequest',
        message: /payments\[0\]/,
      },
      {
        name: 'other content before an unknown table',
        request: { ...known, ...dineIn({ tableId: 'tbl_nobody' }) },
        errorType: 'Conflict',
        message: /created with other content/,
      },
      {
        name: 'other content before payments above the total',
        request: { ...known, payments: overpaid },
        errorType: 'Conflict',
        message: /created with other content/,
      },
      {
        name: 'an unknown table before payments above the total',
        request: orderRequest(1_000, { ...dineIn({ tableId: 'tbl_nobody' }), payments: overpaid }),
        errorType: 'InvalidRequest',
        message: /tableId is tbl_nobody/,
      },
    ]
    for (const { name, request, errorType, message } of cases) {
      await t.test(name, async (t) => {
        await leavesNothing(t, request, errorType, message)
      })
    }
  })

  t.test('keeps all that the request carries', async (t) => {
    const { dojoOrderId, payments, ...content } = full(
      dineIn({
        tableId,
        waiterId: '42',
        partyId,
        reservationId,
        readyAt: '2026-03-06T20:30:00+01:00',
      }),
    )
    const { status, body } = await venue.call('CreateOrder', { dojoOrderId, payments, ...content })
    t.equal(status, 200)
    const { id, createdAt, updatedAt, ...rest } = body
    t.match(id, /^ord_[\w-]{20,}$/, 'a long id that is safe in a URL')
    t.same(rest, {
      ...content,
      details: {
        orderType: 'DineIn',
        dineIn: {
          tableId,
          waiterId: '42',
          partyId,
          reservationId,
          readyAt: '2026-03-06T19:30:00.000Z',
        },
      },
      payments,
      status: 'New',
      paidAmount: gbp(500),
      tipsAmount: gbp(100),
      payable: true,
    })
    for (const time of [createdAt, updatedAt]) {
      t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    t.ok(Math.abs(Date.parse(createdAt!) - Date.now()) < 60_000, 'created now')
    t.same(await read(venue, id), body, 'as it is read afterwards')
    t.strictSame(
      await sql('SELECT dojo_order_id, discrepancy_minor FROM orders WHERE order_id = $1', [id]),
      [{ dojo_order_id: dojoOrderId, discrepancy_minor: null }],
    )
  })

  t.test('keeps both parts of the details', async (t) => {
    const details: Schemas['OrderDetails'] = {
      orderType: 'Collection',
      collection: { asap: false, collectAt: '2026-03-06T19:30:00.000Z' },
      dineIn: { tableId, waiterId: '42' },
    }
    const order = await newOrder(venue, 100, { details })
    t.same(order.details, details)
    t.same((await read(venue, order.id)).details, details)
  })

  t.test('answers what every order has, for the smallest one too', async (t) => {
    const { body } = await venue.call('CreateOrder', {
      dojoOrderId: 'smallest',
      details: { orderType: 'Collection', collection: {} },
      items: [],
      totalAmount: gbp(1),
      payments: [],
    })
    const { id, createdAt, updatedAt, displayName, ...rest } = body
    t.ok(id && createdAt && updatedAt)
    t.ok(displayName !== undefined && displayName.length > 0 && displayName.length <= 24)
    t.same(rest, {
      status: 'New',
      details: { orderType: 'Collection', collection: {} },
      items: [],
      discounts: [],
      taxLines: [],
      payments: [],
      totalAmount: gbp(1),
      paidAmount: gbp(0),
      tipsAmount: gbp(0),
      payable: true,
    })
  })

  t.test('the name on the card machine', async (t) => {
    const cases: { name: string; more: Partial<Request>; shown: string }[] = [
      {
        name: 'the given name',
        more: { displayName: 'Birthday', reference: 'INV-7', ...dineIn({ tableId }) },
        shown: 'Birthday',
      },
      {
        name: "the table's",
        more: { reference: 'INV-7', ...dineIn({ tableId }) },
        shown: 'Table 1',
      },
      { name: 'the reference', more: { reference: 'INV-7' }, shown: 'INV-7' },
      {
        name: 'no longer than 24 characters',
        more: { displayName: 'Ada, Grace and all the others' },
        shown: 'Ada, Grace and all the o',
      },
    ]
    for (const { name, more, shown } of cases) {
      t.equal((await newOrder(venue, 100, more)).displayName, shown, name)
    }
  })

  t.test('what is paid on arrival', async (t) => {
    const paid = (value: number, tip?: number) => ({
      paymentIntentId: newIntent(),
      paidAmount: gbp(value),
      ...(tip === undefined ? {} : { tipsAmount: gbp(tip) }),
    })
    const collection: Schemas['OrderDetails'] = {
      orderType: 'Collection',
      collection: { asap: true },
    }
    const cases: {
      name: string
      total: number
      more: Partial<Request>
      status: string
      paidMinor: number
      tipsMinor: number
      payable: boolean
    }[] = [
      {
        name: 'nothing',
        total: 1_000,
        more: {},
        status: 'New',
        paidMinor: 0,
        tipsMinor: 0,
        payable: true,
      },
      {
        name: 'a part',
        total: 1_000,
        more: { payments: [paid(999)] },
        status: 'New',
        paidMinor: 999,
        tipsMinor: 0,
        payable: true,
      },
      {
        name: 'a part, and a tip larger than the rest',
        total: 1_000,
        more: { payments: [paid(999, 500)] },
        status: 'New',
        paidMinor: 999,
        tipsMinor: 500,
        payable: true,
      },
      {
        name: 'all of a dine-in order',
        total: 1_000,
        more: { payments: [paid(1_000, 150)] },
        status: 'Confirmed',
        paidMinor: 1_000,
        tipsMinor: 150,
        payable: false,
      },
      {
        name: 'all of a collection order',
        total: 1_000,
        more: { details: collection, payments: [paid(1_000)] },
        status: 'Confirmed',
        paidMinor: 1_000,
        tipsMinor: 0,
        payable: false,
      },
      {
        name: 'all, by two',
        total: 1_000,
        more: { payments: [paid(400, 10), paid(600, 20)] },
        status: 'Confirmed',
        paidMinor: 1_000,
        tipsMinor: 30,
        payable: false,
      },
      {
        name: 'an order that costs nothing',
        total: 0,
        more: {},
        status: 'Confirmed',
        paidMinor: 0,
        tipsMinor: 0,
        payable: false,
      },
    ]
    for (const { name, total, more, ...expected } of cases) {
      const { status, paidAmount, tipsAmount, payable, payments } = await newOrder(
        venue,
        total,
        more,
      )
      t.same(
        { status, paidMinor: paidAmount!.value, tipsMinor: tipsAmount!.value, payable },
        expected,
        name,
      )
      t.same(new Set(payments), new Set(more.payments), `${name}: its payments`)
    }
    const intent = paid(500)
    const { payments, paidAmount } = await newOrder(venue, 1_000, { payments: [intent, intent] })
    t.same(
      { payments, paidAmount },
      { payments: [intent], paidAmount: gbp(500) },
      'the same payment twice counts once',
    )

    const order = await newOrder(venue, 1_000, { payments: [paid(1_000, 50)] })
    const [recorded] = order.payments!
    const again = await pay(venue, order.id, 1_000, recorded!)
    t.same(
      [again.status, again.body],
      [200, order],
      'recorded as RecordOrderPaymentById would, which finds it recorded',
    )
    t.equal((await pay(venue, order.id, 999, { ...recorded!, paidAmount: gbp(999) })).status, 409)
  })

  t.test('a total that differs from its parts is kept, and a notice says so', async (t) => {
    const item = (value: number, quantity = 1): Schemas['OrderItem'] => ({
      name: 'x',
      plu: '1',
      quantity,
      amountPerItem: gbp(value),
    })
    // Parts of 20.00: 19.00 after a discount of 3.00 and a service charge of 2.00; a tax of 4.00 is
    // in them or on top.
    const parts = {
      items: [item(500, 4)],
      discounts: [{ name: 'd', amountTotal: gbp(300) }],
      serviceChargeAmount: gbp(200),
      taxLines: [{ amountTotal: gbp(300) }, { amountTotal: gbp(100) }],
    }
    const cases: {
      name: string
      total: number
      more: Partial<Request>
      discrepancy: number | null
    }[] = [
      { name: 'taxes included', total: 1_900, more: parts, discrepancy: null },
      { name: 'taxes on top', total: 2_300, more: parts, discrepancy: null },
      { name: 'a penny too much', total: 2_301, more: parts, discrepancy: 1 },
      { name: 'a penny too little', total: 1_899, more: parts, discrepancy: -1 },
      { name: 'the service charge forgotten', total: 1_700, more: parts, discrepancy: -200 },
      { name: 'no items', total: 1_000, more: { items: [] }, discrepancy: 1_000 },
    ]
    for (const { name, total, more, discrepancy } of cases) {
      await t.test(name, async (t) => {
        warnings.length = 0
        const request = orderRequest(total, {
          ...more,
          customer: { name: 'Ada', emailAddress: 'ada@example.com' },
        })
        const { body } = await venue.call('CreateOrder', request)
        t.same(body.totalAmount, gbp(total), 'the total stands')
        const [row] = await sql<{ discrepancy_minor: string | null }>(
          'SELECT discrepancy_minor FROM orders WHERE order_id = $1',
          [body.id],
        )
        t.equal(
          row!.discrepancy_minor === null ? null : Number(row!.discrepancy_minor),
          discrepancy,
        )
        t.equal(warnings.length, discrepancy === null ? 0 : 1, 'logged, if it differs')
        if (discrepancy === null) return
        t.match(warnings[0], {
          venue: venue.locationId,
          orderId: body.id,
          dojoOrderId: request.dojoOrderId,
          discrepancyMinor: discrepancy,
        })
        t.notMatch(JSON.stringify(warnings), /ada@example\.com/)
        t.match((await historyOf(server, body.id))[0], {
          action: 'Created',
          detail: { discrepancyMinor: discrepancy },
        })
      })
    }
  })

  t.test('keeps who ordered, on what and where', async (t) => {
    for (const headers of [garden, undefined]) {
      const payments = [1, 2].map((value) => ({
        paymentIntentId: newIntent(),
        paidAmount: gbp(value),
      }))
      const { body } = await venue.call('CreateOrder', orderRequest(100, { payments }), headers)
      const caller = callerColumns(headers)
      t.strictSame(await sql(`SELECT ${CALLER} FROM orders WHERE order_id = $1`, [body.id]), [
        caller,
      ])
      t.strictSame(await sql(`SELECT ${CALLER} FROM payments WHERE order_id = $1`, [body.id]), [
        caller,
        caller,
      ])
      const history = await historyOf(server, body.id)
      t.strictSame(
        history.map(({ action, detail, ...by }) => ({ action, by })),
        ['Created', 'PaymentRecorded', 'PaymentRecorded'].map((action) => ({ action, by: caller })),
      )
      t.match(history[1]!.detail, {
        paymentIntentId: payments[0]!.paymentIntentId,
        amountMinor: 1,
        paidMinor: 1,
      })
      t.match(history[2]!.detail, {
        paymentIntentId: payments[1]!.paymentIntentId,
        amountMinor: 2,
        paidMinor: 3,
      })
    }
  })

  t.test('the same again', async (t) => {
    const [table = ''] = await newTables(server, venue, ['Table 3'])
    const request = full({
      dojoOrderId: 'again',
      ...dineIn({ tableId: table, readyAt: '2026-03-06T19:30:00Z' }),
    })
    const { body: order } = await venue.call('CreateOrder', request)
    const before = await countAll(server, venue)
    const same: { name: string; request: Request }[] = [
      { name: 'word for word', request },
      {
        name: 'with its fields in another order',
        request: JSON.parse(JSON.stringify(request), (_, value) =>
          typeof value === 'object' && !Array.isArray(value)
            ? Object.fromEntries(Object.entries(value as object).reverse())
            : (value as unknown),
        ) as Request,
      },
      {
        name: 'with its time from another zone',
        request: changed(request, 'details.dineIn.readyAt', '2026-03-06T20:30:00.000+01:00'),
      },
      {
        name: 'with a field that the contract does not know',
        request: { ...request, loyalty: 'gold' } as Request,
      },
    ]
    for (const { name, request } of same) {
      const { status, body } = await venue.call('CreateOrder', request, garden)
      t.equal(status, 200, name)
      t.same(body, order, `${name}: the same order`)
    }
    t.strictSame(await countAll(server, venue), before, 'nothing is added')

    await sql('UPDATE tables SET retired_at = now() WHERE table_id = $1', [table])
    await pay(venue, order.id, 100)
    const later = await venue.call('CreateOrder', request)
    t.same(later.body, await read(venue, order.id), 'as it now is')
    t.same(later.body.paidAmount, gbp(600))
    await setStatus(server, order.id, 'Failed')
    t.equal((await venue.call('CreateOrder', request)).body.status, 'Failed', 'final or not')

    const elsewhere = await other.call('CreateOrder', {
      ...orderRequest(100),
      dojoOrderId: 'again',
    })
    t.equal(elsewhere.status, 200, "another venue's ids are its own")
    t.not(elsewhere.body.id, order.id)
  })

  t.test('the same of an order that was canceled', async (t) => {
    const request = orderRequest(100)
    const {
      body: { id: orderId },
    } = await venue.call('CreateOrder', request)
    await venue.call('CancelOrderById', { orderId })
    const { status, body } = await venue.call('CreateOrder', request)
    t.same([status, body.id, body.status], [200, orderId, 'Canceled'])
  })

  t.test('two at once', async (t) => {
    const request = full()
    const replies = await Promise.all(
      Array.from({ length: 8 }, async () => await venue.call('CreateOrder', request)),
    )
    t.same(
      replies.map(({ status }) => status),
      Array(8).fill(200),
    )
    t.equal(new Set(replies.map(({ body }) => body.id)).size, 1, 'one order')
    t.same(replies[0]!.body.paidAmount, gbp(500), 'paid once')
    t.same(await actionsOf(server, replies[0]!.body.id), ['Created', 'PaymentRecorded'])

    const either = orderRequest(100)
    const contents = await Promise.all(
      [either, { ...either, note: 'other' }].map(
        async (request) => (await venue.call('CreateOrder', request)).status,
      ),
    )
    t.same(contents.sort(), [200, 409], 'of two contents one wins')

    const intent = { paymentIntentId: newIntent(), paidAmount: gbp(100) }
    const payers = await Promise.all(
      [1, 2].map(
        async () =>
          (await venue.call('CreateOrder', orderRequest(100, { payments: [intent] }))).status,
      ),
    )
    t.same(payers.sort(), [200, 409], 'of two orders that one intent pays for one wins')
    t.strictSame(
      await sql('SELECT count(*)::int AS n FROM payments WHERE payment_intent_id = $1', [
        intent.paymentIntentId,
      ]),
      [{ n: 1 }],
    )
  })

  t.test('a venue that takes euros', async (t) => {
    const dublin = await server.newVenue('The Brazen Head', 'EUR')
    const eur = (value: number) => ({ value, currencyCode: 'EUR' })
    const request = orderRequest(100, {
      items: [{ name: 'Stout', plu: '1', quantity: 1, amountPerItem: eur(100) }],
      totalAmount: eur(100),
    })
    const { status, body } = await dublin.call('CreateOrder', request)
    t.equal(status, 200)
    t.same([body.totalAmount, body.paidAmount, body.tipsAmount], [eur(100), eur(0), eur(0)])
    isRefused(
      t,
      await dublin.call('CreateOrder', orderRequest(100)),
      'InvalidRequest',
      /is GBP, but this venue takes EUR only/,
    )
  })
})
