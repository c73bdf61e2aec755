// What a browser needs to show /docs, and a till to keep its stream through the shipped proxy.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { limits } from '../../src/limits.ts'
import { startServer } from '../support/server.ts'

t.test('/docs works over http: nothing of it is asked for over https', async (t) => {
  const { app } = await startServer(t, { environment: { DOCS: 'true' } })
  for (const url of [
    '/docs/',
    '/docs/static/swagger-ui.css',
    '/docs/static/swagger-ui-bundle.js',
  ]) {
    const { statusCode, headers } = await app.inject({ method: 'GET', url })
    t.equal(statusCode, 200, url)
    const policy = String(headers['content-security-policy'])
    t.match(policy, /default-src 'self'/, `${url} keeps its policy`)
    t.notMatch(policy, /upgrade-insecure-requests/, url)
    t.equal(headers['strict-transport-security'], undefined, url)
  }
})

t.test('the shipped Caddyfile leaves a stream open and sends each event at once', async (t) => {
  const lines = readFileSync(join(import.meta.dirname, '../../Caddyfile'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('#'))
  t.ok(lines.includes('read_header 5s'), 'slow clients are still cut off')
  const cutting = /^(write|read_timeout|write_timeout|stream_timeout|flush_interval)\b/
  t.same(
    lines.filter((line) => cutting.test(line)),
    [],
  )
  t.ok(lines.includes('@whole not path {$ROUTE_PREFIX}/till/v1/stream'))
  t.same(
    lines.filter((line) => line.startsWith('encode')),
    ['encode @whole zstd gzip'],
  )
})

t.test('the shipped Caddyfile waits longer than the server waits for an event', async (t) => {
  const text = readFileSync(join(import.meta.dirname, '../../Caddyfile'), 'utf8')
  const seconds = Number(/^\s*response_header_timeout (\d+)s$/m.exec(text)![1])
  t.ok(seconds >= limits.maxEventWaitSeconds + 5, `${seconds} s`)
})

t.test(
  '/llms.txt and /llms-full.txt have the documentation, and their links lead to it',
  async (t) => {
    const { app } = await startServer(t, { environment: { DOCS: 'true', ROUTE_PREFIX: '/dojo' } })
    const get = async (url: string) => await app.inject({ method: 'GET', url })
    const { body: list } = await get('/dojo/llms.txt')
    t.match(list, /^# EPOS Data Server\n\n> A till backend that Dojo can call/)
    const links = [...list.matchAll(/\]\(([^)]+)\): \S/g)].map(([, url]) => url!)
    t.ok(links.length > 10)
    for (const url of links) t.equal((await get(url)).statusCode, 200, url)
    const whole = (await get('/dojo/llms-full.txt')).body
    for (const url of links.filter((each) => each.endsWith('.md'))) {
      const { body, headers } = await get(url)
      t.match(headers['content-type'], /^text\/markdown/)
      t.ok(whole.includes(body), `${url} is in the whole`)
    }
    const hidden = await startServer(t, { environment: { DOCS: 'false' } })
    t.equal((await hidden.app.inject({ method: 'GET', url: '/llms.txt' })).statusCode, 404)
  },
)
