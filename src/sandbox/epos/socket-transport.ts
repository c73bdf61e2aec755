// Calls of an EPOS over the WebSocket that it has opened.
import { randomUUID } from 'node:crypto'
import type { Line } from '../gateway/line.ts'
import { limits } from '../limits.ts'
import { requestMessage } from './message.ts'
import type { Transport } from './transport.ts'

/** A call keeps its id when it is sent twice, as Dojo's repetitions do. */
export function createSocketTransport(
  line: Line,
  timeoutMs: number = limits.eposTimeoutMs,
): Transport {
  return {
    prepare: (call) => {
      // Not from the seed: an EPOS takes an id that it knows for a repetition.
      const id = randomUUID()
      const message = requestMessage(id, call)
      const lineCall = { id, name: call.name, text: JSON.stringify(message), timeoutMs }
      return {
        transport: 'socket',
        method: message.method,
        path: id,
        sent: message.params,
        send: async () => await line.send(lineCall),
        sendAndHangUp: async () => {
          line.sendAndCut(lineCall)
        },
      }
    },
    close: async () => {},
  }
}
