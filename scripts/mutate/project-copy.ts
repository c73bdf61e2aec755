// A copy of the project in which edits are made and tests run, beside the project's own files, so
// that nothing is lost when it is interrupted.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const NOT_COPIED = ['.data', '.git', '.tap', 'node_modules']
/** What Node compiled: good for the next copy too. */
const KEPT = 'compiled'

export class ProjectCopy {
  readonly path: string

  /** In the one place of this project, so that an interrupted run leaves no second one behind. */
  constructor(root: string) {
    const name = createHash('sha256').update(root).digest('hex').slice(0, 12)
    this.path = join(tmpdir(), `epos-mutate-${name}`)
    mkdirSync(this.path, { recursive: true })
    for (const left of readdirSync(this.path).filter((entry) => entry !== KEPT)) {
      rmSync(join(this.path, left), { recursive: true })
    }
    for (const entry of readdirSync(root).filter((entry) => !NOT_COPIED.includes(entry))) {
      cpSync(join(root, entry), join(this.path, entry), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(this.path, 'node_modules'))
  }

  read(path: string): string {
    return readFileSync(join(this.path, path), 'utf8')
  }

  /** And the database of its tests. */
  async remove(): Promise<void> {
    await this.run({ file: ['test/support/stop-database.ts'], longestMs: () => 60_000 })
    rmSync(this.path, { recursive: true, force: true })
  }

  /** Runs a file of Node that prints TAP, and ends it when nothing is heard of its test. */
  async run({ file, longestMs, environment = {} }: Run): Promise<Result> {
    const child = spawn(process.execPath, file, {
      cwd: this.path,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(this.path, KEPT),
        TAP_TIMEOUT: '3600',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const kill = (): void => {
      child.kill('SIGKILL')
    }
    let patience = setTimeout(kill, longestMs(undefined))
    const failed: string[] = []
    let running: string | undefined
    for await (const line of createInterface(child.stdout)) {
      const begun = /^# Subtest: (.*)$/.exec(line)?.[1]
      if (begun !== undefined) {
        running = begun
        clearTimeout(patience)
        patience = setTimeout(kill, longestMs(running))
      }
      const name = /^not ok \d+ - (\S+\.test\.ts(?: over the socket)?)/.exec(line)?.[1]
      if (name !== undefined) failed.push(name)
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    clearTimeout(patience)
    const hasPassed = child.exitCode === 0
    if (!hasPassed && failed.length === 0 && running !== undefined) failed.push(running)
    return { hasPassed, failed }
  }
}

interface Run {
  /** And its arguments. */
  file: readonly string[]
  /** How long this test may take; before the first one, how long until it begins. */
  longestMs: (test: string | undefined) => number
  environment?: NodeJS.ProcessEnv
}

export interface Result {
  hasPassed: boolean
  /** Names of test files. */
  failed: string[]
}
