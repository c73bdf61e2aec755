// A till that speaks JSON over HTTP, as small as one can be: amounts are floats, ids are integers.
// It keeps its checks over a restart.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Check } from '../../examples/http.ts'

interface KeptCheck extends Check {
  dojoId?: string
  cards: Record<string, { amount: number; tip: number }>
}

export interface HttpTill {
  url: () => string
  open: (table: string | null, total: number) => number
  checks: () => KeptCheck[]
  start: () => Promise<void>
  stop: () => Promise<void>
}

export function createHttpTill(): HttpTill {
  const checks = new Map<number, KeptCheck>()
  let server: Server | undefined
  let port = 0
  const open = (
    table: string | null,
    total: number,
    items = [{ n: 1, name: 'Set menu', qty: 1, sum: total }],
  ): number => {
    const id = checks.size + 1
    checks.set(id, { id, table, state: 'open', total, items, cash: [], cards: {} })
    return id
  }
  const settle = (check: KeptCheck): void => {
    const taken = [...Object.values(check.cards), ...check.cash]
    const paid = taken.reduce((sum, { amount }) => sum + amount, 0)
    check.state = paid > check.total - 0.005 ? 'closed' : 'open'
  }
  const answer = (method: string, path: string, body: any): unknown => {
    const [, kind, id, , paymentId] = path.split('/')
    if (method === 'GET') return [...checks.values()]
    if (kind === 'online-checks') {
      const known = [...checks.values()].find(({ dojoId }) => dojoId === id)
      if (known !== undefined) return known
      const total = body.items.reduce((sum: number, item: { sum: number }) => sum + item.sum, 0)
      const items = body.items.map((item: object, index: number) => ({ n: index + 1, ...item }))
      const check = checks.get(open(body.table, total, items))!
      check.dojoId = id!
      return check
    }
    const check = checks.get(Number(id))!
    if (method === 'DELETE') checks.delete(check.id)
    else check.cards[paymentId!] = body
    settle(check)
    return check
  }
  return {
    url: () => `http://127.0.0.1:${port}`,
    open,
    checks: () => [...checks.values()],
    start: async () => {
      server = createServer((request, response) => {
        void textOf(request).then((text) => {
          const body = text === '' ? undefined : JSON.parse(text)
          response.end(JSON.stringify(answer(request.method!, request.url!, body)))
        })
      })
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve))
      port = (server.address() as AddressInfo).port
    },
    stop: async () => {
      server!.closeAllConnections()
      await new Promise((resolve) => server!.close(resolve))
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
