// The package as others get it: packed, below the node_modules of a project of theirs, where
// Node.js runs JavaScript only.
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

const ROOT = join(import.meta.dirname, '../..')
const PROGRAM = `
import { createTillClient, toMinor } from 'epos-data-server/till-client'
import { startAdapter } from 'epos-data-server/adapter'

const till = {
  openOrders: async () => [{ id: '7', lines: [], totalMinor: toMinor(12.34) }],
  apply: async () => undefined,
}
const client = createTillClient({ url: process.argv[2]!, token: 'till_x' })
const adapter = startAdapter({ client, till, pollMs: 10 })
setTimeout(() => void adapter.stop(), 200)
`

/** A project that has unpacked the package, as npm would. */
function newProject(t: Test): string {
  const project = t.testdir({ 'package.json': '{"type":"module"}' })
  const modules = join(project, 'node_modules')
  mkdirSync(join(modules, '@types'), { recursive: true })
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', project]
  const tarball = execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8' }).trim()
  execFileSync('tar', ['-xzf', tarball], { cwd: project })
  cpSync(join(project, 'package'), join(modules, 'epos-data-server'), { recursive: true })
  for (const name of [
    'openapi-fetch',
    'openapi-typescript-helpers',
    '@types/node',
    'undici-types',
  ]) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
  }
  return project
}

t.test('client and adapter run and have types outside of the repository', async (t) => {
  const project = newProject(t)
  const sent: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (request.method === 'PUT') sent.push((JSON.parse(body) as { orders: object[] }).orders[0])
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ results: [], entries: [] }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())

  writeFileSync(join(project, 'till.ts'), PROGRAM)
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const options = ['--module', 'nodenext', '--target', 'es2024', '--strict', '--types', 'node']
  execFileSync(process.execPath, [compiler, ...options, 'till.ts'], { cwd: project })
  const { port } = server.address() as AddressInfo
  await promisify(execFile)(process.execPath, ['till.js', `http://127.0.0.1:${port}`], {
    cwd: project,
  })
  t.match(sent[0], { id: '7', totalMinor: 1234, version: Number })

  const command = join(project, 'node_modules/epos-data-server/bin/epos.js')
  await t.rejects(promisify(execFile)(process.execPath, [command, '--help']), {
    message: /runs in the folder of the server/,
  })
})
