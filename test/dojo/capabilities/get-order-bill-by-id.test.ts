import t from 'tap'
import type { Schemas } from '../../../src/contract/capabilities.ts'
import type { BillTemplate } from '../../../src/domain/paper/bill.ts'
import { setBillTemplate } from '../../../src/operator/settings.ts'
import {
  actionsOf,
  bar,
  gbp,
  holdOnTill,
  isRefused,
  lock,
  newOrder,
  newTables,
  newWaiter,
  noOrder,
  pay,
  read,
  setStatus,
} from '../../support/orders.ts'
import { startServer, type Venue } from '../../support/server.ts'

/**
 * What a clock on the wall says, some hours ahead of UTC, from the one moment to the other: mostly
 * the same twice.
 */
const wall = (from: number, to: number, hoursAhead: number): string[] =>
  [from, to].map((ms) => {
    const [date, time] = new Date(ms + hoursAhead * 3_600_000).toISOString().split('T') as [
      string,
      string,
    ]
    return `${date.split('-').reverse().join('/')} ${time.slice(0, 5)}`
  })

t.test('GetOrderBillById', async (t) => {
  const server = await startServer(t)
  const { venue, sql } = server
  const other = await server.newVenue('The White Hart')
  const [tableId = ''] = await newTables(server, venue, ['Table 5'])
  await newWaiter(server, venue, '42', { name: 'Becky' })
  const setTimeZone = async ({ locationId }: Venue, zone: string): Promise<void> => {
    await sql('UPDATE locations SET time_zone = $2 WHERE location_id = $1', [locationId, zone])
  }
  const bill = async (orderId: string) => await venue.call('GetOrderBillById', { orderId }, bar)
  const texts = ({ lines }: Schemas['BillSection']): string[] =>
    lines.flatMap(({ text }) => (text === undefined ? [] : [text.value]))
  await setTimeZone(venue, 'Etc/UTC')

  t.test('refuses an order that the venue does not have', async (t) => {
    const { id } = await newOrder(venue, 1_000)
    isRefused(t, await bill('ord_nobody'), 'NotFound', noOrder('ord_nobody'))
    isRefused(t, await other.call('GetOrderBillById', { orderId: id }), 'NotFound', noOrder(id))
  })

  t.test('a sensible one from the start', async (t) => {
    const { id } = await newOrder(venue, 1_000, {
      details: { orderType: 'DineIn', dineIn: { tableId, waiterId: '42' } },
      reference: 'INV-7',
    })
    await pay(venue, id, 400, { tipsAmount: gbp(50) })
    const from = Date.now()
    const { status, body } = await bill(id)
    const printed = wall(from, Date.now(), 0)
    t.equal(status, 200)
    t.same(body.order, await read(venue, id), 'the order in the middle, as it is read')
    t.same(body.header.lines.find(({ lineType }) => lineType === 'MerchantName')?.merchantName, {
      name: 'The Red Lion',
    })
    const said = texts(body.header).join('\n')
    for (const part of ['Table 5', 'INV-7', 'Becky']) t.match(said, part)
    t.ok(
      printed.some((moment) => said.includes(moment)),
      `${said} has the time`,
    )
    t.ok(body.footer.lines.length > 0)
    t.notMatch(
      JSON.stringify([body.header, body.footer]),
      /\{(table|waiter|reference|date|time)\}/,
      'no placeholder is left',
    )
  })

  t.test('what an order does not have is not printed', async (t) => {
    const { id } = await newOrder(venue, 1_000)
    const { body } = await bill(id)
    const lines = texts(body.header)
    t.ok(
      lines.length > 0 && lines.every((line) => /^\d\d\/\d\d\/\d{4} \d\d:\d\d$/.test(line)),
      'nothing but date and time',
    )
    const { id: stranger } = await newOrder(venue, 1_000, {
      details: { orderType: 'DineIn', dineIn: { waiterId: 'w-99' } },
    })
    t.match(
      texts((await bill(stranger)).body.header).join('\n'),
      /w-99/,
      'a waiter without a name is named by the id',
    )
  })

  t.test('a bill that nobody gets is on no record', async (t) => {
    const { id } = await newOrder(venue, 1_000)
    const rename = (from: string, to: string) =>
      `ALTER TABLE waiters RENAME COLUMN ${from} TO ${to}`
    for (const [name, breakIt, mend] of [
      ['the template cannot be read', rename('name', 'lost'), rename('lost', 'name')],
      [
        'the template cannot be filled in',
        "UPDATE locations SET time_zone = 'Mars/Olympus'",
        "UPDATE locations SET time_zone = 'Etc/UTC'",
      ],
    ] as const) {
      await sql(breakIt)
      t.match(await bill(id), { body: { errorType: 'UnexpectedError' } }, name)
      t.same(await actionsOf(server, id), ['Created'], name)
      await sql(mend)
    }
    t.equal((await bill(id)).status, 200)
    t.same(await actionsOf(server, id), ['Created', 'BillPrinted'])
  })

  t.test("the venue's own template", async (t) => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>'
    const template: BillTemplate = {
      header: [
        { lineType: 'Logo', logo: { svgImage: svg } },
        { lineType: 'MerchantName', merchantName: { name: 'The Red Lion' } },
        {
          lineType: 'MerchantAddress',
          merchantAddress: { addressLines: ['1 High Street', 'Camden'], postcode: 'NW1 0AA' },
        },
        {
          lineType: 'MerchantEmailAddress',
          merchantEmailAddress: { emailAddress: 'hello@example.com' },
        },
        {
          lineType: 'MerchantPhoneNumber',
          merchantPhoneNumber: { phoneNumber: '+44 20 7946 0000' },
        },
        { lineType: 'HorizontalLine', horizontalLine: { line: 'Double' } },
        {
          lineType: 'Text',
          text: {
            value: '{table}, {waiter}, {reference}',
            size: 'Header1',
            align: 'Left',
            bold: true,
          },
        },
        {
          lineType: 'Text',
          text: { value: '{date} {time}', size: 'Body', align: 'Right', bold: false },
        },
      ],
      footer: [
        { lineType: 'Image', image: { svgImage: svg, align: 'Center' } },
        {
          lineType: 'URL',
          url: {
            url: 'https://example.com/?bill={reference}',
            description: 'Rate {table}',
            showQr: true,
            showUrl: false,
          },
        },
        { lineType: 'TaxNumber', taxNumber: { name: 'VAT', number: '342 6287 32' } },
      ],
    }
    await setBillTemplate(server.store.database, venue.locationId, template)
    const { id } = await newOrder(venue, 1_000, {
      details: { orderType: 'DineIn', dineIn: { tableId, waiterId: '42' } },
      reference: 'INV 7',
    })
    // Fourteen hours ahead and eleven behind, both without summer time.
    for (const [zone, hoursAhead] of [
      ['Pacific/Kiritimati', 14],
      ['Pacific/Pago_Pago', -11],
      ['Etc/UTC', 0],
    ] as const) {
      await setTimeZone(venue, zone)
      const from = Date.now()
      const {
        body: { header, footer },
      } = await bill(id)
      const moment = header.lines[7]!.text!.value
      t.ok(wall(from, Date.now(), hoursAhead).includes(moment), `${moment} in ${zone}`)
      t.same(header.lines, [
        ...template.header.slice(0, 6),
        {
          lineType: 'Text',
          text: {
            value: 'Table 5, Becky, INV 7',
            size: 'Header1',
            align: 'Left',
            bold: true,
            emphasisBold: true,
          },
        },
        {
          lineType: 'Text',
          text: { value: moment, size: 'Body', align: 'Right', bold: false, emphasisBold: false },
        },
      ])
      t.same(footer.lines, [
        template.footer[0],
        {
          lineType: 'URL',
          url: {
            url: 'https://example.com/?bill=INV%207',
            description: 'Rate Table 5',
            showQr: true,
            showQR: true,
            showUrl: false,
            showURL: false,
          },
        },
        template.footer[2],
      ])
    }
    await setBillTemplate(server.store.database, venue.locationId, { header: [], footer: [] })
    const { body } = await bill(id)
    t.same(
      [body.header, body.order.id, body.footer],
      [{ lines: [] }, id, { lines: [] }],
      'nothing around it, if the venue wants nothing',
    )
  })

  t.test('whatever state the order is in, which gets a record and no change', async (t) => {
    const order = async (): Promise<string> => (await newOrder(venue, 1_000)).id
    const [locked, held, paid, canceled, failed] = [
      await order(),
      await order(),
      await order(),
      await order(),
      await order(),
    ]
    await lock(venue, locked, 'theirs', 60, { 'device-id': 'tm_garden' })
    await holdOnTill(server, venue, held)
    await pay(venue, paid, 1_000)
    await venue.call('CancelOrderById', { orderId: canceled })
    await setStatus(server, failed, 'Failed')
    for (const orderId of [locked, held, paid, canceled, failed]) {
      const [before, actions] = [await read(venue, orderId), await actionsOf(server, orderId)]
      for (let n = 0; n < 2; n++) {
        const { status, body } = await bill(orderId)
        t.equal(status, 200)
        t.same(body.order, before)
      }
      t.same(await read(venue, orderId), before)
      t.same(await actionsOf(server, orderId), [...actions, 'BillPrinted'], 'once')
    }
  })
})
