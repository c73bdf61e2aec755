// A process that runs tests with edits, and is ended when it is worn out or nothing is heard of it.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** Sent to the process: tests to run, with the edit of a source or without one. */
export interface TrialRequest {
  edit?: { path: string; text: string }
  tests: string[]
  /** After this time no other test begins. */
  seconds: number
}

/** What it says before each test, and at the end: how many there were, and which failed. */
export type TrialNews = { begins: string } | { tests: number; failed: string | undefined }

/** Each trial evaluates the project's modules anew, and none of them is forgotten. */
const MOST_TRIALS = 40

export interface Tried {
  tests: number
  /** The first test that failed, or that did not end. */
  failed: string | undefined
}

export class TestProcess {
  readonly #root: string
  #child: ChildProcess | undefined
  #trials = 0

  constructor(root: string) {
    this.#root = root
  }

  /** @param longestMs how long a test may take */
  async try(request: TrialRequest, longestMs: (test: string) => number): Promise<Tried> {
    const tried = await this.#tryOnce(request, longestMs)
    // What the edit before has left behind may end the process before it hears of this one.
    return tried.tests === 0 ? await this.#tryOnce(request, longestMs) : tried
  }

  async #tryOnce(request: TrialRequest, longestMs: (test: string) => number): Promise<Tried> {
    if (this.#trials++ >= MOST_TRIALS) await this.end()
    const child = (this.#child ??= this.#start())
    return await new Promise((resolve) => {
      let running = request.tests[0]
      let begun = 0
      let patience: NodeJS.Timeout | undefined
      const finish = (tried: Tried): void => {
        clearTimeout(patience)
        child.off('message', hear).off('exit', gone)
        resolve(tried)
      }
      const gone = (): void => {
        this.#child = undefined
        this.#trials = 0
        finish({ tests: begun, failed: running })
      }
      const hear = (news: TrialNews): void => {
        if ('tests' in news) {
          finish(news)
          return
        }
        begun++
        running = news.begins
        clearTimeout(patience)
        patience = setTimeout(() => child.kill('SIGKILL'), longestMs(running))
      }
      child.on('message', hear).once('exit', gone)
      child.send(request)
    })
  }

  async end(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    this.#trials = 0
    if (child === undefined) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  #start(): ChildProcess {
    const child = fork(join(this.#root, 'test/support/try-edits.ts'), {
      cwd: this.#root,
      env: {
        ...process.env,
        NODE_COMPILE_CACHE: join(this.#root, 'node_modules/.cache/compiled'),
        NODE_NO_WARNINGS: '1',
        TAP_TIMEOUT: '36000',
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // Some edits end the process later. A request that reaches it no more ends with it.
    child.on('error', () => {})
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    return child
  }
}
