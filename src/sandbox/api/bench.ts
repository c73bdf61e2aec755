// Card machines that are touched over HTTP, below /sandbox/machines.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Bench } from '../bench/bench.ts'
import type { CardOutcome, TouchKey } from '../bench/views.ts'
import type { Simulation } from '../dojo/simulation.ts'
import { limits } from '../limits.ts'
import { authenticate } from './authentication.ts'
import { bodyOf } from './bodies.ts'

const KEYS: readonly TouchKey[] = [
  'waiter',
  'list',
  'choose',
  'bill',
  'pay',
  'tip',
  'card',
  'sign',
  'next',
  'back',
  'tear',
]
const OUTCOMES: readonly CardOutcome[] = [
  'approved',
  'declined',
  'signature',
  'slow',
  'answer-lost',
]

const touchBody = Type.Object(
  {
    key: Type.Unsafe<TouchKey>({ type: 'string', enum: KEYS }),
    waiterId: Type.Optional(Type.String({ maxLength: 100 })),
    orderId: Type.Optional(Type.String()),
    amountMinor: Type.Optional(Type.Integer({ minimum: 1 })),
    parts: Type.Optional(Type.Integer({ minimum: 1, maximum: limits.maxSplitParts })),
    tipMinor: Type.Optional(Type.Integer({ minimum: 0, maximum: 99_999_999 })),
    outcome: Type.Optional(Type.Unsafe<CardOutcome>({ type: 'string', enum: OUTCOMES })),
    accepted: Type.Optional(Type.Boolean()),
    paper: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
)

interface MachineParams {
  Params: { machineId: string }
}

export function serveBench(app: FastifyInstance, simulation: Simulation, bench: Bench): void {
  const path = '/sandbox/machines'
  app.get(path, async (request) => bench.view(authenticate(simulation, request)))
  app.post(path, async (request) => bench.add(authenticate(simulation, request)))
  app.delete<MachineParams>(`${path}/:machineId`, async (request) =>
    bench.remove(authenticate(simulation, request), request.params.machineId),
  )
  app.post<MachineParams>(
    `${path}/:machineId/touches`,
    async (request) =>
      await bench.touch(
        authenticate(simulation, request),
        request.params.machineId,
        bodyOf(touchBody, request),
      ),
  )
}
