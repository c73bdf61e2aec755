// Dojo asking through a socket, without a network: messages go to what answers them, as text. The
// tables of the capabilities run through it as well as over REST, and other tests through a real
// socket; see gateway.ts.
import { randomUUID } from 'node:crypto'
import type { CapabilityName, Input } from '../../src/contract/capabilities.ts'
import { methodOf, paramsFor, type RequestHeaders } from '../../src/contract/socket.ts'
import { Answering } from '../../src/dojo/socket/answering.ts'
import type { CallRecord } from '../../src/http/call.ts'
import type { Server } from '../../src/server.ts'
import { findCredential } from '../../src/store/venue/credentials.ts'

export interface SocketSeen {
  calls: CallRecord[]
  badMessages: string[]
  unexpected: unknown[]
}

export interface DirectSocket {
  answering: Answering
  seen: SocketSeen
  /** Resolves to what comes back; undefined when nothing does. */
  say: (text: string | undefined) => Promise<string | undefined>
  ask: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    more?: { headers?: RequestHeaders; id?: string | number },
  ) => Promise<string>
  /** From now on answers reach Dojo, or do not. */
  deliver: (isDelivered: boolean) => void
}

/** The socket of the venue that this credential opens. */
export async function directSocket(
  server: Pick<Server, 'dispatch' | 'store'>,
  { username }: { username: string },
): Promise<DirectSocket> {
  const { venue } = (await findCredential(server.store.database, username))!
  const seen: SocketSeen = { calls: [], badMessages: [], unexpected: [] }
  let isDelivered = true
  const answering = new Answering({
    dispatch: server.dispatch,
    onCall: (record) => seen.calls.push(record),
    onBadMessage: (_locationId, { kind }) => seen.badMessages.push(kind),
    unexpected: (_traceId, error) => seen.unexpected.push(error),
  })
  const say: DirectSocket['say'] = async (text) => {
    let answer: string | undefined
    answering.receive(text, venue, {
      send: (sent, onSent) => {
        answer = sent
        onSent(isDelivered)
      },
    })
    await answering.idle()
    return answer
  }
  return {
    answering,
    seen,
    say,
    ask: async (name, input, { headers = {}, id = randomUUID() } = {}) => {
      const { promise, resolve } = Promise.withResolvers<string>()
      const params = paramsFor(name, input, headers)
      const text = JSON.stringify({ jsonrpc: '2.0', id, method: methodOf(name), params })
      answering.receive(text, venue, {
        send: (sent, onSent) => {
          onSent(isDelivered)
          resolve(sent)
        },
      })
      return await promise
    },
    deliver: (delivered) => {
      isDelivered = delivered
    },
  }
}
