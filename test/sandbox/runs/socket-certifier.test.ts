// The certifier over a WebSocket: an EPOS without a fault passes the whole checklist, and each
// fault fails the scenarios about it, and no others.
import t from 'tap'
import { scenarios } from '../../../src/sandbox/scenarios/index.ts'
import type { Certificate } from '../../../src/sandbox/runs/certifier.ts'
import { reportAsMarkdown } from '../../../src/sandbox/runs/report.ts'
import {
  certifyOverSocket,
  type SocketCertifyOptions,
} from '../../../src/sandbox/runs/socket-certifier.ts'
import { connectEpos, socketFaults, type SocketFault } from '../support/epos-socket.ts'
import { ageLocks, startEpos } from '../support/epos.ts'

const KEY = 'sk_sandbox_socket'
const OVER_SOCKET = scenarios.filter(({ transport }) => transport === 'socket')
const names = OVER_SOCKET.map(({ name }) => name)

/** The certifier waits for answers that never come, and not for long. */
const SILENT: readonly SocketFault[] = [
  'id-as-number',
  'deaf-after-reconnect',
  'repetition-unanswered',
]

/** Scenarios that ask the EPOS something, in which a broken envelope shows. */
const ASKING = [
  'Answers under Their Ids',
  'Reconnect after a Close',
  'Reconnect after a Cut',
  'Request in Flight at a Disconnect',
  'Request Sent Twice under One Id',
  'Half-open WebSocket',
]
const REPEATED = ['Request in Flight at a Disconnect', 'Request Sent Twice under One Id']

const expected: Record<SocketFault, readonly string[]> = {
  'pongs-missing': ['WebSocket Pings'],
  'second-connection': ['One WebSocket'],
  'answers-swapped': ['Answers under Their Ids'],
  'id-as-number': ASKING,
  'jsonrpc-missing': ASKING,
  'errors-of-json-rpc': ['Answers under Their Ids'],
  'late-after-close': ['Reconnect after a Close'],
  'late-after-cut': [
    'Reconnect after a Cut',
    'Request in Flight at a Disconnect',
    'Half-open WebSocket',
  ],
  'deaf-after-reconnect': ASKING.slice(1),
  'slow-after-reconnect': [
    'Reconnect after a Close',
    'Reconnect after a Cut',
    'Half-open WebSocket',
  ],
  'repetition-refused': REPEATED,
  'repetition-unanswered': REPEATED,
  'repetition-carried-out': REPEATED,
  'repetition-carried-out-after-reconnect': ['Request in Flight at a Disconnect'],
  'repetition-carried-out-at-once': ['Request Sent Twice under One Id'],
  'never-pings': ['WebSocket Keepalive', 'Half-open WebSocket'],
  'half-open-unnoticed': ['Half-open WebSocket'],
}

async function certificateOf(
  faults: readonly SocketFault[],
  options: Partial<SocketCertifyOptions> = {},
): Promise<Certificate> {
  const epos = await startEpos()
  let client: ReturnType<typeof connectEpos> | undefined
  try {
    return await certifyOverSocket({
      port: 0,
      key: KEY,
      product: 'all',
      seed: 5,
      wait: ageLocks(epos),
      socketTimes: { pongMs: 1000, keepaliveMs: 800, reconnectMs: 1000 },
      onListening: (url) => {
        client = connectEpos(epos, { url, key: KEY, faults })
      },
      ...options,
    })
  } finally {
    client?.close()
    await epos.close()
  }
}

const notPassed = ({ runs }: Certificate): string[] =>
  runs
    .filter(({ outcome }) => outcome !== 'passed')
    .map(({ scenario: { name }, reason }) => `${name}: ${reason}`)
    .sort()

t.test('an EPOS without a fault passes everything', async (t) => {
  const certificate = await certificateOf([])
  t.same(notPassed(certificate), [])
  t.equal(certificate.verdict, 'passed')
  t.same(
    certificate.runs.map(({ scenario }) => scenario.name),
    scenarios.filter(({ transport }) => transport !== 'rest').map(({ name }) => name),
  )
  const report = reportAsMarkdown(certificate, (text) => text)
  t.match(report, /Server: ws:\/\/127\.0\.0\.1:\d+\/epos/)
  t.notMatch(report, /A broken WebSocket is opened again/)
})

t.test('each fault fails the scenarios about it, and no others', { jobs: 9 }, async (t) => {
  for (const fault of socketFaults) {
    t.test(fault, async (t) => {
      const certificate = await certificateOf([fault], {
        only: names,
        eposTimeoutMs: SILENT.includes(fault) ? 1500 : 10_000,
      })
      const failed = notPassed(certificate).map((line) => line.split(': ')[0])
      t.same(failed, [...expected[fault]].sort(), notPassed(certificate).join('\n'))
    })
  }
})

t.test('an EPOS that never connects', async (t) => {
  await t.rejects(certificateOf([], { onListening: () => {}, firstConnectMs: 20 }), {
    message: /^No EPOS connected within 0\.02 s\. It must open a WebSocket with the headers/,
  })
  await t.rejects(certificateOf([], { onListening: () => {}, isInterrupted: () => true }), {
    message: 'Interrupted before an EPOS connected.',
  })
})

t.test('the scenarios of one transport are not played over the other', async (t) => {
  await t.rejects(certificateOf([], { only: ['Wrong Credentials'] }), {
    message: 'None of the chosen scenarios is over a WebSocket. Choose others.',
  })
})
