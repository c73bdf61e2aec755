// Every request of both collections is sent to a server: each reaches its operation, and none is
// refused for its shape.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startServer } from '../support/server.ts'
import { newTill } from '../support/till.ts'

const COLLECTIONS = join(import.meta.dirname, '../../collections')

interface Item {
  name: string
  item?: Item[]
  request?: {
    method: string
    url: { raw: string; variable: { key: string; value: string }[] }
    body?: { raw: string }
  }
}

interface Sendable {
  name: string
  method: string
  url: string
  body: string | undefined
}

const BASE = '{{baseUrl}}'

/** Fills in the parameters of a path, as the programs do. */
function filled(url: string, parameters: readonly [key: string, value: string][]): string {
  return parameters
    .reduce((text, [key, value]) => text.replace(`:${key}`, encodeURIComponent(value)), url)
    .replace(BASE, '')
}

function readPostman(id: string): Sendable[] {
  const { item } = JSON.parse(readFileSync(join(COLLECTIONS, `postman/${id}.json`), 'utf8')) as Item
  return item!.flatMap(({ item: requests = [] }) =>
    requests.map(({ name, request }) => {
      const { raw, variable } = request!.url
      const url = filled(
        raw,
        variable.map(({ key, value }) => [key, value]),
      )
      return { name, method: request!.method, url, body: request!.body?.raw }
    }),
  )
}

/** The blocks of one of Bruno's files, by name. */
function blocksOf(text: string): Record<string, string> {
  const blocks = [...text.matchAll(/^([\w:]+) \{\n(.*?)\n\}$/gms)]
  return Object.fromEntries(blocks.map(([, name, content]) => [name!, content!]))
}

function fieldsOf(content = ''): [key: string, value: string][] {
  return content
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [key, ...value] = line.trim().split(': ')
      return [key!, value.join(': ')]
    })
}

function readBruno(id: string): Sendable[] {
  const folder = join(COLLECTIONS, 'bruno', id)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.bru') && !file.startsWith('environments'))
    .map((file) => {
      const blocks = blocksOf(readFileSync(join(folder, file), 'utf8'))
      const method = ['get', 'post', 'put', 'patch', 'delete'].find((each) => each in blocks)!
      const { url } = Object.fromEntries(fieldsOf(blocks[method])) as { url: string }
      return {
        name: fieldsOf(blocks['meta']).find(([key]) => key === 'name')![1],
        method: method.toUpperCase(),
        url: filled(url, fieldsOf(blocks['params:path'])),
        body: blocks['body:json'],
      }
    })
}

t.test('the collections of requests', async (t) => {
  const server = await startServer(t)
  const { venue, app } = server
  const { token } = await newTill(t, server, { role: 'owner' })
  const basic = Buffer.from(`${venue.username}:${venue.password}`).toString('base64')
  const APIS = {
    'epos-data': { authorization: `Basic ${basic}`, operations: 22 },
    till: { authorization: `Bearer ${token}`, operations: 100 },
  }
  for (const [id, { authorization, operations }] of Object.entries(APIS)) {
    const requests = readPostman(id)
    t.ok(requests.length >= operations, `${id} has ${requests.length} requests`)
    const sorted = (each: readonly Sendable[]) =>
      each
        .map(({ body, ...request }) => ({ ...request, body: body && JSON.parse(body) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
    t.strictSame(sorted(readBruno(id)), sorted(requests), `${id}: Bruno sends the same`)
    const refused: string[] = []
    for (const { name, method, url, body } of requests) {
      if (name === 'readStream') continue
      const answer = await app.inject({
        method: method as 'GET',
        url,
        headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
        payload: body ?? '',
      })
      const isMissing = answer.statusCode === 404 && /There is nothing at/.test(answer.body)
      const isWrong = [400, 401, 405, 415].includes(answer.statusCode) || answer.statusCode >= 500
      // The ids are made up.
      const isUnknown = /does not have|no such table/.test(answer.body)
      if (isMissing || (isWrong && !isUnknown)) {
        refused.push(`${name} ${answer.statusCode} ${answer.body}`)
      }
    }
    t.strictSame(refused, [], `${id}: none is refused for its shape`)
  }
})
