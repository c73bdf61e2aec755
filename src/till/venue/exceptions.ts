// What a manager should look at.
import { Type } from 'typebox'
import { exceptionKind, exceptionKinds } from '../../domain/orders/exceptions.ts'
import { timeMs } from '../../domain/time.ts'
import { limits } from '../../limits.ts'
import { readExceptions, type ExceptionRow } from '../../store/orders/exceptions.ts'
import { MANAGERS, operation } from '../kit/operation.ts'
import { Fields, OneOf, Sum, Time } from '../kit/shapes.ts'

const Text = Type.Optional(Type.String())

export const ExceptionShape = Fields(
  {
    kind: OneOf(exceptionKinds, {
      description:
        'TakenOffAfterBill: voided, moved or discounted after the bill was printed. LineVoided: ' +
        'also a lowered quantity.',
    }),
    orderId: Type.String(),
    orderName: Text,
    sequence: Type.Optional(Type.Integer({ description: "Of the entry in the order's history." })),
    at: Time,
    action: Type.String(),
    detail: Type.Object({}),
    changeMinor: Type.Optional({ ...Sum, description: 'What it changed the total by.' }),
    billPrintedAt: Type.Optional(Time),
    waiterId: Text,
    deviceId: Text,
    product: Text,
  },
  { title: 'Exception' },
)

export const exceptionOperations = [
  operation({
    id: 'listExceptions',
    does: 'read',
    method: 'GET',
    path: '/exceptions',
    summary: 'What a manager should look at, newest first',
    description:
      'Voids and lowered quantities, discounts, what left an order after its bill was printed, ' +
      'payments that were voided or refunded, locks broken by force, tips above the bill.',
    tag: 'Days',
    roles: MANAGERS,
    query: Fields({ since: Time }),
    answer: Fields({ rows: Type.Array(ExceptionShape) }),
    run: async ({ database, caller, query: { since } }) => {
      const rows = await readExceptions(database, caller.locationId, {
        since: new Date(timeMs(since, 'since')),
        most: limits.exceptionRows,
      })
      return { body: { rows: rows.flatMap(exceptionView) } }
    },
  }),
]

function exceptionView(row: ExceptionRow): object[] {
  const { name, at, action, billPrintedAt } = row
  const changeMinor = row.changeMinor ?? undefined
  const kind = exceptionKind({ action, changeMinor, isBillPrinted: billPrintedAt !== null })
  if (kind === undefined) return []
  return [
    {
      kind,
      orderId: row.orderId,
      orderName: name ?? undefined,
      sequence: row.sequence ?? undefined,
      at: at.toISOString(),
      action,
      detail: row.detail,
      changeMinor,
      billPrintedAt: billPrintedAt?.toISOString(),
      waiterId: row.waiterId ?? undefined,
      deviceId: row.deviceId ?? undefined,
      product: row.product ?? undefined,
    },
  ]
}
