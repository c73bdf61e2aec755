// A till that speaks JSON over HTTP, with amounts as floats and ids as integers. This program
// stands between it and the server. Change the shapes and the four requests, and it is yours.
//
//   TILL_URL=http://till:9000 EPOS_URL=https://epos.example EPOS_TOKEN=till_... node http.ts
import { createTillClient, fromMinor, toMinor } from '../src/till-client/index.ts'
import {
  startAdapter,
  type InboxEntry,
  type Taken,
  type Till,
  type TillOrder,
} from '../src/adapter/index.ts'

/** A check as this till shows it. */
export interface Check {
  id: number
  table: string | null
  state: 'open' | 'closed'
  total: number
  items: { n: number; name: string; qty: number; sum: number }[]
  cash: { id: number; amount: number }[]
}

export function httpTill(tillUrl: string): Till {
  const call = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(tillUrl + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok) throw new Error(`The till answered ${response.status} to ${method} ${path}.`)
    return (await response.json()) as Answer
  }

  const orderOf = ({ id, table, state, total, items, cash }: Check): TillOrder => ({
    id: String(id),
    reference: String(id),
    tableId: table ?? undefined,
    lines: items.map(({ n, name, qty, sum }) => ({
      id: String(n),
      name,
      quantity: qty,
      amountMinor: toMinor(sum),
    })),
    totalMinor: toMinor(total),
    payments: cash.map(({ id, amount }) => ({
      id: String(id),
      tender: 'Cash',
      amountMinor: toMinor(amount),
    })),
    status: state === 'closed' ? 'Finalized' : undefined,
  })

  /** The till knows a payment by its id, so the same again replaces it; 0 takes it back. */
  const applyPayment = async ({ payment, order }: InboxEntry): Promise<void> => {
    const { id, amountMinor, refundedMinor, tipsMinor, voided } = payment!
    await call('PUT', `/checks/${order!.mirrorId}/card-payments/${id}`, {
      amount: voided ? 0 : Number(fromMinor(amountMinor - refundedMinor)),
      tip: voided ? 0 : Number(fromMinor(tipsMinor)),
    })
  }

  /** An order that Dojo made becomes a check, once: the till keeps Dojo's id with it. */
  const applyOrder = async ({ order }: InboxEntry): Promise<Taken> => {
    const { id, mirrorId, status, tableId, lines } = order!
    if (mirrorId !== undefined) {
      if (status === 'Canceled') await call('DELETE', `/checks/${mirrorId}`)
      return { mirrorId }
    }
    const check = await call<Check>('PUT', `/online-checks/${id}`, {
      table: tableId ?? null,
      items: lines.map(({ name, quantity, amountMinor }) => ({
        name,
        qty: quantity,
        sum: Number(fromMinor(amountMinor)),
      })),
    })
    return { mirrorId: String(check.id) }
  }

  return {
    openOrders: async () => (await call<Check[]>('GET', '/checks')).map(orderOf),
    apply: async (entry) => {
      if (entry.kind === 'payment') await applyPayment(entry)
      return entry.kind === 'order' ? await applyOrder(entry) : undefined
    },
  }
}

if (import.meta.main) {
  const { TILL_URL = 'http://127.0.0.1:9000', EPOS_TOKEN: token = '' } = process.env
  const { EPOS_URL: url = 'http://127.0.0.1:8080' } = process.env
  const adapter = startAdapter({
    client: createTillClient({ url, token }),
    till: httpTill(TILL_URL),
    onProblem: ({ id, code, detail }) => {
      process.stderr.write(`${id ?? ''} ${code}: ${detail}\n`)
    },
  })
  process.once('SIGINT', () => {
    void adapter.stop()
  })
}
