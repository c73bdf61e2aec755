// Calls an EPOS as Dojo does, measures each call, and checks each answer against the contract.
import type { CapabilityName, Input } from '../../contract/capabilities.ts'
import type { Faults } from '../kit/faults.ts'
import { limits } from '../limits.ts'
import { readAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { sendWithFaults } from './faulty-transport.ts'
import type { Caller, Transport } from './transport.ts'

export interface EposClient {
  /** @throws SimulatedCrash */
  call: <Name extends CapabilityName>(
    name: Name,
    input: Input<Name>,
    caller: Caller,
  ) => Promise<Exchange<Name>>
}

export interface EposClientOptions {
  timeoutMs?: number
  faults?: Faults
  /** Called after every call. */
  onExchange?: (exchange: Exchange) => void
}

/** `transportOf` says which way each call goes. */
export function createEposClient(
  transportOf: <Name extends CapabilityName>(name: Name, input: Input<Name>) => Transport,
  { timeoutMs = limits.eposTimeoutMs, faults, onExchange }: EposClientOptions = {},
): EposClient {
  return {
    call: async (name, input, caller) => {
      const outgoing = transportOf(name, input).prepare({
        name,
        input: input as Record<string, unknown>,
        caller,
      })
      const arrival =
        faults === undefined
          ? await outgoing.send()
          : await sendWithFaults(outgoing, faults, { name, timeoutMs })
      const { transport, method, path, sent } = outgoing
      const { milliseconds } = arrival
      const exchange = readAnswer(
        name,
        {
          capability: name,
          caller,
          transport,
          method,
          path,
          sent,
          milliseconds,
          contractErrors: [],
        },
        arrival,
      )
      onExchange?.(exchange)
      return exchange
    },
  }
}
