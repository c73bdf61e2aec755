// A venue that sends very many heavy requests at once, in a process of its own, so that making them
// delays nobody who measures. Forked; told where and how many, it answers with what came of them.
import { Pool } from 'undici'

export interface Flood {
  url: string
  authorization: string
  requests: number
}

/** How many were answered with each status. */
export type FloodAnswers = Record<string, number>

/** The most that an order may have, some 180 KB. */
const LINES = 2_000
const LINE_MINOR = 100

function bodyOf(number: number): string {
  const amount = (value: number) => ({ value, currencyCode: 'GBP' })
  const items = Array.from({ length: LINES }, (_, index) => ({
    name: `Item ${index}`,
    plu: `${index}`,
    quantity: 1,
    amountPerItem: amount(LINE_MINOR),
  }))
  return JSON.stringify({
    dojoOrderId: `flood-${process.pid}-${Date.now()}-${number}`,
    details: { orderType: 'DineIn', dineIn: {} },
    items,
    totalAmount: amount(LINES * LINE_MINOR),
    payments: [],
  })
}

async function flood({ url, authorization, requests }: Flood): Promise<FloodAnswers> {
  const pool = new Pool(url, { connections: requests })
  const bodies = Array.from({ length: requests }, (_, number) => bodyOf(number))
  const answers: FloodAnswers = {}
  process.send!('begun')
  await Promise.all(
    bodies.map(async (body) => {
      const headers = { authorization, 'content-type': 'application/json' }
      const status = await pool
        .request({ method: 'POST', path: '/v1/orders', headers, body })
        .then(async (answer) => {
          await answer.body.dump()
          return String(answer.statusCode)
        })
        .catch(() => 'no answer')
      answers[status] = (answers[status] ?? 0) + 1
    }),
  )
  await pool.close()
  return answers
}

if (process.send !== undefined) {
  process.on('message', (message: Flood) => {
    void flood(message).then((answers) => process.send!(answers))
  })
  process.on('disconnect', () => process.exit())
}
