// The sessions of the documentation, pasted as a reader would: they print what the pages show.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { atLength } from '../support/random-runs.ts'
import { blocksOf, paste, ROOT, stable, start, temporaryFolder, type Block } from './pages.ts'

/** Commands that install, or that run until somebody ends them. */
const BEFORE_THE_SESSION = new RegExp(
  '^(npm ci|npm run demo|export DOJO_API_URL=\\S+ DOJO_SOCKET_URL' +
    '|npx epos sandbox --fault|npx epos certify --socket|cd \\.data/my-till)',
)

function session(...pages: string[]): Block[] {
  return pages.flatMap(blocksOf).filter(({ commands }) => !BEFORE_THE_SESSION.test(commands))
}

function compare(t: Test, blocks: readonly Block[], outputs: readonly string[]): void {
  for (const [index, { page, commands, output }] of blocks.entries()) {
    if (output === undefined) continue
    t.equal(stable(outputs[index]!), stable(output), `${page}: ${commands.split('\n')[0]}`)
  }
}

interface Stand {
  dataDir: string
  sandboxUrl: string
  /** The server and its database, as `demo.json` says. */
  url: string
  /** What the server printed when it had started. */
  printed: string
  /** Pastes the blocks, with the addresses and the folder of this server. */
  paste: (shell: string, blocks: readonly Block[]) => string[]
}

/** One server for all pages, with the stand-in for Dojo beside it. */
async function openStand(t: Test): Promise<Stand> {
  const dataDir = temporaryFolder(t)
  const listed = await start(
    t,
    ['src/sandbox/main.ts', '--port', '0'],
    {},
    '/epos-tester-tool/flows',
  )
  const sandboxUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(listed)![0]
  const variables = {
    DATA_DIR: dataDir,
    DOJO_API_URL: sandboxUrl,
    DOJO_SOCKET_URL: `${sandboxUrl.replace('http', 'ws')}/epos`,
    SOFTWARE_HOUSE_ID: 'me',
  }
  const environment = { ...variables, PORT: '0', LOG_LEVEL: 'silent' }
  const printed = await start(t, ['src/main.ts'], environment, 'curl ')
  const { url } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string }
  return {
    ...{ dataDir, sandboxUrl, url, printed },
    paste: (shell, blocks) =>
      paste(shell, blocks, { ...variables, SANDBOX_URL: sandboxUrl }, (script) =>
        script
          .replaceAll('npx epos sandbox &\n', '')
          .replaceAll('http://127.0.0.1:8090', sandboxUrl)
          .replaceAll('http://127.0.0.1:8080', url)
          .replaceAll('.data/', `${dataDir}/`),
      ),
  }
}

function hasShell(shell: string): boolean {
  try {
    execFileSync(shell, ['-c', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

// Every `npx epos` starts a process of its own.
t.setTimeout(300_000)

t.test('the pages, in shells against one server', async (t) => {
  const stand = await openStand(t)

  await t.test('README and till API', async (t) => {
    const firstRequest = /^ *(curl .*)$/m.exec(stand.printed)![1]!
    const answer = JSON.parse(execFileSync('bash', ['-c', firstRequest], { encoding: 'utf8' }))
    t.match(
      answer,
      { data: [{ payable: true }, { payable: true }, { payable: true }] },
      'the request that the server prints lists the open orders of the demo venue',
    )

    const blocks = session('README.md', 'docs/till-api.md')
    t.ok(blocks.filter(({ output }) => output !== undefined).length >= 9, 'there is a lot to paste')
    const pasted = atLength(blocks, [...blocks, ...blocks])
    compare(t, pasted, stand.paste('bash', pasted))
    // And once more, in the other shell that people have.
    const first = session('README.md')
    if (hasShell('zsh')) compare(t, first, stand.paste('zsh', first))

    const { report } = JSON.parse(readFileSync(join(stand.dataDir, 'day.json'), 'utf8'))
    t.equal(
      report.takingsMinor,
      report.sales.totalMinor + report.unsettledEndMinor - report.unsettledStartMinor,
      'the numbers of the day agree',
    )
  })

  await t.test('the certifier, and the quickstart', async (t) => {
    const blocks = session('docs/certify.md')
    const outputs = stand.paste('bash', blocks)
    const ofQuickstart = session('docs/quickstart.md')
    compare(t, ofQuickstart, stand.paste('bash', ofQuickstart))
    const printedBy = (command: string): string =>
      outputs[blocks.findIndex(({ commands }) => commands.includes(command))]!
    t.match(printedBy('epos tester'), /404 .*NotFound/, 'the tester shows the refusal')
    t.match(
      printedBy('epos certify'),
      /All mandatory scenarios passed \(37 passed, 0 failed, 0 skipped\)/,
    )
  })

  await t.test('a venue that Dojo reaches through a socket', async (t) => {
    const blocks = session('docs/sockets.md')
    const outputs = stand.paste('bash', blocks)
    t.match(outputs[blocks.length - 1], /SUCCESS Pay at Table/, 'a card machine takes a payment')
  })
})

t.test('npm run demo plays its evening', async (t) => {
  const story = execFileSync(process.execPath, ['scripts/demo.ts'], { cwd: ROOT, encoding: 'utf8' })
  t.match(story, /The Red Lion/)
  t.match(story, /£19\.70 and a tip of £5\.00: recorded/)
})
