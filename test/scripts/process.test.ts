// The command as it is installed: found by npx, with an honest exit code and no stack trace.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkFailure, runProcess } from '../support/scripts.ts'

const ROOT = join(import.meta.dirname, '../..')

t.test('exit codes of the process', async (t) => {
  t.match(await runProcess('bin/epos.js', ['--version']), { code: 0, stderr: '' })
  checkFailure(t, await runProcess('bin/epos.js', ['audit']), {
    code: 2,
    message: '--location is missing.',
  })
  checkFailure(
    t,
    await runProcess('scripts/epos.ts', ['location', 'list'], {
      environment: { DATABASE_URL: 'postgres://epos:hush@127.0.0.1:1/nowhere' },
    }),
    { code: 1, message: /^The database cannot be used: nothing answers there/ },
  )
})

t.test('npx finds it', async (t) => {
  t.ok(existsSync(join(ROOT, 'node_modules/.bin/epos')))
  t.match(await runProcess('node_modules/.bin/epos', ['--version']), { code: 0, stderr: '' })
})

t.test('an older Node.js starts the one of the project', async (t) => {
  const old = `Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`
  const ran = await runProcess('bin/epos.js', ['token', 'create', '--location', 'loc_1'], {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(old)}` },
  })
  checkFailure(t, ran, { code: 2, message: '--role is missing.' })
})

t.test('a reader that leaves early ends it quietly', async (t) => {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/epos.ts'), 'location', '--help'], {
    env: { PATH: process.env['PATH'] },
  })
  child.stdout.destroy()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
  })
  const code = await new Promise((resolve) => {
    child.once('close', resolve)
  })
  t.same({ code, stderr }, { code: 0, stderr: '' })
})
