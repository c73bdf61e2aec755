// The bill as it would be printed with a template that is not saved yet.
import { Type } from 'typebox'
import { sampleOrder } from '../../domain/orders/sample-order.ts'
import { checkBillTemplate } from '../../domain/paper/bill.ts'
import { readNow, readOrder } from '../../store/orders/read-order.ts'
import { BillTemplateShape } from '../kit/bill-template.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, Id } from '../kit/shapes.ts'
import { BillFormat, FilledIn, FORMATS, paperOf, renderedOf } from './rendering.ts'

export const billPreviewOperations = [
  operation({
    id: 'previewBill',
    does: 'read',
    method: 'POST',
    path: '/venue/bill-template/preview',
    summary: 'A bill as it would be printed with this template',
    description:
      'Drawn by what draws every bill, and nothing is saved. Of the order named, or else of a ' +
      "sample that is priced by the venue's settings. Formats as for the bill of an order.",
    tag: 'Venue',
    roles: MANAGERS,
    query: Fields({ format: Type.Optional(BillFormat), orderId: Type.Optional(Id) }),
    body: BillTemplateShape,
    answer: Fields({ header: FilledIn, footer: FilledIn }),
    textTypes: Object.values(FORMATS).map(({ type }) => type),
    run: async ({ database, caller, query: { format, orderId }, body }) => {
      const template = checkBillTemplate(body)
      const nowMs = await readNow(database)
      const now =
        orderId === undefined
          ? { order: sampleOrder(caller, nowMs), nowMs }
          : await readOrder(database, caller.locationId, orderId)
      const rendered = await renderedOf(database, caller, now, template)
      if (format !== undefined) {
        return paperOf(now.order, rendered, { currency: caller.currency, format })
      }
      return { body: { header: rendered.header.lines, footer: rendered.footer.lines } }
    },
  }),
]
