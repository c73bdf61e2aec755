// The README is run: its session answers what it says, its commands exist.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'

const ROOT = join(import.meta.dirname, '..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> }

interface Block { commands: string, output: string | undefined }

/** The fenced commands below a heading, each with the output that stands right after it. */
function session (heading: string): Block[] {
  const section = readme.split(/^## /m).find((part) => part.startsWith(heading))!
  const fences = [...section.matchAll(/^```(sh|text)\n(.*?)^```$/gms)].map(([, language, text]) => ({ language, text: text! }))
  return fences.flatMap(({ language, text }, index) => language === 'sh' ? [{ commands: text, output: fences[index + 1]?.language === 'text' ? fences[index + 1]!.text : undefined }] : [])
}

/** What differs from run to run: ids, and the time on the bill. */
const stable = (text: string): string => text.replace(/ord_[0-9a-f]{32}/g, 'ord_…').replace(/[0-9a-f]{32}/g, 'trace…').replace(/\d\d\/\d\d\/\d{4} \d\d:\d\d/g, 'dd/mm/yyyy hh:mm').trim()

t.test('the session answers what the page says', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'epos-readme-'))
  const server = spawn(process.execPath, ['src/main.ts'], { cwd: ROOT, env: { ...process.env, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent' }, stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(async () => {
    server.kill('SIGTERM')
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(dataDir, { recursive: true, force: true })
  })
  let printed = ''
  for await (const line of createInterface(server.stderr)) {
    printed += `${line}\n`
    if (line.includes('curl ')) break
  }
  server.stderr.resume()

  const first = execFileSync('bash', ['-c', /^ *(curl .*)$/m.exec(printed)![1]!], { encoding: 'utf8' })
  t.match(JSON.parse(first), { data: [{ payable: true }, { payable: true }, { payable: true }] }, 'the printed curl lists the open tabs')

  const blocks = session('Pay at Table')
  t.ok(blocks.filter(({ output }) => output !== undefined).length >= 5, 'there is a session to run')
  const mark = '== end of block =='
  const script = blocks.map(({ commands }) => `${commands}\necho; echo '${mark}'`).join('\n').replaceAll('.data/', `${dataDir}/`)
  const outputs = execFileSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8' }).split(mark)
  for (const [index, { commands, output }] of blocks.entries()) {
    if (output !== undefined) t.equal(stable(outputs[index]!), stable(output), commands.trim().split('\n')[0]!)
  }
})

t.test('every command that the page names exists', async (t) => {
  const named = new Set([...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name!))
  t.ok(named.size >= 7)
  for (const name of named) {
    t.ok(manifest.scripts[name], `npm run ${name}`)
    if (name === 'lint') continue
    const help = execFileSync(process.execPath, [`scripts/${name}.ts`, '--help'], { cwd: ROOT, encoding: 'utf8' })
    t.match(help, new RegExp(`npm run ${name}`), `npm run ${name} -- --help`)
  }
  const location = execFileSync(process.execPath, ['scripts/location.ts', '--help'], { cwd: ROOT, encoding: 'utf8' })
  for (const subcommand of ['create', 'list', 'show', 'set', 'set-bill-template', 'set-dojo-key', 'rotate-credential', 'revoke-credential', 'unmatched-payments']) {
    t.ok(readme.includes(subcommand) && location.includes(subcommand), `location ${subcommand}`)
  }
  for (const flag of ['--product', '--dry-run']) t.match(execFileSync(process.execPath, ['scripts/register.ts', '--help'], { cwd: ROOT, encoding: 'utf8' }), flag)
})
