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
const Printed = (description: string) => Type.Optional(Type.Boolean({ description }))
const AlsoPrint = Fields(
  {
    taxes: Printed('The taxes that the prices contain, by rate.'),
    options: Printed('Modifiers below their item; without them, its amount has theirs in it.'),
    payments: Printed('Each way it was paid, and the tips; without them, one sum.'),
    freeItems: Printed('Items that cost nothing.'),
  },
  {
    description:
      'What bills of this server say besides: all of it, but for what is false. Card machines of ' +
      'Dojo print the order in their own way.',
  },
)

export const BillTemplateShape = Fields({
  header: BillLines,
  footer: BillLines,
  alsoPrint: Type.Optional(AlsoPrint),
})
