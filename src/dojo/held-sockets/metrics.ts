// What an operator watches of the sockets. That one is open does not say that Dojo uses it, so
// there is a gauge of those that have lately answered a request too.
import { Counter, Gauge, type Registry } from 'prom-client'
import { verdictOn } from '../../lib/web-socket/endings.ts'
import { limits } from '../../limits.ts'
import type { VenueSocket } from './venue-socket.ts'

export interface SocketMetrics {
  countEnding: (reason: string) => void
  countBadMessage: (kind: string) => void
}

/** @param name what the metrics begin with: `epos_socket`, or that of another kind of socket */
export function createSocketMetrics(
  registry: Registry,
  name: 'epos_socket' | 'epos_counter_socket',
  held: () => VenueSocket[],
): SocketMetrics {
  const registers = [registry]
  const gauge = (of: string, help: string, value: () => number): void => {
    void new Gauge({
      name: `${name}${of}`,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  void new Gauge({
    name: `${name}s`,
    help: 'Sockets to Dojo of this server, by state.',
    labelNames: ['state'],
    registers,
    collect() {
      this.reset()
      for (const state of STATES) this.set({ state }, 0)
      for (const { connection } of held()) this.inc({ state: connection?.state ?? 'refused' })
    },
  })
  gauge('s_serving', 'Sockets that answered a request in the last five minutes.', () =>
    held().reduce((count, { talk }) => count + Number(isServing(talk.servedAtMs)), 0),
  )
  gauge('_requests_in_flight', 'Requests through sockets that are worked on.', () =>
    held().reduce((count, { talk }) => count + talk.inFlight, 0),
  )
  const counter = <Label extends string>(of: string, help: string, label: Label): Counter<Label> =>
    new Counter({ name: `${name}_${of}_total`, help, labelNames: [label], registers })
  const endings = counter(
    'endings',
    'Sockets to Dojo that ended, or did not open, by reason.',
    'reason',
  )
  const reconnects = counter(
    'reconnects',
    'Sockets to Dojo that are connected again, by why the one before ended or did not open.',
    'reason',
  )
  const badMessages = counter(
    'bad_messages',
    'Messages from Dojo that are not requests, by kind.',
    'kind',
  )
  return {
    countEnding: (reason) => {
      endings.inc({ reason })
      if (!FINAL.includes(reason)) reconnects.inc({ reason })
    },
    countBadMessage: (kind) => {
      badMessages.inc({ kind })
    },
  }
}

/** After these no other socket is tried: this server closed it, or the key has to be set anew. */
const FINAL = [verdictOn({ cause: 'closed' }), verdictOn({ status: 401 })].map(
  ({ reason }) => reason,
)

const STATES = ['waiting', 'connecting', 'open', 'refused']

function isServing(servedAtMs: number | undefined): boolean {
  return servedAtMs !== undefined && performance.now() - servedAtMs < limits.socketServingMs
}
