// The server and what may end around it: those who read its output, its embedded database, npm.
import { spawn } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compileCache } from '../support/compile-cache.ts'
import { checkNothingRuns, newDataDir } from '../support/scripts.ts'
import { until } from '../support/visits.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

interface Started {
  url: string
  said: () => string
  /** Leaves the output, as `| head` does. */
  stopReading: () => void
  end: (signal: NodeJS.Signals) => void
  ended: Promise<number | null>
}

/** Starts the server below a shell, as npm does, and waits until it listens. */
async function startBelowShell(t: Test, dataDir: string, workers = '1'): Promise<Started> {
  // The shell ends at once when it is killed, and passes nothing on.
  const shell = spawn('sh', ['-c', '"$0" "$1" & echo "pid $!"; wait $!', process.execPath, MAIN], {
    env: {
      ...{ PATH: process.env['PATH'], ...compileCache() },
      ...{ PORT: '0', DATA_DIR: dataDir, npm_lifecycle_event: 'start' },
      WORKERS: workers,
    },
    detached: true,
  })
  t.teardown(() => {
    try {
      process.kill(-shell.pid!, 'SIGKILL')
    } catch {
      // all of it has ended
    }
  })
  let output = ''
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      output += part
    })
  }
  const ended = new Promise<number | null>((resolve) => {
    shell.once('exit', resolve)
  })
  await until('it has started', () => output.includes('curl '), 30_000)
  return {
    url: /Listening on (\S+),/.exec(output)![1]!,
    said: () => output,
    stopReading: () => {
      shell.stdout.destroy()
      shell.stderr.destroy()
    },
    end: (signal) => {
      const [, server] = /pid (\d+)/.exec(output)!
      process.kill(signal === 'SIGKILL' ? shell.pid! : Number(server), signal)
    },
    ended,
  }
}

const isReady = async (url: string): Promise<boolean> =>
  await fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  )

const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

t.test('a server outlives its readers and its database', async (t) => {
  const dataDir = newDataDir(t)
  const server = await startBelowShell(t, dataDir)
  server.stopReading()
  const killed = postmasterOf(dataDir)
  process.kill(killed, 'SIGKILL')
  await until('the database is gone', async () => !(await isReady(server.url)))
  await until('it is back', async () => await isReady(server.url), 20_000)
  t.not(postmasterOf(dataDir), killed)
  server.end('SIGTERM')
  t.equal(await server.ended, 0)
  checkNothingRuns(t, dataDir)

  t.test('with several processes it ends with what started it', async (t) => {
    const server = await startBelowShell(t, dataDir, '2')
    server.end('SIGKILL')
    await until('it says so', () => server.said().includes('Stopped.'), 20_000)
    t.match(server.said(), 'npm has ended: finishing the requests in flight.')
    checkNothingRuns(t, dataDir)
  })

  t.test('a database that does not start again ends it, with the reason', async (t) => {
    const server = await startBelowShell(t, dataDir)
    const version = join(dataDir, 'postgres/PG_VERSION')
    renameSync(version, `${version}.elsewhere`)
    process.kill(postmasterOf(dataDir), 'SIGKILL')
    t.equal(await server.ended, 1)
    t.match(server.said(), /The embedded PostgreSQL has ended and does not start: .*postgres\.log/)
  })
})
