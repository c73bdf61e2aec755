// The Dojo API as openapi/dojo-api.yaml has it: each operation a route, each request checked, each
// fault a problem.
import { setTimeout as wait } from 'node:timers/promises'
import type { ValidateFunction } from 'ajv'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  dojoOperations,
  type DojoInput,
  type DojoOperation,
  type DojoOperationName,
  type DojoOutput,
} from '../../contract/dojo-api.ts'
import type { RawParameter } from '../../contract/openapi.ts'
import { compileSchema, describeFault } from '../../contract/validation.ts'
import { putRest, putWs, restIntegrations, wsIntegrations } from '../dojo/integrations.ts'
import * as intents from '../dojo/payment-intents.ts'
import { submitEvent } from '../dojo/epos-events.ts'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Account } from '../dojo/state.ts'
import * as terminals from '../dojo/terminal-sessions.ts'
import type { Tester } from '../runs/tester.ts'
import * as webhooks from '../dojo/webhooks.ts'
import type { Simulation } from '../dojo/simulation.ts'

type Handler<Name extends DojoOperationName> = (
  account: Account,
  input: DojoInput<Name>,
  headers: FastifyRequest['headers'],
) => DojoOutput<Name>
type Handlers = { [Name in DojoOperationName]: Handler<Name> }

/** An operation without a handler does not compile. */
const createHandlers = (simulation: Simulation, tester: Tester): Handlers => ({
  PaymentIntents_CreatePaymentIntent: (account, input) =>
    intents.createIntent(simulation, account, input).shown,
  PaymentIntents_Get: (account, { paymentIntentId, returnCanceled }) =>
    intents.shownIntent(account, paymentIntentId, returnCanceled === true).shown,
  PaymentIntents_Search: (account, input) => intents.searchIntents(account, input),
  PaymentIntents_GetRefundById: (account, { refundId }) => intents.refundOf(account, refundId),
  PaymentIntents_Delete: (account, { paymentIntentId }) =>
    changed(account, paymentIntentId, (record) => {
      intents.cancelIntent(simulation, account, record)
    }),
  PaymentIntents_SetCustomAmount: (account, input) =>
    changed(account, input.paymentIntentId, (record) => {
      intents.setAmount(simulation, record, input)
    }),
  PaymentIntents_SetTipsAmount: (account, input) =>
    changed(account, input.paymentIntentId, (record) => {
      intents.setTips(simulation, record, input)
    }),
  Captures_Create: (account, input) =>
    intents.capture(simulation, account, intents.intentOf(account, input.paymentIntentId), input),
  Receipt_Create: (account, input) => {
    intents.sendReceipt(
      simulation,
      account,
      intents.intentOf(account, input.paymentIntentId),
      input,
    )
  },
  Refunds_Create: (account, input, headers) =>
    intents.refundForTill(
      simulation,
      account,
      intents.intentOf(account, input.paymentIntentId),
      input,
      String(headers['idempotencykey']),
    ),
  Reversal_Create: (account, { paymentIntentId }) =>
    intents.reverseForTill(simulation, account, intents.intentOf(account, paymentIntentId)),
  Webhooks_GetAllWebhooks: () => webhooks.webhookEvents(),
  Webhooks_GetAlSubscriptions: (account) => [...account.subscriptions.values()],
  Webhooks_Subscribe: (account, input) => webhooks.subscribe(simulation, account, input),
  Webhooks_SubscribeUpdate: (account, input) =>
    webhooks.changeSubscription(simulation, account, input),
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
  Terminals_ListTerminals: (account, { statuses }) => terminals.listTerminals(account, statuses),
  Terminals_GetTerminal: (account, { terminalId }) => terminals.terminalOf(account, terminalId),
  TerminalSession_Create: (account, input) =>
    terminals.createSession(simulation, account, input).shown,
  TerminalSession_Get: (account, { terminalSessionId }) =>
    terminals.sessionOf(account, terminalSessionId).shown,
  TerminalSession_Cancel: (account, { terminalSessionId }) =>
    terminals.cancelFromTill(simulation, account, terminals.sessionOf(account, terminalSessionId))
      .shown,
  TerminalSession_Signature: (account, { terminalSessionId, accepted }) =>
    terminals.decideSignature(
      simulation,
      account,
      terminals.sessionOf(account, terminalSessionId),
      accepted,
    ).shown,
  EposEvents_Submit: (account, input) => submitEvent(simulation, account, input),
  EposIntegrations_List: (account) => ({
    restIntegrations: restIntegrations(account),
    wsIntegrations: wsIntegrations(account),
  }),
  EposIntegrations_GetRest: (account) => restIntegrations(account),
  EposIntegrations_PutRest: (account, input) => putRest(simulation, account, input),
  EposIntegrations_GetWs: (account) => wsIntegrations(account),
  EposIntegrations_PutWs: (account, input) => putWs(simulation, account, input),
  Flows_List: () => tester.list(),
  Flows_Run: (account, { flow, params }) => tester.start(account, flow, params ?? {}),
  Flows_Get: (account, { flowId }) => tester.result(account, flowId),
})

function changed(
  account: Account,
  paymentIntentId: string,
  change: (record: ReturnType<typeof intents.intentOf>) => void,
): intents.ShownIntent {
  const record = intents.intentOf(account, paymentIntentId)
  change(record)
  return record.shown
}

const KEY = /^[Bb]asic (sk_sandbox_[A-Za-z0-9_-]{1,200})$/

/** The account of the key, which is sent as it is and not encoded. @throws Problem 401 */
export function authenticate(simulation: Simulation, request: FastifyRequest): Account {
  const key = KEY.exec(request.headers.authorization ?? '')?.[1]
  if (key === undefined) {
    throw new Problem(
      401,
      'The key is missing or of the wrong form. It is sent as `Authorization: Basic sk_sandbox_...`, not encoded.',
    )
  }
  return simulation.account(key)
}

export function serveDojo(
  app: FastifyInstance,
  simulation: Simulation,
  tester: Tester,
  onChange: () => void,
): void {
  const handlers = createHandlers(simulation, tester) as Record<
    DojoOperationName,
    Handler<DojoOperationName>
  >
  for (const operation of dojoOperations) {
    const read = createRequestReader(operation)
    app.route({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
      // Before the body is looked at: a stranger learns nothing from its faults.
      onRequest: async (request) => {
        authenticate(simulation, request)
      },
      handler: async (request, reply) => {
        const account = authenticate(simulation, request)
        if (await injectApiFault(simulation, account, operation.name, reply)) return await reply
        const answer = handlers[operation.name](account, read(request), request.headers)
        if (operation.method !== 'GET') onChange()
        if (answer === undefined) return await reply.status(204).send()
        return await reply.type('application/json').send(JSON.stringify(answer))
      },
    })
  }
}

/** Faults of the API itself. Resolves to true when nothing more is to be said. @throws Problem */
async function injectApiFault(
  simulation: Simulation,
  account: Account,
  name: string,
  reply: FastifyReply,
): Promise<boolean> {
  const faults = simulation.faultsOf(account)
  const slow = faults.take('api-slow', name)
  if (slow !== undefined) await wait(slow.delayMs ?? 0)
  if (faults.take('api-cut', name) !== undefined) {
    reply.hijack()
    reply.raw.destroy()
    return true
  }
  if (faults.take('api-401', name) !== undefined) {
    throw new Problem(401, 'The key was refused (a fault on demand).')
  }
  if (faults.take('api-429', name) !== undefined) {
    void reply.header('retry-after', '1')
    throw new Problem(429, 'Too many requests (a fault on demand).')
  }
  if (faults.take('api-500', name) !== undefined) {
    throw new Problem(500, 'The Dojo API failed (a fault on demand).')
  }
  return false
}

// --- requests

/** Checks a request against the document, and puts its parameters and its body together. */
function createRequestReader({
  name,
  requiredHeaders,
  query,
  body,
}: DojoOperation): (request: FastifyRequest) => DojoInput<DojoOperationName> {
  // Compiled when first asked: most are not, and the sandbox starts the quicker.
  let checks:
    | {
        check: ValidateFunction | undefined
        queryChecks: Array<RawParameter & { check: ValidateFunction }>
      }
    | undefined
  return (request) => {
    checks ??= {
      check: body && compileSchema(body),
      queryChecks: query.map((parameter) => ({
        ...parameter,
        check: compileSchema(parameter.schema),
      })),
    }
    const { check, queryChecks } = checks
    for (const header of requiredHeaders) {
      if (request.headers[header.toLowerCase()] === undefined) {
        throw badRequest(`The header \`${header}\` is missing.`, { [header]: ['is required'] })
      }
    }
    const version = request.headers['version']
    if (version !== undefined && !isDate(String(version))) {
      throw badRequest('The header `version` is a date, as in 2026-02-27.', {
        version: ['must be a date'],
      })
    }
    const asked: Record<string, unknown> = {}
    for (const { name: field, schema, required, check: fits } of queryChecks) {
      const value = queryValue((request.query as Record<string, unknown>)[field], schema)
      if (value === undefined && required !== true) continue
      if (!fits(value)) {
        throw badRequest(`The query parameter \`${field}\` is wrong.`, {
          [field]: [describeFault(fits.errors).replace('The request body', 'it')],
        })
      }
      asked[field] = value
    }
    if (
      check !== undefined &&
      !check(name.startsWith('Webhooks_') ? loopbackAllowed(request.body) : request.body)
    ) {
      const fault = describeFault(check.errors)
      throw badRequest(fault, {
        [check.errors?.[0]?.instancePath.slice(1).replaceAll('/', '.') ?? '']: [fault],
      })
    }
    return {
      ...(request.body as object),
      ...asked,
      ...(request.params as object),
    } as DojoInput<DojoOperationName>
  }
}

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text)

function queryValue(text: unknown, { type }: { type?: unknown }): unknown {
  if (text === undefined) return undefined
  if (type === 'array') return [text].flat().flatMap((part) => String(part).split(','))
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/** A subscription wants HTTPS; here a server on the same machine may do without. */
function loopbackAllowed(body: unknown): unknown {
  const { url } = (body ?? {}) as { url?: unknown }
  if (typeof url !== 'string' || !URL.canParse(url)) {
    return typeof url === 'string' ? { ...(body as object), url: 'no address' } : body
  }
  const { protocol, hostname, username, password } = new URL(url)
  if (hostname === '' || username !== '' || password !== '') {
    return { ...(body as object), url: 'no address' }
  }
  return protocol === 'http:' && LOOPBACK.includes(hostname)
    ? { ...(body as object), url: url.replace(/^http:/, 'https:') }
    : body
}
