// The printed bill of an order: what it says, and the paper.
import t from 'tap'
import { setBillTemplate } from '../../../src/operator/settings.ts'
import { bar, gbp, newTables, orderRequest, pay } from '../../support/orders.ts'
import { startServer } from '../../support/server.ts'
import { newMenu, newTill } from '../../support/till.ts'

/** What a bill says besides its sums, by what switches it off. */
const ALSO_PRINTED = {
  taxes: /^incl\. /m,
  options: /Cheese/,
  payments: /^ +Tip on top +£1\.50$/m,
  freeItems: /Tap water/,
}

t.test('the bill', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  await newMenu(server, venue, [
    { plu: 'X', kind: 'Modifier', name: 'Cheese', priceMinor: 50 },
    { plu: 'B', name: 'Burger', priceMinor: 1000, parts: ['X'] },
    { plu: 'T', name: 'Tea', priceMinor: 200, taxRateHundredths: 0 },
    { plu: 'W', name: 'Tap water', priceMinor: 0 },
  ])
  await sql("INSERT INTO waiters (location_id, waiter_id, name) VALUES ($1, '7', 'Becky')", [
    venue.locationId,
  ])
  const [table] = (await newTables(server, venue, ['Table 1'])) as [string]
  const till = await newTill(t, server)
  const {
    body: { id: orderId },
  } = await till.call('POST /orders', {}, { orderType: 'DineIn', tableId: table, waiterId: '7' })
  await till.call(
    'POST /orders/{orderId}/lines',
    { orderId },
    {
      lines: [
        { plu: 'B', quantity: 2, note: 'rare', modifiers: [{ plu: 'X' }] },
        { id: 'tea', plu: 'T' },
        { plu: 'T', quantity: 3 },
      ],
    },
  )
  await till.call(
    'POST /orders/{orderId}/lines/{lineId}/void',
    { orderId, lineId: 'tea' },
    { reason: 'cold' },
  )
  await pay(venue, orderId, 500, { paymentIntentId: 'pi_1', tipsAmount: gbp(100) }, bar)
  await pay(venue, orderId, 300, { paymentIntentId: 'pi_2' }, bar)
  await sql(
    "UPDATE payments SET refunded_minor = 50, refunded_tips_minor = 20 WHERE payment_intent_id = 'pi_1'",
  )
  await sql('UPDATE orders SET paid_minor = 750, tips_minor = 80 WHERE order_id = $1', [orderId])
  const bill = async (query = '', who = till) =>
    await who.call(`GET /orders/{orderId}/bill${query}`, { orderId })

  t.test('as it says', async (t) => {
    const { body, status } = await bill()
    t.equal(status, 200)
    t.match(
      body.header.map(({ text, merchantName }: any) => text?.value ?? merchantName?.name),
      ['The Red Lion', undefined, 'Table 1', /^\d\d\/\d\d\/\d{4} \d\d:\d\d$/, 'Served by Becky'],
    )
    t.strictSame(body.order, (await till.call('GET /orders/{orderId}', { orderId })).body)
    t.match(body.footer.at(-1).text, { value: 'Thank you' })
  })

  t.test('as text', async (t) => {
    const { text, headers, status } = await bill('?format=text')
    t.equal(status, 200)
    t.equal(headers['content-type'], 'text/plain; charset=utf-8')
    const rows = text.split('\n').map((row) => row.trim().replaceAll(/ {2,}/g, '  '))
    const printed = [
      '2 x Burger  £20.00',
      'Note: rare',
      '2 x Cheese  £1.00',
      '3 x Tea  £6.00',
      'Card  £7.50',
      'Tip on top  £0.80',
      'Thank you',
    ]
    t.strictSame(
      rows.filter((row) => printed.includes(row)),
      printed,
      'what is void is not there, and payments are less what was given back',
      { text },
    )
    t.match(text, /^Total +£27\.00$/m)
    t.match(text, /^incl\. VAT 20% +£3\.50$/m)
    t.match(text, /^To pay +£19\.50$/m)
  })

  t.test('as a picture and as a page, which open as they are', async (t) => {
    for (const [format, type, begins] of [
      ['svg', 'image/svg+xml; charset=utf-8', /^(<\?xml[^>]*>\s*)?<svg /],
      ['html', 'text/html; charset=utf-8', /^<!DOCTYPE html>/],
    ] as const) {
      const { text, headers } = await bill(`?format=${format}`)
      t.equal(headers['content-type'], type)
      t.match(text, begins)
      for (const word of ['Burger', 'Table 1', 'Becky', '19.50']) {
        t.ok(text.includes(word), `${format} says ${word}`)
      }
      t.equal(
        headers['content-security-policy'],
        undefined,
        'the page has its own policy, and nothing is stricter',
      )
      t.equal(headers['x-content-type-options'], 'nosniff')
      t.equal(headers['cache-control'], 'no-store')
    }
  })

  t.test('what the template of the venue makes of it', async (t) => {
    const line = (value: string): never =>
      ({ lineType: 'Text', text: { value, size: 'Body' } }) as never
    await setBillTemplate(server.store.database, venue.locationId, {
      header: [line('At {table} <b>&'), line('{reference}')],
      footer: [],
    })
    t.strictSame((await bill()).body.header, [line('At Table 1 <b>&')])
    t.ok((await bill('?format=html')).text.includes('At Table 1 &lt;b&gt;&amp;'))
    t.ok((await bill('?format=text')).text.startsWith('At Table 1 <b>&\n'))
  })

  t.test('with a template that is not saved', async (t) => {
    const preview = async (template: object, query = '?format=text', who = till) =>
      await who.call(`POST /venue/bill-template/preview${query}`, {}, template)
    const says = (value: string) => ({ lineType: 'Text', text: { value, size: 'Body' } })
    const template = { header: [says('Welcome to {table}')], footer: [says('See you')] }
    const saved = (await till.call('GET /venue/bill-template')).body
    const sample = await preview(template)
    t.match(sample.text, /^Welcome to Table 5\n/)
    t.match(sample.text, /Burger[^]*Total +£[^]*Card +£[^]*To pay +£[^]*See you/)
    const { text } = await preview(template, `?format=text&orderId=${orderId}`)
    t.match(text, /^Welcome to Table 1\n/)
    t.match(text, /^To pay +£19\.50$/m, 'the bill of that order')
    t.match((await preview(template, '?format=svg')).text, /^<svg [^]*Welcome to Table 5/)
    t.strictSame((await preview(template, '')).body, {
      header: [says('Welcome to Table 5')],
      footer: [says('See you')],
    })
    const { problem } = await preview({ ...template, footer: [{ lineType: 'Text', text: {} }] })
    t.match(problem, { status: 400, errors: [{ field: 'footer[0].text.value' }] })
    const other = await newTill(t, server, { venue: await server.newVenue('The Swan') })
    const elsewhere = await preview(template, `?orderId=${orderId}`, other)
    t.match(elsewhere.problem, { status: 404, code: 'not-found' })
    t.strictSame((await till.call('GET /venue/bill-template')).body, saved, 'nothing is saved')
  })

  t.test('what is left out leaves a bill that adds up', async (t) => {
    const { id } = (await till.call('POST /orders', {}, { orderType: 'Collection' })).body
    const lines = [{ plu: 'B', quantity: 2, modifiers: [{ plu: 'X' }] }, { plu: 'W' }]
    await till.call('POST /orders/{orderId}/lines', { orderId: id }, { lines })
    await till.call(
      'POST /orders/{orderId}/payments',
      { orderId: id },
      { tender: 'Cash', amountMinor: 1_000, tipsMinor: 150 },
    )
    const printed = async (alsoPrint: object): Promise<string> => {
      const path = `POST /venue/bill-template/preview?format=text&orderId=${id}`
      return (await till.call(path, {}, { header: [], footer: [], alsoPrint })).text
    }
    const all = await printed({})
    for (const pattern of Object.values(ALSO_PRINTED)) t.match(all, pattern, 'all of it')
    for (const [part, pattern] of Object.entries(ALSO_PRINTED)) {
      const text = await printed({ [part]: false })
      t.notMatch(text, pattern, `without ${part}`)
      t.match(text, /^Total +£21\.00$[^]*^To pay +£11\.00$/m, part)
      for (const [other, itsPattern] of Object.entries(ALSO_PRINTED)) {
        if (other !== part) t.match(text, itsPattern, `without ${part}, ${other} is there`)
      }
    }
    t.match(await printed({ options: false }), /^2 x Burger +£21\.00$/m)
    t.match(await printed({ payments: false }), /^Paid +£10\.00$/m)
    const { problem } = await till.call(
      'POST /venue/bill-template/preview',
      {},
      { header: [], footer: [], alsoPrint: { options: 'no' } },
    )
    t.match(problem, { status: 400, errors: [{ field: 'alsoPrint.options' }] })
  })

  t.test('a total that somebody else added up is come to', async (t) => {
    for (const [off, printed] of [
      [-7, /^Adjustment +-£0\.07$/m],
      [7, /^1 x Adjustment +£0\.07$/m],
    ] as const) {
      const { id } = (
        await venue.call(
          'CreateOrder',
          orderRequest(1000 + off, {
            items: [{ name: 'Menu', plu: '1', quantity: 1, amountPerItem: gbp(1000) }],
          }),
        )
      ).body
      const { text } = await till.call('GET /orders/{orderId}/bill?format=text', { orderId: id })
      t.match(text, printed)
      t.match(text, new RegExp(`^Total +£${off < 0 ? '9\\.93' : '10\\.07'}$`, 'm'))
    }
  })

  t.test('an empty order has one too', async (t) => {
    const {
      body: { id },
    } = await till.call('POST /orders', {}, { orderType: 'Collection' })
    for (const format of ['text', 'svg', 'html']) {
      t.equal(
        (await till.call(`GET /orders/{orderId}/bill?format=${format}`, { orderId: id })).status,
        200,
      )
    }
  })

  t.test('who may, and of what', async (t) => {
    for (const role of ['kitchen', 'waiter', 'owner'] as const) {
      t.equal((await bill('', await newTill(t, server, { role }))).status, 200)
    }
    const other = await newTill(t, server, { venue: await server.newVenue('The White Hart') })
    for (const query of ['', '?format=text']) {
      t.match((await bill(query, other)).problem, { status: 404, code: 'not-found' })
      t.equal(
        (await till.call(`GET /orders/{orderId}/bill${query}`, { orderId: 'nothing' })).status,
        404,
      )
    }
    for (const query of ['?format=pdf', '?format=', '?paper=wide', '?format=text&format=svg']) {
      t.equal((await bill(query)).status, 400, query)
    }
  })
})
