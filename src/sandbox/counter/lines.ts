// A till over lines of JSON: each task is a line, and so is each answer, in the same sequence. That
// is how the certifier drives a program (--drive).
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { limits } from '../limits.ts'
import type { Task, Till, TillAnswer } from './till.ts'

export interface DriveOptions {
  /** A command line for the shell. */
  command: string
  /** For the environment of the program: where Dojo's API is, and with which key. */
  environment: Readonly<Record<string, string | undefined>>
  /** What the program writes to its standard error, for people. */
  onRemark: (text: string) => void
  taskMs?: number
}

/** Starts the program. It is ended with the till. */
export function driveProgram(options: DriveOptions): Till {
  const { command, environment, onRemark, taskMs = limits.counterTaskMs } = options
  const child = spawn(command, {
    shell: true,
    env: environment as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  let ended: string | undefined
  child.on('error', ({ message }) => (ended = message))
  child.on('exit', (code) => (ended ??= `it ended with the exit code ${code}`))
  child.stderr.setEncoding('utf8').on('data', onRemark)
  // A program that has ended gives no answer, which is noticed below.
  child.stdin.on('error', () => {})
  return {
    isPerson: false,
    ask: async (task) => {
      child.stdin.write(`${JSON.stringify(task)}\n`)
      const next = lines.next()
      const timer = Promise.withResolvers<undefined>()
      const timeout = setTimeout(timer.resolve, taskMs, undefined)
      const line = await Promise.race([next, timer.promise])
      clearTimeout(timeout)
      if (line === undefined || line.done === true) {
        throw new Error(
          line === undefined
            ? `The till's program did not answer within ${taskMs / 1000} s: ${described(task)}`
            : `The till's program is gone (${ended ?? 'it closed its output'}): ${described(task)}`,
        )
      }
      return answerOf(line.value, task)
    },
    close: async () => {
      await end(child)
    },
  }
}

/** It is asked to end by the end of its input, and made to if it does not. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin!.end()
  const timer = setTimeout(() => child.kill('SIGTERM'), limits.counterEndMs)
  await exited
  clearTimeout(timer)
}

const described = (task: Task): string => `the task was ${task.do}.`

const FIELDS: ReadonlySet<string> = new Set(['shows', 'refused', 'cannot', 'version'])

/** @throws Error when the line is no answer */
function answerOf(line: string, task: Task): TillAnswer {
  let answer: unknown
  try {
    answer = JSON.parse(line)
  } catch {
    answer = undefined
  }
  const isAnswer =
    typeof answer === 'object' &&
    answer !== null &&
    Object.keys(answer).every((field) => FIELDS.has(field))
  if (isAnswer) return answer as TillAnswer
  const shown = line.slice(0, limits.maxLogCharacters)
  throw new Error(
    `The till's program answered ${shown} to the task ${task.do}. Answer with one line of JSON ` +
      `with some of ${[...FIELDS].join(', ')}.`,
  )
}
