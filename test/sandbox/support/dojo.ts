// A sandbox on its own port, and calls of its Dojo API as a till makes them.
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { createSandbox, type Sandbox, type SandboxOptions } from '../../../src/sandbox/server.ts'

/** Each test reads other fields, so a body has no type. */
export type Body = any

export interface Answer {
  status: number
  body: Body
  headers: Headers
}

export interface StartedSandbox {
  sandbox: Sandbox
  url: string
  key: string
  /** A text is sent as it is, anything else as JSON; a header of `undefined` is left out. */
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string | undefined>,
  ) => Promise<Answer>
}

export const KEY = 'sk_sandbox_test'

const present = (headers: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

/** A folder that is there until the sandbox in it has ended; one of tap's own goes before that. */
export function newFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

export async function startSandbox(t: Test, options: SandboxOptions = {}): Promise<StartedSandbox> {
  const sandbox = await createSandbox(options)
  t.teardown(sandbox.close)
  await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(sandbox.app.server.address() as AddressInfo).port}`
  const key = options.keys?.[0] ?? KEY
  return {
    sandbox,
    url,
    key,
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: present({
          authorization: `Basic ${key}`,
          version: '2026-02-27',
          'software-house-id': 'test',
          'content-type': body === undefined ? undefined : 'application/json',
          ...headers,
        }),
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      return {
        status: response.status,
        body: isJson ? JSON.parse(text) : text,
        headers: response.headers,
      }
    },
  }
}
