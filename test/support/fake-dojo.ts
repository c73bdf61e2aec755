// Dojo on loopback: remembers what it was asked, and answers as a test says.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { freePort } from '../../scripts/bench/ports.ts'

export interface Asked {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** What goes back: a status with JSON or with another text, or something worse. */
export type Play =
  | { status: number; json: unknown; headers?: Record<string, string> }
  | { status: number; text: string }
  | 'cut'
  | 'half an answer'
  | 'half an answer, then silence'
  | 'silence'

export interface FakeDojo {
  url: string
  asked: Asked[]
}

export async function startFakeDojo(
  t: Test,
  play: (asked: Asked, count: number) => Play | Promise<Play>,
): Promise<FakeDojo> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      asked.push({ method: request.method!, path: request.url!, headers: request.headers, body })
      perform(await play(asked.at(-1)!, asked.length), response)
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
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

function perform(play: Play, response: ServerResponse): void {
  if (play === 'silence') return
  if (play === 'cut') {
    response.destroy()
  } else if (play === 'half an answer' || play === 'half an answer, then silence') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('[{"url":', () => {
      if (play === 'half an answer') response.destroy()
    })
  } else if ('json' in play) {
    response
      .writeHead(play.status, { 'content-type': 'application/json', ...play.headers })
      .end(JSON.stringify(play.json))
  } else {
    response.writeHead(play.status, { 'content-type': 'text/html' }).end(play.text)
  }
}

/** A URL at which nobody listens. */
export async function deadUrl(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}`
}
