// A typed client of the part of the Dojo API that openapi/dojo-api.yaml describes.
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { EnvHttpProxyAgent, type Dispatcher } from 'undici'
import {
  dojoOperations,
  type DojoInput,
  type DojoOperation,
  type DojoOperationName,
  type DojoOutput,
} from '../../contract/dojo-api.ts'
import { limits } from '../../limits.ts'
import { bodyOf, problemOf } from './answer.ts'
import { DojoRefusal } from './errors.ts'
import { requestOf, type Sender } from './request.ts'
import { sendUntilAnswered } from './send.ts'

export interface DojoClientOptions extends Sender {
  connectTimeoutMs?: number
  /** For the headers of an answer, and again for each pause in its body. */
  replyTimeoutMs?: number
  /** Connections that several clients share; their creator closes them. */
  agent?: Dispatcher
  /** At most, for a call that Dojo does not answer. */
  attempts?: number
  /** Waits between two attempts. */
  delay?: (ms: number) => Promise<unknown>
  /** Hears the headers of every answer, including those that are tried again. */
  onAnswer?: (headers: IncomingHttpHeaders) => void
}

export interface CallOptions {
  /**
   * Makes a call that changes something safe to repeat. Stored before the first attempt, so that it
   * outlives this process.
   */
  idempotencyKey?: string
  /** What no message may contain, besides the key. */
  secrets?: readonly string[]
  /** For the whole call, all attempts included. */
  timeoutMs?: number
}

export interface DojoClient {
  /** @throws DojoRefusal, DojoUnreachable, DojoUnreadable; their messages never contain the key */
  call: <Name extends DojoOperationName>(
    name: Name,
    input: DojoInput<Name>,
    options?: CallOptions,
  ) => Promise<DojoOutput<Name>>
  close: () => Promise<void>
}

/** Keep-alive connections to Dojo, through HTTP_PROXY, HTTPS_PROXY and NO_PROXY where set. */
export function createDojoAgent({
  connectTimeoutMs = limits.dojoConnectTimeoutMs,
  replyTimeoutMs = limits.dojoReplyTimeoutMs,
}: Pick<DojoClientOptions, 'connectTimeoutMs' | 'replyTimeoutMs'> = {}): Dispatcher {
  return new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs },
    headersTimeout: replyTimeoutMs,
    bodyTimeout: replyTimeoutMs,
    maxResponseSize: limits.dojoMaxAnswerBytes,
  })
}

export function createDojoClient(options: DojoClientOptions): DojoClient {
  const { apiUrl, key, attempts = limits.dojoAttempts, delay = wait, onAnswer } = options
  const agent = options.agent ?? createDojoAgent(options)
  const connection = { apiUrl, agent, attempts, delay, onAnswer }
  return {
    call: async (name, input, { idempotencyKey, secrets = [], timeoutMs } = {}) => {
      const operation = operationOf(name)
      const request = requestOf(
        options,
        operation,
        input as Record<string, unknown>,
        idempotencyKey,
      )
      const answer = await sendUntilAnswered(connection, request, timeoutMs)
      const { status, text, mayBeDone, retryAfterMs } = answer
      if (status < 200 || status > 299) {
        const problem = problemOf(text, [key, ...secrets])
        throw new DojoRefusal(request.name, status, problem, { mayBeDone, retryAfterMs })
      }
      return bodyOf(request.name, operation, answer) as DojoOutput<typeof name>
    },
    close: async () => {
      if (options.agent === undefined) await agent.destroy()
    },
  }
}

function operationOf(name: DojoOperationName): DojoOperation {
  return dojoOperations.find((operation) => operation.name === name)!
}
