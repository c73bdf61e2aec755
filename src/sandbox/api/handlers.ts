// What each operation of the Dojo API does. An operation without a handler does not compile.
import type { FastifyRequest } from 'fastify'
import type {
  DojoInput,
  DojoOperationName,
  DojoOutput,
  DojoSchemas,
} from '../../contract/dojo-api.ts'
import { submitEvent } from '../dojo/epos-events.ts'
import { putRest, putWs, restIntegrations, wsIntegrations } from '../dojo/integrations.ts'
import { searchIntents } from '../dojo/intent-search.ts'
import * as intents from '../dojo/payment-intents.ts'
import { capture, reverseForTill } from '../dojo/captures.ts'
import { sendReceipt } from '../dojo/receipts.ts'
import { refundForTill, refundOf } from '../dojo/refunds.ts'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import * as sessions from '../dojo/terminal-sessions.ts'
import { listTerminals, terminalOf } from '../dojo/terminals.ts'
import * as webhooks from '../dojo/webhooks.ts'

export type Handler<Name extends DojoOperationName> = (
  account: Account,
  input: DojoInput<Name>,
  headers: FastifyRequest['headers'],
) => DojoOutput<Name>

/** The handlers of the operations whose names begin with one of these tags. */
type HandlersOf<Tag extends string> = {
  [Name in Extract<DojoOperationName, `${Tag}_${string}`>]: Handler<Name>
}
export type Handlers = { [Name in DojoOperationName]: Handler<Name> }

/** The tester tool, as the API needs it. */
export interface FlowTester {
  /** The flows for the transport over which the account's EPOS is registered. */
  list: (account: Account) => DojoSchemas['FlowDescription'][]
  /** Starts a flow and returns the id of its run. @throws Problem 400 */
  start: (account: Account, flow: string, params: Record<string, unknown>) => string
  /** @throws Problem 404 */
  result: (account: Account, flowId: string) => DojoSchemas['FlowResult']
}

export function createHandlers(simulation: Simulation, tester: FlowTester): Handlers {
  return {
    ...paymentIntentHandlers(simulation),
    ...settlementHandlers(simulation),
    ...webhookHandlers(simulation),
    ...terminalHandlers(simulation),
    ...eposHandlers(simulation),
    ...flowHandlers(tester),
  }
}

const paymentIntentHandlers = (simulation: Simulation): HandlersOf<'PaymentIntents'> => ({
  PaymentIntents_CreatePaymentIntent: (account, input) =>
    intents.createIntent(simulation, account, input).shown,
  PaymentIntents_Get: (account, { paymentIntentId, returnCanceled }) =>
    intents.visibleIntent(account, paymentIntentId, returnCanceled === true).shown,
  PaymentIntents_Search: (account, input) => searchIntents(account, input),
  PaymentIntents_GetRefundById: (account, { refundId }) => refundOf(account, refundId),
  PaymentIntents_Delete: (account, { paymentIntentId }) => {
    const record = intents.intentOf(account, paymentIntentId)
    intents.cancelIntent(simulation, account, record)
    return record.shown
  },
  PaymentIntents_SetCustomAmount: (account, input) => {
    const record = intents.intentOf(account, input.paymentIntentId)
    intents.setAmount(simulation, record, input)
    return record.shown
  },
  PaymentIntents_SetTipsAmount: (account, input) => {
    const record = intents.intentOf(account, input.paymentIntentId)
    intents.setTips(simulation, record, input)
    return record.shown
  },
})

const settlementHandlers = (
  simulation: Simulation,
): HandlersOf<'Captures' | 'Receipt' | 'Refunds' | 'Reversal'> => ({
  Captures_Create: (account, input) =>
    capture(simulation, account, intents.intentOf(account, input.paymentIntentId), input),
  Receipt_Create: (account, input) => {
    sendReceipt(simulation, account, intents.intentOf(account, input.paymentIntentId), input)
  },
  Refunds_Create: (account, input, headers) =>
    refundForTill(simulation, account, input, String(headers['idempotencykey'])),
  Reversal_Create: (account, { paymentIntentId }) =>
    reverseForTill(simulation, account, intents.intentOf(account, paymentIntentId)),
})

const webhookHandlers = (simulation: Simulation): HandlersOf<'Webhooks'> => ({
  Webhooks_GetAllWebhooks: () => webhooks.webhookEvents(),
  Webhooks_GetAlSubscriptions: (account) => [...account.subscriptions.values()],
  Webhooks_Subscribe: (account, input) => webhooks.subscribe(simulation, account, input),
  Webhooks_SubscribeUpdate: (account, input) =>
    webhooks.updateSubscription(simulation, account, input),
  Webhooks_DeleteSubscriptions: (account, { subscriptionId }) => {
    webhooks.unsubscribe(account, subscriptionId)
  },
  Webhooks_GetSecrets: (account, { subscriptionId }) => webhooks.secretsOf(account, subscriptionId),
  Webhooks_GenerateSecret: (account, { subscriptionId }) =>
    webhooks.generateSecret(simulation, account, subscriptionId),
  Webhooks_ActivateSecret: (account, { subscriptionId, secretId }) => {
    webhooks.activateSecret(account, subscriptionId, secretId)
  },
  Webhooks_DeleteSecret: (account, { subscriptionId, secretId }) => {
    webhooks.deleteSecret(account, subscriptionId, secretId)
  },
})

const terminalHandlers = (simulation: Simulation): HandlersOf<'Terminals' | 'TerminalSession'> => ({
  Terminals_ListTerminals: (account, { statuses }) => listTerminals(account, statuses),
  Terminals_GetTerminal: (account, { terminalId }) => terminalOf(account, terminalId),
  TerminalSession_Create: (account, input) =>
    sessions.createSession(simulation, account, input).shown,
  TerminalSession_Get: (account, { terminalSessionId }) =>
    sessions.sessionOf(account, terminalSessionId).shown,
  TerminalSession_Cancel: (account, { terminalSessionId }) => {
    const session = sessions.sessionOf(account, terminalSessionId)
    return sessions.cancelFromTill(simulation, account, session).shown
  },
  TerminalSession_Signature: (account, { terminalSessionId, accepted }) => {
    const session = sessions.sessionOf(account, terminalSessionId)
    return sessions.decideSignature(simulation, account, session, accepted).shown
  },
})

const eposHandlers = (simulation: Simulation): HandlersOf<'EposEvents' | 'EposIntegrations'> => ({
  EposEvents_Submit: (account, input) => submitEvent(simulation, account, input),
  EposIntegrations_List: (account) => ({
    restIntegrations: restIntegrations(account),
    wsIntegrations: wsIntegrations(account),
  }),
  // Dojo runs none of its own here.
  EposIntegrations_GetDojo: () => [],
  EposIntegrations_GetRest: (account) => restIntegrations(account),
  EposIntegrations_PutRest: (account, input) => putRest(simulation, account, input),
  EposIntegrations_GetWs: (account) => wsIntegrations(account),
  EposIntegrations_PutWs: (account, input) => putWs(simulation, account, input),
})

const flowHandlers = (tester: FlowTester): HandlersOf<'Flows'> => ({
  Flows_List: (account) => tester.list(account),
  Flows_Run: (account, { flow, params }) => tester.start(account, flow, params ?? {}),
  Flows_Get: (account, { flowId }) => tester.result(account, flowId),
})
