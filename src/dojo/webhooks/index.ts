// Dojo's webhooks: the events of HandleEvent on another way. There is no credential, the signature
// is believed and nothing else; it is of the bytes as they came, so they are looked at before
// anything is made of them.
import type { FastifyInstance } from 'fastify'
import type { Deps, Handler, VenueCaller } from '../capabilities/handler.ts'
import type { Schemas } from '../../contract/capabilities.ts'
import { parseJson } from '../../contract/json.ts'
import { compileComponent, describeFault } from '../../contract/validation.ts'
import { WEBHOOK_PATH } from '../../contract/webhooks.ts'
import { invalid } from '../../domain/errors.ts'
import { WrongSignature } from '../../http/errors.ts'
import { refuseOtherMethods } from '../../http/methods.ts'
import { isSignature, isSignedWith } from './signature.ts'

export interface WebhookSender {
  venue: Pick<VenueCaller, 'locationId' | 'currency' | 'cursorKey' | 'verifyPayments'>
  /** Each opens a secret that Dojo may have signed with. @throws Error when it does not open */
  secrets: readonly (() => string)[]
}

/** The venue that a webhook is for, undefined where none has a secret to believe. */
export type FindSender = (locationId: string) => Promise<WebhookSender | undefined>

export interface WebhookOptions {
  deps: Deps
  handleEvent: Handler<'HandleEvent'>
  findSender: FindSender
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route that Dojo calls without being asked for a capability. */
    webhook?: true
  }
}

const ROUTE = WEBHOOK_PATH.replace(/\{(\w+)\}/, ':$1')
const NOTHING = Buffer.alloc(0)

export async function dojoWebhooks(
  parent: FastifyInstance,
  { deps, handleEvent, findSender }: WebhookOptions,
): Promise<void> {
  await parent.register(async (app) => {
    app.decorateRequest('caller', null)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      '*',
      { parseAs: 'buffer' },
      async (_request: unknown, body: Buffer) => body,
    )

    app.post<{ Params: { locationId: string }; Body: Buffer | undefined }>(
      ROUTE,
      { config: { webhook: true } },
      async (request) => {
        const { params, headers, body = NOTHING } = request
        const venue = await senderOf(findSender, params.locationId, headers['dojo-signature'], body)
        const caller = { ...venue, product: 'Webhook' }
        request.caller = caller
        return await handleEvent(deps, caller, eventOf(body))
      },
    )
    refuseOtherMethods(app, { url: ROUTE, path: WEBHOOK_PATH, allowed: ['POST'] })
  })
}

/**
 * Where there is no venue a signature is compared all the same, with nobody's, so that it takes as
 * long.
 */
const NOBODY: WebhookSender['secrets'] = [() => '']

/** @throws WrongSignature alike for each way in which it is wrong */
async function senderOf(
  findSender: FindSender,
  locationId: string,
  signature: unknown,
  body: Buffer,
): Promise<WebhookSender['venue']> {
  if (!isSignature(signature) || locationId.includes('\0')) throw new WrongSignature()
  const sender = await findSender(locationId)
  const signed = isSigned(signature, body, sender?.secrets ?? NOBODY)
  if (sender === undefined || !signed) throw new WrongSignature()
  return sender.venue
}

/**
 * @throws Error when none fits of those that open, and one does not: with that one it may be signed
 */
function isSigned(signature: string, body: Buffer, secrets: WebhookSender['secrets']): boolean {
  const faults: unknown[] = []
  const fitting = secrets.filter((open) => {
    try {
      return isSignedWith(signature, body, open())
    } catch (fault) {
      faults.push(fault)
      return false
    }
  })
  if (fitting.length === 0 && faults.length > 0) throw faults[0]
  return fitting.length > 0
}

const isEvent = compileComponent('Event')

/** @throws UnreadableJson, or Refusal InvalidRequest that names the field */
function eventOf(body: Buffer): Schemas['Event'] {
  // No body at all is null to a schema, as on the other routes.
  const event = body.length === 0 ? null : parseJson(body.toString())
  if (!isEvent(event)) throw invalid(describeFault(isEvent.errors))
  return event as Schemas['Event']
}
