// One attempt to deliver a webhook: no redirect is followed, no private address is connected to,
// and no answer is waited for longer than the limit.
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Agent, request, type Dispatcher } from 'undici'
import { isPrivateHost } from '../../../lib/private-address.ts'
import { limits } from '../../../limits.ts'

export interface Attempt {
  url: string
  headers: Record<string, string>
  body: string
}

/** `status` is of an answer; without an answer, `error` says why. */
export interface AttemptOutcome {
  isTaken: boolean
  status: number | undefined
  error: string | undefined
}

export interface WebhookSender {
  send: (attempt: Attempt) => Promise<AttemptOutcome>
  stop: () => Promise<void>
}

/** @param mayBePrivate whether private addresses are allowed */
export function createWebhookSender(mayBePrivate: boolean): WebhookSender {
  const agent = new Agent({
    connections: limits.webhooksInFlightPerOperatorEndpoint,
    connect: mayBePrivate ? {} : { lookup: lookupPublic },
    bodyTimeout: limits.webhookTimeoutMs,
    headersTimeout: limits.webhookTimeoutMs,
  })
  return {
    send: async (attempt) => await send(agent, attempt),
    stop: async () => {
      await agent.destroy()
    },
  }
}

async function send(
  dispatcher: Dispatcher,
  { url, headers, body }: Attempt,
): Promise<AttemptOutcome> {
  try {
    const { statusCode: status, body: answer } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'epos-webhooks' },
      body,
      signal: AbortSignal.timeout(limits.webhookTimeoutMs),
    })
    await answer.dump({ limit: limits.webhookMaxAnswerBytes })
    const isTaken = status >= 200 && status < 300
    return { isTaken, status, error: isTaken ? undefined : `It answered ${status}.` }
  } catch (error) {
    return { isTaken: false, status: undefined, error: inWords(error as Error) }
  }
}

function inWords(error: Error & { code?: string }): string {
  if (error.name === 'TimeoutError') {
    return `It did not answer within ${limits.webhookTimeoutMs / 1000} seconds.`
  }
  return `It could not be reached: ${error.code ?? error.message}`.slice(
    0,
    limits.maxLoggedMessageCharacters,
  )
}

/** Where a name leads to is decided once, here, and that is where the connection goes. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { family: options.family, all: true }, (error, addresses) => {
    const found = addresses?.find(({ address }) => !isPrivateHost(address))
    if (error !== null || found === undefined) {
      const refused = Object.assign(new Error('a private address'), { code: 'EPRIVATE' })
      callback(error ?? refused, '')
    } else if (options.all === true) callback(null, [found])
    else callback(null, found.address, found.family)
  })
}
