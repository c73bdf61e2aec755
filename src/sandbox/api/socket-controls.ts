// What a test does to the WebSockets of an account: looks at them, closes them, stops reading.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { badRequest, Problem } from '../dojo/problem.ts'
import type { Simulation } from '../dojo/simulation.ts'
import { SERVICE_RESTART } from '../gateway/connection.ts'
import { GATEWAY_PATH } from '../gateway/gateway.ts'
import type { Line } from '../gateway/line.ts'
import { isCloseCode } from '../kit/faults.ts'
import { authenticate } from './authentication.ts'
import { bodyOf } from './bodies.ts'

const closeBody = Type.Object(
  { code: Type.Integer(), refuseMs: Type.Integer({ minimum: 0, maximum: 600_000 }) },
  { additionalProperties: false },
)

export function serveSocketControls(app: FastifyInstance, simulation: Simulation): void {
  app.get(GATEWAY_PATH, async () => {
    throw new Problem(426, 'This is the address of a WebSocket. Connect with ws://, not http://.')
  })
  app.get('/sandbox/socket', async (request) =>
    shown(simulation.gateway.lineOf(authenticate(simulation, request))),
  )
  app.post('/sandbox/socket/close', async (request) => {
    const line = simulation.gateway.lineOf(authenticate(simulation, request))
    const { code, refuseMs } = bodyOf(closeBody, { body: { ...defaults, ...(request.body ?? {}) } })
    if (!isCloseCode(code)) {
      throw badRequest(
        `${code} is not a close code. Use 1000 to 1014 without 1004, or 3000 to 4999.`,
        { code: ['is not a close code'] },
      )
    }
    line.closeAll(code, refuseMs)
    return shown(line)
  })
  app.post('/sandbox/socket/freeze', async (request) => {
    const line = simulation.gateway.lineOf(authenticate(simulation, request))
    for (const connection of line.connections()) connection.freeze()
    return shown(line)
  })
}

const defaults = { code: SERVICE_RESTART, refuseMs: 0 }

/** The newest, which gets the calls, is the last. */
const shown = (line: Line): object => ({
  isRefusing: line.isRefusing(),
  connections: line
    .connections()
    .map((connection) => ({
      number: connection.number,
      openForMs: Math.round(performance.now() - connection.openedMs),
      quietForMs: Math.round(connection.quietMs()),
      isFrozen: connection.isFrozen(),
    })),
})
