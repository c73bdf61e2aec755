// The commands around the sandbox, as somebody types them.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { registerableNames } from '../../src/contract/capabilities.ts'
import { checkFailure, runEpos, type Ran } from '../support/scripts.ts'
import { startSandbox } from './support/dojo.ts'
import { runSandbox } from './support/process.ts'
import { connectEpos } from './support/epos-socket.ts'
import { startEpos } from './support/epos.ts'

const KEY = 'sk_sandbox_shell'

t.test('the sandbox starts, keeps its state, and stops on a signal', async (t) => {
  const state = join(t.testdir(), 'state.json')
  const first = await runSandbox(t, ['--key', KEY, '--state', state, '--seed', '42'])
  const headers = {
    authorization: `Basic ${KEY}`,
    version: '2026-02-27',
    'content-type': 'application/json',
  }
  const intent = (await (
    await fetch(`${first.url}/payment-intents`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ amount: { value: 100, currencyCode: 'GBP' }, reference: 'a' }),
    })
  ).json()) as { id: string }
  t.same(await first.stop(), { code: 0, stderr: first.introduction })
  t.match(first.introduction, /with seed 42 and its state in /)
  t.notOk(readFileSync(state, 'utf8').includes('undefined'))

  const second = await runSandbox(t, ['--state', state])
  t.match(second.introduction, /with seed 42/, 'the seed is part of the state')
  t.match(await (await fetch(`${second.url}/payment-intents/${intent.id}`, { headers })).json(), {
    id: intent.id,
    status: 'Created',
  })
  await second.stop()
})

t.test('the sandbox reads variables too, and refuses invalid options', async (t) => {
  const { introduction, url, stop } = await runSandbox(t, [], {
    SANDBOX_SEED: '7',
    SANDBOX_KEY: `${KEY},sk_sandbox_more`,
    SANDBOX_FAULT: 'api-500:probability=0.5',
  })
  t.match(introduction, /with seed 7/)
  const cases: Array<[string[], RegExp]> = [
    [['--port', '70000'], /--port is 70000; it must be a whole number from 0 to 65535\./],
    [['--seed', 'x'], /--seed is x; it must be a whole number/],
    [['--key', 'sk_prod_no'], /--key must be sk_sandbox_ followed by letters/],
    [['--fault', 'fire'], /fire is not a fault/],
    [['--fault', 'api-500:Nope'], /A fault cannot hit Nope/],
    [['--state', '/dev/null/state.json'], /Cannot read the state in .*: ENOTDIR/],
    [['--port', new URL(url).port], /EADDRINUSE/],
    [['--nonsense'], /nonsense/],
  ]
  for (const [args, message] of cases) {
    const { code, stderr } = await runEpos(['sandbox', ...args])
    t.equal(code, args[0] === '--nonsense' ? 2 : 1)
    t.match(stderr, message)
  }
  await stop()
})

/** The lines of an output; how long each scenario took is left out. */
const withoutTimes = (output: string): string[] =>
  output.split('\n').map((line) => line.replace(/ +\d+ ms$/, ''))

t.test('certify: a till at the counter, driven by a program', async (t) => {
  const answers = `process.stdin.on("data", () => console.log(JSON.stringify({ version: "1.2" })))`
  const counter = ['certify', '--product', 'pay-at-counter', '--port', '0', '--only', 'POS Version']
  const drive = ['--drive', `${process.execPath} -e '${answers}'`]
  t.match(await runEpos([...counter, ...drive]), {
    code: 0,
    stdout: /✓ POS Version[^]*scenarios passed \(1 passed/,
    stderr: /Dojo's API is at http:/,
  })
  const gone = await runEpos([...counter, '--drive', 'exit 7', '--json'])
  t.match(JSON.parse(gone.stdout), { scenarios: [{ outcome: 'failed', seen: /program is gone/ }] })
  checkFailure(t, await runEpos(counter, { input: '' }), { code: 2, message: /--drive/ })
  checkFailure(t, await runEpos([...counter, ...drive, '--url', 'http://127.0.0.1:1']), {
    code: 2,
    message: /leave --url/,
  })
  t.match(await runEpos(['certify', '--product', 'pay-at-counter', '--list']), {
    code: 0,
    stdout: /^API Key — Configuration/,
  })
})

t.test('certify: exit codes, lines, reports', async (t) => {
  const epos = await startEpos()
  t.teardown(epos.close)
  const credential = ['--url', epos.url, '--username', epos.username]
  const certify = async (...args: string[]): Promise<Ran> =>
    await runEpos(['certify', ...args], { input: `${epos.password}\n` })
  const report = join(t.testdir(), 'report')
  const only = ['--only', 'Get Order', '--only', 'overpayment']

  const passed = await certify(...credential, ...only, '--report', report)
  t.match(passed, { code: 0, stderr: '' })
  t.match(withoutTimes(passed.stdout), [
    '✓ Get Order',
    '✓ Overpayment',
    '',
    /^The report is in .*/,
    '',
    'All chosen mandatory scenarios passed (2 passed, 0 failed, 0 skipped).',
    '',
  ])
  t.match(JSON.parse(readFileSync(join(report, 'report.json'), 'utf8')), {
    verdict: 'passed',
    isSelection: true,
  })
  t.match(readFileSync(join(report, 'report.md'), 'utf8'), /All chosen mandatory scenarios passed/)

  epos.faults.add('overpayment-accepted')
  const failed = await certify(...credential, ...only)
  t.match(failed, { code: 1, stderr: '' })
  t.same(withoutTimes(failed.stdout), [
    '✓ Get Order',
    '✗ Overpayment',
    '    Expected: a payment above the balance is refused with 409 Conflict. Got: 200.',
    '',
    '1 chosen mandatory scenario failed (1 passed, 1 failed, 0 skipped).',
    '',
  ])
  t.match(await certify(...credential, '--only', 'Get Order', '--without', 'GetOrderById'), {
    code: 3,
    stdout: /– Get Order[^]*could not run/,
  })
  t.match(await certify('--list'), { code: 0, stdout: /^Wrong Credentials — Configuration/ })
  const json = await certify(...credential, '--only', 'Get Order', '--json')
  t.match(JSON.parse(json.stdout), { verdict: 'passed' })
  t.match(JSON.parse((await certify('--list', '--json')).stdout), [{ name: 'Wrong Credentials' }])
  for (const { stdout } of [passed, failed, json]) t.notOk(stdout.includes(epos.password))

  const events = ['--only', 'Late Reversal']
  t.match(await certify(...credential, ...events, '--account-id', 'acc_1'), { code: 0 })
  epos.faults.add('reversal-ignored')
  t.match((await certify(...credential, ...events)).stdout, /name that one with --account-id\.\n$/)

  checkFailure(t, await runEpos(['certify', ...credential]), {
    code: 2,
    message: 'The password is missing on standard input.',
  })
  checkFailure(t, await certify('--url', epos.url), {
    code: 2,
    message: '--url and --username are needed, or --socket.',
  })
  checkFailure(t, await certify(...credential, '--product', 'cloakroom'), {
    code: 2,
    message: /--product is one of pay-at-table, .*, bookings, pay-at-counter, all, not cloakroom/,
  })
  checkFailure(t, await certify(...credential, '--without', 'Fly'), {
    code: 2,
    message: /--without Fly is not a capability/,
  })
  checkFailure(t, await certify(...credential, '--product', 'bookings', '--only', 'Overpayment'), {
    code: 1,
    message: /None of the chosen scenarios is about bookings/,
  })
  for (const url of [
    'http://till:secret@127.0.0.1:1',
    'http://127.0.0.1:1/?x=1',
    'ftp://127.0.0.1',
  ]) {
    checkFailure(t, await certify('--url', url, '--username', 'a'), {
      code: 2,
      message: /--url begins with https/,
    })
  }
  checkFailure(t, await certify(...credential, '--report', '/dev/null/report'), {
    code: 1,
    message: /ENOTDIR/,
  })
  checkFailure(t, await certify(...credential, '--only', 'Fly'), {
    code: 2,
    message: /There is no scenario Fly/,
  })
  checkFailure(t, await certify('--url', 'http://127.0.0.1:1', '--username', 'a'), {
    code: 1,
    message: 'No EPOS answers at http://127.0.0.1:1: connection refused; nothing listens there.',
  })
})

t.test('certify --socket: waits for an EPOS, and plays through its connection', async (t) => {
  const epos = await startEpos()
  const port = await freePort()
  const client = connectEpos(epos, { url: `ws://127.0.0.1:${port}/epos`, key: KEY })
  t.teardown(async () => {
    client.close()
    await epos.close()
  })
  const socket = ['certify', '--socket', '--port', String(port), '--key', KEY]
  const only = ['--only', 'Get Order', '--only', 'WebSocket Pings']
  const { code, stdout, stderr } = await runEpos([...socket, ...only])
  t.equal(code, 0, stdout)
  t.match(stdout, /All chosen mandatory scenarios passed \(2 passed, 0 failed, 0 skipped\)/)
  t.equal(
    stderr,
    `Waiting for the server to connect to ws://127.0.0.1:${port}/epos with the key ${KEY}\n`,
  )
  const cases: Array<[string[], RegExp]> = [
    [['--url', epos.url], /--socket waits for the server/],
    [['--port', '70000'], /--port is 70000; it must be a whole number from 0 to 65535/],
    [['--key', 'sk_prod_1'], /--key must be sk_sandbox_/],
  ]
  for (const [args, message] of cases) {
    checkFailure(t, await runEpos([...socket, ...args]), { code: 2, message })
  }
  checkFailure(t, await runEpos([...socket, '--only', 'Wrong Credentials']), {
    code: 1,
    message: /None of the chosen scenarios is over a WebSocket/,
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

t.test('tester: lists flows, runs one and reports', async (t) => {
  const epos = await startEpos()
  t.teardown(epos.close)
  const { url, sandbox } = await startSandbox(t, { keys: [KEY], seed: 99 })
  const environment = { SANDBOX_URL: url, SANDBOX_KEY: KEY }
  t.match(await runEpos(['tester', '--list'], { environment }), {
    code: 0,
    stdout: /^Wrong Credentials\n/,
  })
  const unregistered = await runEpos(['tester', 'Search Tables'], { environment })
  t.equal(unregistered.code, 1)
  t.match(unregistered.stdout.split('\n'), [
    '✗ Check whether SearchTables has been registered',
    '    SearchTables method not found',
    /^ {4}Please register the SearchTables method/,
    '',
    /^FAILURE Search Tables .*, seed 99$/,
    '',
  ])

  const registration = {
    url: epos.url,
    auth: { authType: 'basic', basic: { username: epos.username, password: epos.password } },
    capabilities: registerableNames.map((name) => ({ name, version: 'v1' })),
  }
  await fetch(`${url}/epos/integrations/rest`, {
    method: 'PUT',
    headers: { authorization: `Basic ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(registration),
  })
  t.match(
    await runEpos(['tester', 'pay', 'at', 'table', '--order', epos.addOrder()], { environment }),
    {
      code: 0,
      stdout: /✓ Lock the order\n[^]*\nSUCCESS Pay at Table through EPOS Data API/,
      stderr: '',
    },
  )
  const { stdout } = await runEpos(['tester', 'Get Order', '--param', 'orderId=none', '--json'], {
    environment,
  })
  t.match(JSON.parse(stdout), { status: 'FAILURE', flowName: 'Get Order through EPOS Data API' })
  checkFailure(t, await runEpos(['tester', 'Fly'], { environment }), {
    code: 1,
    message: /There is no flow Fly/,
  })
  checkFailure(t, await runEpos(['tester'], { environment }), { code: 2, message: /Which flow/ })
  await sandbox.close()
  checkFailure(t, await runEpos(['tester', '--list'], { environment }), {
    code: 1,
    message: /No sandbox answers at .*npx epos sandbox/,
  })
})
