// What a venue prints above and below a bill, as tills send and see it.
import { Type } from 'typebox'
import { limits } from '../../limits.ts'
import { Fields } from './shapes.ts'

const BillLines = Type.Array(Type.Object({ lineType: Type.String() }), {
  maxItems: limits.maxBillLines,
  description:
    "Lines as in Dojo's EPOS contract. {table}, {waiter}, {reference}, {date} and {time} are " +
    'filled in.',
})
export const BillTemplateShape = Fields({ header: BillLines, footer: BillLines })
