// What went over the wire, as a list, one by one, as a log to keep, and live.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import { limits } from '../limits.ts'
import type { Live } from '../wire/live.ts'
import type { Wire } from '../wire/wire.ts'
import { authenticate } from './authentication.ts'

export function serveWire(
  app: FastifyInstance,
  simulation: Simulation,
  { wire, live }: { wire: Wire; live: Live },
): void {
  app.get('/sandbox/wire', async (request) => ({
    calls: wire.list(authenticate(simulation, request)),
  }))
  app.get('/sandbox/wire.json', async (request, reply) => {
    const calls = wire.entries(authenticate(simulation, request))
    return await reply.type('application/json').send(`${JSON.stringify({ calls }, null, 2)}\n`)
  })
  app.get<{ Params: { number: string } }>('/sandbox/wire/:number', async (request) => {
    const { number } = request.params
    const entry = wire.find(authenticate(simulation, request), Number(number))
    if (entry !== undefined) return entry
    throw new Problem(
      404,
      `There is no call ${number}. The newest ${limits.maxWireEntries} are kept; ` +
        'GET /sandbox/wire lists them.',
    )
  })
  serveStream(app, simulation, live)
}

/** Their bodies hold the credential of the EPOS, or what webhooks are signed with. */
const WITH_SECRETS = /^(EposIntegrations|Webhooks)_/
/** The tester's own page asks for these. */
const OF_THE_TESTER = /^Flows_/

/** Keeps what the EPOS asks of Dojo. A call whose connection was cut has no answer to keep. */
export function recordDojoCalls(app: FastifyInstance, simulation: Simulation, wire: Wire): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { operation } = request.routeOptions.config as { operation?: string }
    const isKept = operation !== undefined && !OF_THE_TESTER.test(operation)
    if (!isKept || reply.statusCode === 401) return
    const isSecret = WITH_SECRETS.test(operation)
    const call = {
      name: operation,
      method: request.method,
      path: request.url,
      sent: isSecret ? undefined : request.body,
      status: reply.statusCode,
      received: isSecret || typeof payload !== 'string' ? '' : payload,
      milliseconds: reply.elapsedTime,
    }
    wire.recordDojoCall(authenticate(simulation, request), call, simulation.clock.now())
  })
}

/** Server-sent events. A page that connects again reads everything anew. */
function serveStream(app: FastifyInstance, simulation: Simulation, live: Live): void {
  const open = new Set<FastifyReply>()
  app.addHook('preClose', async () => {
    for (const reply of open) reply.raw.end()
  })
  app.get('/sandbox/stream', async (request, reply) => {
    const { key } = authenticate(simulation, request)
    const { raw } = reply.hijack()
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const write = (text: string): void => {
      if (raw.writableLength > limits.maxStreamBacklogBytes) raw.destroy()
      else raw.write(text)
    }
    write(': live\n\n')
    open.add(reply)
    const end = live.subscribe(key, (type, data) => {
      write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
    })
    const heartbeat = setInterval(() => {
      write(':\n\n')
    }, limits.streamHeartbeatMs)
    raw.on('close', () => {
      clearInterval(heartbeat)
      end()
      open.delete(reply)
    })
    return await reply
  })
}
