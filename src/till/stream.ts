// Server-sent events of a venue.
import type { FastifyInstance } from 'fastify'
import type { TillDeps } from './operation.ts'

export interface Stream { stop: () => Promise<void> }

export function serveStream (_app: FastifyInstance, _deps: TillDeps): void {}
