// The README is run: its session answers what it says, its commands exist.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { runEpos } from './support/scripts.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

interface Block {
  commands: string
  output: string | undefined
}

/** The fenced commands below a heading, each with the output that stands right after it. */
function session(heading: string): Block[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(heading))!
  const fences = [...section.matchAll(/^```(sh|text)\n(.*?)^```$/gms)].map(
    ([, language, text]) => ({ language, text: text! }),
  )
  return fences.flatMap(({ language, text }, index) =>
    language === 'sh'
      ? [
          {
            commands: text,
            output: fences[index + 1]?.language === 'text' ? fences[index + 1]!.text : undefined,
          },
        ]
      : [],
  )
}

/** What differs from run to run: ids, times, seeds, and the time on the bill. */
const stable = (text: string): string =>
  text
    .replace(/ord_[0-9a-f]{32}/g, 'ord_…')
    .replace(/[0-9a-f]{32}/g, 'trace…')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'uuid…')
    .replace(/\d\d\/\d\d\/\d{4} \d\d:\d\d/g, 'dd/mm/yyyy hh:mm')
    .replace(/ *\d+ ms/g, ' … ms')
    .replace(/seed \d+/g, 'seed …')
    .trim()

interface Started {
  process: ChildProcess
  printed: string
}

/** A process that says a line with this word once it is ready. */
async function start(
  t: Test,
  args: string[],
  env: Record<string, string>,
  readyWord: string,
): Promise<Started> {
  const started = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(async () => {
    started.kill('SIGTERM')
    if (started.exitCode === null) await once(started, 'exit')
  })
  let printed = ''
  for await (const line of createInterface(started.stderr)) {
    printed += `${line}\n`
    if (line.includes(readyWord)) break
  }
  started.stderr.resume()
  return { process: started, printed }
}

/** Runs the blocks one after the other in one shell, and returns what each printed. */
function run(blocks: Block[], replace: (script: string) => string): string[] {
  const mark = '== end of block =='
  const script = blocks.map(({ commands }) => `${commands}\necho; echo '${mark}'`).join('\n')
  return execFileSync('bash', ['-c', replace(script)], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split(mark)
}

t.test('the session answers what the page says', async (t) => {
  const dataDir = temporaryFolder(t)
  const { printed } = await start(
    t,
    ['src/main.ts'],
    { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' },
    'curl ',
  )
  const first = execFileSync('bash', ['-c', /^ *(curl .*)$/m.exec(printed)![1]!], {
    encoding: 'utf8',
  })
  t.match(
    JSON.parse(first),
    { data: [{ payable: true }, { payable: true }, { payable: true }] },
    'the printed curl lists the open tabs',
  )

  const blocks = session('Pay at Table')
  t.ok(blocks.filter(({ output }) => output !== undefined).length >= 5, 'there is a session to run')
  const outputs = run(blocks, (script) => script.replaceAll('.data/', `${dataDir}/`))
  for (const [index, { commands, output }] of blocks.entries()) {
    if (output !== undefined) {
      t.equal(stable(outputs[index]!), stable(output), commands.trim().split('\n')[0]!)
    }
  }
})

t.test('the shift goes as the page says, and its numbers agree', async (t) => {
  const dataDir = temporaryFolder(t)
  await start(t, ['src/main.ts'], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' }, 'curl ')
  const blocks = session('Run a shift')
  const outputs = run(blocks, (script) =>
    `export DATA_DIR=${dataDir}\n${script}`.replaceAll('.data/', `${dataDir}/`),
  )
  for (const [index, { commands, output }] of blocks.entries()) {
    if (output !== undefined) {
      t.equal(stable(outputs[index]!), stable(output), commands.trim().split('\n')[0]!)
    }
  }
  const { report } = JSON.parse(readFileSync(join(dataDir, 'friday.json'), 'utf8')) as {
    report: {
      sales: { totalMinor: number }
      takingsMinor: number
      unsettledStartMinor: number
      unsettledEndMinor: number
    }
  }
  t.equal(
    report.takingsMinor,
    report.sales.totalMinor + report.unsettledEndMinor - report.unsettledStartMinor,
  )
})

t.test('the evening without an account goes as the page says', async (t) => {
  const [demo, ...blocks] = session('Try it without a Dojo account')
  t.equal(demo!.commands.trim(), 'npm run demo')
  const told = execFileSync(process.execPath, ['scripts/demo.ts'], { cwd: ROOT, encoding: 'utf8' })
  t.ok(stable(told).includes(stable(demo!.output!)), 'the story')

  const dataDir = temporaryFolder(t)
  await start(t, ['src/main.ts'], { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' }, 'curl ')
  const { url } = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as { url: string }
  const sandbox = await start(
    t,
    ['src/sandbox/main.ts', '--port', '0'],
    {},
    '/epos-tester-tool/flows',
  )
  const sandboxUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(sandbox.printed)![0]
  const outputs = run(blocks, (script) =>
    `export DATA_DIR=${dataDir} SANDBOX_URL=${sandboxUrl}\n${script}`
      .replace('npx epos sandbox &\n', '')
      .replaceAll('http://127.0.0.1:8090', sandboxUrl)
      .replaceAll('http://127.0.0.1:8080', url)
      .replaceAll('.data/', `${dataDir}/`),
  )
  for (const [index, { commands, output }] of blocks.entries()) {
    if (output !== undefined) {
      t.equal(
        stable(outputs[index]!.replaceAll(dataDir, '.data')),
        stable(output),
        commands.trim().split('\n')[0]!,
      )
    }
  }
})

function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'epos-readme-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

t.test('every command that the page names exists', async (t) => {
  const scripts = new Set([...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name!))
  for (const name of scripts) t.ok(manifest.scripts[name], `npm run ${name}`)
  const commands = new Set([...readme.matchAll(/npx epos ([a-z]+)/g)].map(([, name]) => name!))
  t.ok(commands.size >= 7)
  const help = async (...words: string[]): Promise<string> =>
    (await runEpos([...words, '--help'])).stdout
  const all = await help()
  for (const name of commands) t.match(all, new RegExp(`^  ${name} `, 'm'), `epos ${name}`)
  const location = await help('location')
  for (const subcommand of [
    'create',
    'list',
    'show',
    'set',
    'set-bill-template',
    'set-dojo-key',
    'rotate-credential',
    'revoke-credential',
  ]) {
    t.ok(readme.includes(subcommand) && location.includes(subcommand), `location ${subcommand}`)
  }
  for (const flag of ['--product', '--dry-run']) t.match(await help('register'), flag)
})
