// What a till sent while Dojo's lock lasted, and waits for its end.
import { Type } from 'typebox'
import { Refusal } from '../../domain/errors.ts'
import type { Order } from '../../domain/orders/order.ts'
import { problemFields } from './problems.ts'
import { Fields, Sum, Time } from './shapes.ts'

/** A refusal that is not the answer itself. */
export const ProblemShown = Type.Object(
  { status: Type.Integer(), code: Type.String(), detail: Type.String() },
  { description: 'Why it was refused, as the problem of a single order says it.' },
)

export const WaitingShown = Fields(
  {
    version: Type.Integer({ description: "The till's." }),
    totalMinor: Type.Optional({ ...Sum, description: 'Left out: the order is to be closed.' }),
    since: Time,
    problem: Type.Optional(ProblemShown),
  },
  {
    description:
      "What a till with orders of its own sent while Dojo's lock lasted. It takes effect when " +
      'the lock ends, or `problem` says why it cannot.',
  },
)

export function waitingView({ mirrorWaiting: waiting }: Order): object | undefined {
  if (waiting === undefined) return undefined
  const { version, totalMinor, since, problem } = waiting
  return { version, totalMinor, since, problem: problem && problemView(problem) }
}

function problemView({
  type,
  reason,
  message,
  facts,
}: NonNullable<NonNullable<Order['mirrorWaiting']>['problem']>): object {
  return problemFields(new Refusal(type, reason, message, facts))
}
