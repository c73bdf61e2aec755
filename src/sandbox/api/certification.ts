// The checklist against the account's EPOS, with a button.
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Simulation } from '../dojo/simulation.ts'
import {
  certifiedProducts,
  type CertifiedProduct,
  type Certifications,
} from '../runs/certification.ts'
import { authenticate } from './authentication.ts'
import { bodyOf } from './bodies.ts'

const startBody = Type.Object(
  { product: Type.Unsafe<CertifiedProduct>({ type: 'string', enum: [...certifiedProducts] }) },
  { additionalProperties: false },
)

export function serveCertification(
  app: FastifyInstance,
  simulation: Simulation,
  certifications: Certifications,
): void {
  const path = '/sandbox/certification'
  app.get(path, async (request) => certifications.view(authenticate(simulation, request)))
  app.post(path, async (request) =>
    certifications.start(authenticate(simulation, request), bodyOf(startBody, request).product),
  )
  app.delete(path, async (request) => certifications.stop(authenticate(simulation, request)))
  app.get(`${path}/report.md`, async (request, reply) => {
    const text = certifications.report(authenticate(simulation, request), 'markdown')
    return await reply.type('text/markdown; charset=utf-8').send(text)
  })
  app.get(`${path}/report.json`, async (request, reply) => {
    const text = certifications.report(authenticate(simulation, request), 'json')
    return await reply.type('application/json').send(text)
  })
}
