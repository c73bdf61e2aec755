// Certifies an EPOS that Dojo calls over a WebSocket: opens a gateway, waits until the EPOS
// connects to it, and plays the checklist through that connection.
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Simulation } from '../dojo/simulation.ts'
import type { Account } from '../dojo/state.ts'
import { GATEWAY_PATH } from '../gateway/gateway.ts'
import type { SocketTimes } from '../gateway/connection.ts'
import { limits } from '../limits.ts'
import { createApp } from '../server.ts'
import {
  chosenScenarios,
  createCertifierSimulation,
  offeredCapabilities,
  playChecklist,
  type Certificate,
  type ChecklistOptions,
} from './certifier.ts'
import { createTester } from './tester.ts'

export interface SocketCertifyOptions extends ChecklistOptions {
  host?: string
  /** 0 picks a free one. */
  port: number
  /** With which the EPOS connects. */
  key: string
  /** Called once the gateway listens, with the address to which the EPOS connects. */
  onListening?: (url: string) => void
  /** How long to wait for the EPOS. */
  firstConnectMs?: number
  /** Shortens the waits of the gateway in tests. */
  socketTimes?: Partial<SocketTimes>
}

/**
 * Whatever the EPOS does once it has connected is part of the certificate.
 * @throws Error when no scenario is chosen, the port is taken, or no EPOS connects
 */
export async function certifyOverSocket(options: SocketCertifyOptions): Promise<Certificate> {
  const { host = '127.0.0.1', port, key, onListening, socketTimes } = options
  const chosen = chosenScenarios(options, 'socket')
  const simulation = createCertifierSimulation(options, { key, socketTimes })
  const account = simulation.account(key)
  // It serves Dojo's API as well, for an EPOS that registers when it starts.
  const app = createApp(simulation, createTester(simulation), () => {})
  try {
    await app.listen({ host, port })
    const url = addressOf(app)
    onListening?.(url)
    await mustConnect(simulation, account, options)
    delete account.rest
    account.ws = {
      createdAt: simulation.clock.now(),
      capabilities: offeredCapabilities(simulation, options),
    }
    return await playChecklist({ chosen, simulation, account, options, url })
  } finally {
    simulation.gateway.end()
    await app.close()
    await simulation.close()
  }
}

function addressOf({ server }: FastifyInstance): string {
  const { address, family, port } = server.address() as AddressInfo
  return `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}${GATEWAY_PATH}`
}

/** @throws Error */
async function mustConnect(
  { gateway }: Simulation,
  account: Account,
  { firstConnectMs = limits.socketFirstConnectMs, isInterrupted }: SocketCertifyOptions,
): Promise<void> {
  const line = gateway.lineOf(account)
  const untilMs = performance.now() + firstConnectMs
  while (line.routed() === undefined) {
    if (isInterrupted?.() === true) throw new Error('Interrupted before an EPOS connected.')
    const leftMs = untilMs - performance.now()
    if (leftMs <= 0) {
      throw new Error(
        `No EPOS connected within ${firstConnectMs / 1000} s. It must open a WebSocket with the ` +
          'headers `Authorization: Basic sk_sandbox_...` (this key, not encoded) and ' +
          '`software-house-id`.',
      )
    }
    await line.nextConnection(Math.min(leftMs, limits.socketInterruptMs))
  }
}
