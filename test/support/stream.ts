// A screen that listens to the stream of a venue over a socket, as the standard for server-sent
// events says it is read.
import http from 'node:http'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import type { Server } from '../../src/server.ts'
import { BASE } from '../../src/till/document.ts'
import { until } from './visits.ts'

export interface Heard {
  event: string
  id: string | undefined
  data: any
}

export interface Screen {
  status: number
  headers: http.IncomingHttpHeaders
  /** The problem, when the answer is no stream. */
  problem: any
  events: Heard[]
  comments: string[]
  retryMs: number | undefined
  /** As a screen would send it when it comes back. */
  lastEventId: () => string | undefined
  /** Waits for an event for which it holds; resolves to the first such. */
  hears: (what: string, holds: (heard: Heard) => boolean) => Promise<Heard>
  ended: boolean
  untilEnded: () => Promise<void>
  leave: () => void
}

/** Where the server listens; it does from the first time on. */
export async function addressOf({ app }: Server): Promise<string> {
  return app.server.listening
    ? `http://127.0.0.1:${(app.server.address() as { port: number }).port}`
    : await app.listen({ host: '127.0.0.1', port: 0 })
}

export async function openScreen(
  t: Test,
  server: Server,
  token: string,
  { lastEventId, method = 'GET' }: { lastEventId?: string | undefined; method?: string } = {},
): Promise<Screen> {
  const request = http.request(`${await addressOf(server)}${BASE}/stream`, {
    method,
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  })
  t.teardown(() => {
    request.destroy()
  })
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject).end()
  })
  request.on('error', () => {})
  const screen = screenOf(request, response, lastEventId)
  if (/^text\/event-stream/.test(String(response.headers['content-type']))) {
    readEvents(response, screen)
  } else {
    const text = await new Response(response as never).text()
    screen.problem = text === '' ? undefined : JSON.parse(text)
  }
  return screen
}

function screenOf(
  request: http.ClientRequest,
  response: http.IncomingMessage,
  firstEventId: string | undefined,
): Screen {
  const screen: Screen = {
    status: response.statusCode!,
    headers: response.headers,
    problem: undefined,
    events: [],
    comments: [],
    retryMs: undefined,
    lastEventId: () => screen.events.findLast(({ id }) => id !== undefined)?.id ?? firstEventId,
    hears: async (what, holds) => {
      await until(what, () => screen.events.some(holds) || screen.ended)
      const heard = screen.events.find(holds)
      if (heard === undefined) throw new Error(`the stream ended before: ${what}`)
      return heard
    },
    ended: false,
    untilEnded: async () => {
      await until('the stream has ended', () => screen.ended)
    },
    leave: () => {
      request.destroy()
    },
  }
  response
    .on('error', () => {})
    .once('close', () => {
      screen.ended = true
    })
  return screen
}

/** Reads lines as the standard for server-sent events says. */
function readEvents(response: http.IncomingMessage, screen: Screen): void {
  let fields: Record<string, string[]> = {}
  const take = (line: string): void => {
    if (line !== '') {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? []
      if (name === '') screen.comments.push(value)
      else if (name === 'retry') screen.retryMs = Number(value)
      else (fields[name] ??= []).push(value)
      return
    }
    if (fields['data'] !== undefined) {
      screen.events.push({
        event: fields['event']?.at(-1) ?? 'message',
        id: fields['id']?.at(-1),
        data: JSON.parse(fields['data'].join('\n')),
      })
    }
    fields = {}
  }
  createInterface({ input: response, crlfDelay: Infinity })
    .on('line', take)
    .on('error', () => {})
}

/** A screen that knows that it hears everything from now on. */
export async function readyScreen(
  t: Test,
  server: Server,
  token: string,
  options: { lastEventId?: string | undefined } = {},
): Promise<Screen> {
  const screen = await openScreen(t, server, token, options)
  await screen.hears('ready', ({ event }) => event === 'ready' || event === 'reset')
  return screen
}
