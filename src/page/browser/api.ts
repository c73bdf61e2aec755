// Calls of our own APIs from a page.
import { problemOf, unreachable } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface Api {
  /**
   * @param body sent as JSON, or as it is when it is a text
   * @throws Problem
   */
  call: <Answer>(method: Method, path: string, body?: unknown) => Promise<Answer>
  /** Changes only this version of what there is: refused as `stale` when it has changed since. */
  ifVersion: (version: number) => Pick<Api, 'call'>
  /** An answer that is no JSON, such as a picture; posted when there is a body. @throws Problem */
  text: (path: string, body?: unknown) => Promise<string>
  /** For a stream: the response while it still comes in. @throws Problem */
  open: (path: string, headers: Record<string, string>, signal: AbortSignal) => Promise<Response>
}

/** @param headers what each call carries, asked for each time */
export function createApi(base: string, headers: () => Record<string, string>): Api {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(base + path, init).catch((error: unknown) => {
      throw init.signal?.aborted === true ? error : unreachable()
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }
  const calling = (more: Record<string, string>): Api['call'] =>
    async function call(method, path, body) {
      const init = { method, headers: { ...headers(), ...typeOf(body), ...more } }
      return await (await send(path, { ...init, body: textOf(body) })).json()
    }
  return {
    call: calling({}),
    ifVersion: (version) => ({ call: calling({ 'if-match': `"${version}"` }) }),
    async text(path, body) {
      const method = body === undefined ? 'GET' : 'POST'
      const init = { method, headers: { ...headers(), ...typeOf(body) } }
      return await (await send(path, { ...init, body: textOf(body) })).text()
    },
    open: async (path, more, signal) =>
      await send(path, { headers: { ...headers(), ...more }, signal }),
  }
}

function textOf(body: unknown): string | undefined {
  return typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
}

function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {}
  return { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' }
}

/** Where the server serves this page, as its document says: `/console`. */
export function pageBase(): string {
  return document.documentElement.dataset.base ?? ''
}
