// An EPOS Data server in memory: a second, small implementation of the whole contract, which shares
// no rule with the real one. It is correct unless a fault is switched on, so tests can show that a
// certifier finds each fault. `node test/sandbox/support/epos.ts --serve` runs it in a process.
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import {
  capabilityNames,
  type CapabilityName,
  type Schemas,
} from '../../../src/contract/capabilities.ts'
import { eposFaults, type BuiltInFault, type EposFault } from './epos-faults.ts'
import { createEposServer, type SeenRequest, type Service } from './epos-http.ts'
import {
  addOrder,
  newEpos,
  type AddedOrder,
  type EposOrder,
  type EposParty,
  type EposReservation,
  type EposTable,
} from './epos-state.ts'

export { eposFaults, type BuiltInFault, type EposFault }

export interface InMemoryEpos {
  url: string
  username: string
  password: string
  /** Its faults, which can be switched on and off while it runs. */
  faults: Set<EposFault>
  /** Its state, to look at or to change. */
  orders: Map<string, EposOrder>
  parties: Map<string, EposParty>
  reservations: Map<string, EposReservation>
  tables: Map<string, EposTable>
  areas: Map<string, Schemas['Area']>
  /** Adds an open order, of 50.00 by default, and returns its id. */
  addOrder: (options?: AddedOrder) => string
  /** The last 1000 requests that reached an operation, refused ones included. */
  seen: SeenRequest[]
  close: () => Promise<void>
}

export interface EposOptions {
  faults?: readonly EposFault[]
  username?: string
  password?: string
  /** What the venue does not register is answered as if it did not exist. */
  venue?: {
    currency?: string
    capabilities?: readonly CapabilityName[]
    /** Its Dojo account. Events of another account have no effect. */
    accountId?: string
  }
  /** Called before a request with the right credential is carried out; the answer waits for it. */
  onRequest?: (request: SeenRequest) => void | Promise<void>
}

export async function startEpos({
  faults = [],
  username = 'dojo',
  password = 'secret',
  venue = {},
  onRequest,
}: EposOptions = {}): Promise<InMemoryEpos> {
  const epos = newEpos(venue.currency ?? 'GBP', faults)
  epos.accountId = venue.accountId
  const service: Service = {
    epos,
    username,
    password,
    capabilities: new Set(venue.capabilities ?? capabilityNames),
    seen: [],
    onRequest,
  }
  const server = createEposServer(service)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { orders, parties, reservations, tables, areas } = epos
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    username,
    password,
    faults: epos.faults,
    orders,
    parties,
    reservations,
    tables,
    areas,
    addOrder: (options) => addOrder(epos, options),
    seen: service.seen,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

/** Lets time pass for the locks, so that no test waits for one to expire. */
export function ageLocks({ orders }: Pick<InMemoryEpos, 'orders'>) {
  return async (milliseconds: number): Promise<void> => {
    for (const { locks } of orders.values()) {
      for (const lock of locks) lock.expiresAtMs -= milliseconds
    }
  }
}

/** So large that no speed test pays it off. */
const LARGE_TOTAL_MINOR = 1_000_000_000

async function serve(): Promise<void> {
  const { orders } = parseArgs({
    options: { serve: { type: 'boolean' }, orders: { type: 'string', default: '1000' } },
    strict: true,
  }).values
  const epos = await startEpos()
  const orderIds = Array.from({ length: Number(orders) }, () =>
    epos.addOrder({ totalMinor: LARGE_TOTAL_MINOR }),
  )
  process.once('SIGTERM', () => {
    process.exit(0)
  })
  process.once('disconnect', () => {
    process.exit(0)
  })
  const { url, username, password } = epos
  process.stdout.write(`${JSON.stringify({ url, username, password, orderIds })}\n`)
}

if (import.meta.main && process.argv.includes('--serve')) await serve()
