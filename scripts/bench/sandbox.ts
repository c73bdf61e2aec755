// How many times a second the stand-in for Dojo plays Pay at Table, every answer checked, against
// an EPOS in memory in a process of its own: what the sandbox can do, not what an EPOS can.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { registerableNames } from '../../src/contract/capabilities.ts'
import { payAtTable } from '../../src/sandbox/products/pay-at-table.ts'
import { createSandbox } from '../../src/sandbox/server.ts'
import { createRunner } from '../../src/sandbox/products/runner.ts'

interface Served {
  url: string
  username: string
  password: string
  orderIds: string[]
}

const AT_ONCE = 16

export interface SandboxFigures {
  startMs: number
  flowsPerSecond: number
  callsPerSecond: number
}

/** @throws Error unless every payment is recorded: a flow that fails fast would look fast */
export async function measureSandbox(flows: number): Promise<SandboxFigures> {
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../../test/sandbox/support/epos.ts', import.meta.url)),
      '--serve',
      '--orders',
      '50',
    ],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const line = await new Promise<string>((resolve) => {
    createInterface(child.stdout!).once('line', resolve)
  })
  const { orderIds, ...address } = JSON.parse(line) as Served
  const sandbox = await createSandbox({ seed: 1 })
  try {
    const { simulation: world } = sandbox
    const account = world.account('sk_sandbox_bench')
    const now = world.clock.now()
    account.rest = {
      ...address,
      createdAt: now,
      capabilities: registerableNames.map((name) => ({ name, version: 'v1', updatedAt: now })),
    }
    let calls = 0
    world.onExchange.add(() => {
      calls++
    })
    const play = async (index: number): Promise<void> => {
      const stage = createRunner({ simulation: world, account, seed: String(index) })
      const { payments } = await payAtTable(stage, {
        orderId: orderIds[index % orderIds.length]!,
        printBill: true,
        payments: [{ amountMinor: 100, tipsMinor: 10 }, { amountMinor: 100 }],
      })
      if (payments.some(({ outcome }) => outcome !== 'recorded')) {
        throw new Error('A payment was not recorded.')
      }
    }
    await inTurns(flows / 10, play)
    calls = 0
    const startedMs = performance.now()
    await inTurns(flows, play)
    await world.clock.idle()
    const seconds = (performance.now() - startedMs) / 1000
    return {
      startMs: await startMs(),
      flowsPerSecond: flows / seconds,
      callsPerSecond: calls / seconds,
    }
  } finally {
    await sandbox.close()
    child.kill()
  }
}

/** From the start of its process until it listens: the median of five. */
async function startMs(): Promise<number> {
  const starts: number[] = []
  for (let i = 0; i < 5; i++) {
    const beganMs = performance.now()
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../src/sandbox/main.ts', import.meta.url)), '--port', '0'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    await once(child.stderr!, 'data')
    starts.push(performance.now() - beganMs)
    child.kill()
    await once(child, 'close')
  }
  return starts.sort((a, b) => a - b)[2]!
}

async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < count) await work(next++)
    }),
  )
}
