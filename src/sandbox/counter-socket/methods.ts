// What an EPOS may ask through the socket for the counter, and what is done.
import { fieldsOf } from '../../contract/counter-document.ts'
import type { CounterMethod, CounterParams, CounterResult } from '../../contract/counter-socket.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { listTerminals } from '../dojo/terminals.ts'
import {
  cancelPayment,
  capturePayment,
  createPayment,
  createRefund,
  judgeSignature,
  Refused,
  shownTerminal,
  stateOf,
  updatePayment,
} from './payments.ts'

interface Asking {
  simulation: Simulation
  account: Account
  eposId: string
}

type Methods = {
  [Method in CounterMethod]: (
    asking: Asking,
    params: CounterParams<Method>,
  ) => CounterResult<Method>
}

const methods: Methods = {
  CreatePayment: ({ simulation, account, eposId }, params) => {
    createPayment(simulation, account, eposId, params)
    return { paymentId: params.paymentId }
  },
  CreateRefund: ({ simulation, account, eposId }, params) => {
    createRefund(simulation, account, eposId, params)
    return { paymentId: params.paymentId }
  },
  CapturePayment: ({ simulation, account }, params) => {
    capturePayment(simulation, account, params)
    return { paymentId: params.paymentId }
  },
  UpdatePayment: ({ simulation, account }, params) => {
    updatePayment(simulation, account, params)
    return { paymentId: params.paymentId }
  },
  CancelPayment: ({ simulation, account }, params) => cancelPayment(simulation, account, params),
  GetPayment: ({ account }, { paymentId }) => stateOf(account, paymentId),
  connectedTerminals: ({ account }) => ({
    terminals: listTerminals(account, ['Available', 'InUse']).map(({ id }) =>
      shownTerminal(account, id),
    ),
  }),
  terminalDetails: ({ account }, { terminalId }) => shownTerminal(account, terminalId),
  signatureVerification: ({ simulation, account }, params) => {
    judgeSignature(simulation, account, params)
    return { paymentId: params.paymentId }
  },
}

/** @throws Refused */
export function answerTo(
  simulation: Simulation,
  { account, eposId }: Omit<Asking, 'simulation'>,
  method: string,
  params: Record<string, unknown>,
): object {
  if (!Object.hasOwn(methods, method)) {
    throw new Refused('INVALID_REQUEST', `There is no method ${method}.`)
  }
  const name = method as CounterMethod
  const { required, known } = fieldsOf(name)
  const missing = required.filter((field) => params[field] === undefined)
  const unknown = Object.keys(params).filter((field) => !known.includes(field))
  if (missing.length > 0 || unknown.length > 0) {
    const faults = [
      ...missing.map((field) => `${field} is missing`),
      ...unknown.map((field) => `${field} is not a field of it`),
    ]
    throw new Refused('INVALID_REQUEST', `${method}: ${faults.join(', ')}.`)
  }
  const asking = { simulation, account, eposId }
  return (methods[name] as (asking: Asking, params: unknown) => object)(asking, params)
}
