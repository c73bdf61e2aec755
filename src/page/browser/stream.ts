// Server-sent events by fetch, which can send headers: EventSource cannot. Connects again by itself
// and continues after the last event that it got.
import type { Api } from './api.ts'
import { Problem } from './problem.ts'

export interface StreamEvent {
  type: string
  data: unknown
}

export interface StreamHandlers {
  onEvent: (event: StreamEvent) => void
  onLive: () => void
  /** Called when the connection is lost, and each time it could not be made again. */
  onLost: (problem: Problem | undefined) => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000
/** The server sends a comment every 15 seconds. */
const SILENCE_MS = 40_000

/** @returns what ends it */
export function follow(api: Api, path: string, handlers: StreamHandlers): () => void {
  const ending = new AbortController()
  void keepConnected(api, path, handlers, ending.signal)
  return () => {
    ending.abort()
  }
}

async function keepConnected(
  api: Api,
  path: string,
  { onEvent, onLive, onLost }: StreamHandlers,
  ending: AbortSignal,
): Promise<void> {
  let lastId: string | undefined
  let waitMs = FIRST_WAIT_MS
  while (!ending.aborted) {
    const silence = new AbortController()
    try {
      const headers: Record<string, string> =
        lastId === undefined ? {} : { 'last-event-id': lastId }
      const signal = AbortSignal.any([ending, silence.signal])
      const { body } = await api.open(path, headers, signal)
      onLive()
      waitMs = FIRST_WAIT_MS
      for await (const { id, type, data } of eventsIn(body!, silence)) {
        lastId = id ?? lastId
        onEvent({ type, data })
      }
      onLost(undefined)
    } catch (error) {
      if (ending.aborted) return
      onLost(error instanceof Problem ? error : undefined)
      if (error instanceof Problem && error.status === 401) return
    }
    await pause(waitMs, ending)
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)
  }
}

async function pause(ms: number, ending: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms)
    ending.addEventListener('abort', () => {
      resolve()
    })
  })
}

interface Frame extends StreamEvent {
  id: string | undefined
}

/** @param silence aborted when nothing comes for too long */
async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  silence: AbortController,
): AsyncGenerator<Frame> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const timer = setTimeout(() => {
      silence.abort()
    }, SILENCE_MS)
    const { done, value } = await reader.read().finally(() => {
      clearTimeout(timer)
    })
    if (done) return
    text += decoder.decode(value, { stream: true })
    const frames = text.split('\n\n')
    text = frames.pop() ?? ''
    yield* frames.flatMap(frameOf)
  }
}

/** Empty for a comment, or a frame without data. */
function frameOf(text: string): Frame[] {
  const fields = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart())
  }
  const data = fields.get('data')
  if (data === undefined) return []
  return [{ type: fields.get('event') ?? 'message', data: JSON.parse(data), id: fields.get('id') }]
}
