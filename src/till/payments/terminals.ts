// The card machines of the venue.
import { Type } from 'typebox'
import { setTerminal } from '../../actions/payments/set-terminal.ts'
import { judge, lastAttempt } from '../../domain/payments/card-payment.ts'
import { readAllUnderWay } from '../../store/payments/card-payments.ts'
import { readTerminalSettings } from '../../store/payments/terminals.ts'
import { MANAGERS, operation, STAFF } from '../kit/operation.ts'
import { Fields, Id, Label } from '../kit/shapes.ts'

const tag = 'Card machines'

const TerminalShape = Fields(
  {
    id: Type.String(),
    name: Type.Optional(Type.String()),
    tid: Type.Optional(Type.String({ description: 'As printed on receipts.' })),
    status: Type.String({
      description: "Dojo's: Available, InUse or Offline. Unlisted: Dojo does not list it.",
    }),
    preferred: Type.Boolean({ description: 'Used where a card payment names no machine.' }),
    hidden: Type.Boolean(),
    cardPaymentId: Type.Optional(Type.String({ description: 'What a till takes on it now.' })),
    orderId: Type.Optional(Type.String()),
  },
  { title: 'Terminal' },
)

const Settings = Fields({
  name: Type.Optional(Label),
  preferred: Type.Optional(Type.Boolean()),
  hidden: Type.Optional(Type.Boolean()),
})

export const terminalOperations = [
  operation({
    id: 'listTerminals',
    does: 'read',
    method: 'GET',
    path: '/terminals',
    asksDojo: true,
    summary: "The venue's card machines, preferred ones first",
    description: 'As Dojo lists them now. Hidden ones come only with hidden=true.',
    tag,
    roles: STAFF,
    query: Fields({ hidden: Type.Optional(Type.Boolean()) }),
    answer: Fields({ rows: Type.Array(TerminalShape) }),
    run: async ({ database, caller, deps, query }) => {
      const { locationId } = caller
      const [listed, settings, underWay] = await Promise.all([
        deps.cardMachines.list(locationId),
        readTerminalSettings(database, locationId),
        readAllUnderWay(database, locationId),
      ])
      const known = new Map(settings.map((each) => [each.terminalId, each]))
      const rows = listed.map(({ terminalId, tid, status }) => {
        const { name, hidden = false, preferred = false } = known.get(terminalId) ?? {}
        const busy = underWay.find(({ payment }) => isAtWork(payment, terminalId))?.payment
        const at = { cardPaymentId: busy?.cardPaymentId, orderId: busy?.orderId }
        return { id: terminalId, name: name ?? undefined, tid, status, preferred, hidden, ...at }
      })
      const shown = rows.filter(({ hidden }) => query.hidden === true || !hidden)
      shown.sort((a, b) => Number(b.preferred) - Number(a.preferred))
      return { body: { rows: shown } }
    },
  }),

  operation({
    id: 'setTerminal',
    does: 'write',
    method: 'PUT',
    path: '/terminals/{terminalId}',
    summary: 'Names, prefers or hides a card machine',
    description: 'What is left out is cleared. One machine at a time is preferred.',
    tag,
    roles: MANAGERS,
    params: Fields({ terminalId: Id }),
    body: Settings,
    answer: Fields({
      id: Type.String(),
      name: Type.Optional(Type.String()),
      preferred: Type.Boolean(),
      hidden: Type.Boolean(),
    }),
    run: async ({ tx, caller, params: { terminalId }, body }) => {
      const { name, preferred = false, hidden = false } = body
      await setTerminal(tx, caller.locationId, { terminalId, name, preferred, hidden })
      return { body: { id: terminalId, name, preferred, hidden } }
    },
  }),
]

/** Whether the machine still works on a card payment. */
function isAtWork(payment: Parameters<typeof judge>[0], terminalId: string): boolean {
  const last = lastAttempt(payment)
  return last?.terminalId === terminalId && last.overAtMs === undefined
}
