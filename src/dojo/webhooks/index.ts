// Dojo's webhooks: the events of HandleEvent by another way. There is no credential, only a
// signature over the bytes as they came, so it is checked before anything is parsed.
import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { parseJson } from '../../contract/json.ts'
import { WEBHOOK_PATH } from '../../contract/webhooks.ts'
import type { Origin, VenueCaller } from '../../domain/caller.ts'
import { takeBytes } from '../../http/bodies.ts'
import { notAuthenticated, sendAnswer, withStatus } from '../../http/errors.ts'
import { refuseOtherMethods, routerPath } from '../../http/methods.ts'
import { limits } from '../../limits.ts'
import type { Dispatch } from '../dispatch.ts'
import { isSignature, isSignedWith } from './signature.ts'

export interface WebhookSender {
  venue: Omit<VenueCaller, keyof Origin>
  /**
   * Each opens a secret that Dojo may have signed with.
   * @throws Error when it cannot be decrypted
   */
  secrets: readonly (() => string)[]
}

/** The venue that a webhook is for; undefined when it has no secret to check a signature with. */
export type FindSender = (locationId: string) => Promise<WebhookSender | undefined>

export interface WebhookOptions {
  dispatch: Dispatch
  findSender: FindSender
}

const NO_BODY = Buffer.alloc(0)

declare module 'fastify' {
  interface FastifyRequest {
    /** The venue in the URL of a webhook, with the secrets to check its signature. */
    sender: WebhookSender | null
  }
}

export async function dojoWebhooks(
  parent: FastifyInstance,
  { dispatch, findSender }: WebhookOptions,
): Promise<void> {
  await parent.register(async (app) => {
    takeBytes(app)
    app.decorateRequest('sender', null)
    app.post<{ Params: { locationId: string }; Body: Buffer | undefined }>(
      routerPath(WEBHOOK_PATH),
      {
        config: { serves: { api: 'webhook', name: 'HandleEvent' } },
        bodyLimit: limits.maxWebhookBytes,
        // Anybody may send here, so what can be refused without the body is refused before it.
        onRequest: async (request) => {
          request.sender = await senderOf(findSender, request)
        },
      },
      async (request, reply) => {
        const { body = NO_BODY } = request
        request.caller = { ...signerOf(request, body), product: 'Webhook' }
        // To a schema, no body at all is null.
        const event = body.length === 0 ? null : parseJson(body.toString())
        const { call, output, error } = await dispatch('HandleEvent', request.caller, event, {
          transport: 'webhook',
          traceId: request.id,
        })
        request.call = call
        return error === undefined ? output : sendAnswer(request, reply, withStatus(error))
      },
    )
    refuseOtherMethods(app, [{ method: 'POST', path: WEBHOOK_PATH }])
  })
}

/** One sentence, whatever is wrong. */
const wrongSignature = () =>
  notAuthenticated(
    'The header dojo-signature is missing or wrong: sign the body as it is sent, with the active ' +
      'secret of the subscription to this URL.',
    'dojo-signature',
    'signature',
  )

/**
 * The venue that the URL names. That an unknown one is refused sooner than a wrong signature gives
 * nothing away: the ids of venues are too random to be tried.
 * @throws HttpRefusal: no signature by its form, or no venue with a secret
 */
async function senderOf(
  findSender: FindSender,
  { params, headers }: { params: { locationId: string }; headers: IncomingHttpHeaders },
): Promise<WebhookSender> {
  const { locationId } = params
  if (!isSignature(headers['dojo-signature']) || locationId.includes('\0')) throw wrongSignature()
  const sender = await findSender(locationId)
  if (sender === undefined) throw wrongSignature()
  return sender
}

/** @throws HttpRefusal: none of the venue's secrets made the signature */
function signerOf(
  { sender, headers }: { sender: WebhookSender | null; headers: IncomingHttpHeaders },
  body: Buffer,
): WebhookSender['venue'] {
  const { venue, secrets } = sender!
  if (!isSigned(String(headers['dojo-signature']), body, secrets)) throw wrongSignature()
  return venue
}

/**
 * @throws Error when no secret fits and one cannot be decrypted: it may be signed with that one
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
