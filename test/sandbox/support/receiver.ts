// A till's webhook server: it keeps every delivery and answers with the statuses it is given.
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Delivery {
  /** The raw body, which is what was signed. */
  raw: string
  event: {
    id: string
    event: string
    accountId: string
    createdAt: string
    data: { paymentIntentId: string; paymentStatus: string; captureMode: string }
  }
  signature: string
  method: string
  contentType: string
}

export interface Receiver {
  url: string
  deliveries: Delivery[]
  /** The statuses of the next answers; once they are used up it answers 200. */
  answers: number[]
  /** While it is set, an answer waits for it. */
  held: Promise<void> | undefined
  /** Resolves once so many deliveries have come. */
  arrived: (count: number) => Promise<void>
}

export async function startReceiver(t: Test): Promise<Receiver> {
  const waiting: Array<{ count: number; done: () => void }> = []
  const server = createServer((request, response) => {
    let raw = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      raw += chunk
    })
    request.on('end', () => {
      const { method = '', headers } = request
      receiver.deliveries.push({
        raw,
        event: JSON.parse(raw),
        signature: String(headers['dojo-signature']),
        method,
        contentType: String(headers['content-type']),
      })
      for (const { count, done } of waiting) if (receiver.deliveries.length >= count) done()
      const status = receiver.answers.shift() ?? 200
      void Promise.resolve(receiver.held).then(() => response.writeHead(status).end())
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks?from=dojo`,
    deliveries: [],
    answers: [],
    held: undefined,
    arrived: async (count) => {
      if (receiver.deliveries.length < count) {
        await new Promise<void>((resolve) => {
          waiting.push({ count, done: resolve })
        })
      }
    },
  }
  return receiver
}

/**
 * The signature as Dojo describes it, written down here once more so that the sandbox is not its
 * own judge.
 */
export function expectedSignature(raw: string | Uint8Array, secret: string): string {
  const digest = createHmac('sha256', Buffer.from(secret, 'utf8')).update(raw).digest()
  return `sha256=${[...digest].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('-')}`
}
