// The certification of a till at the counter, as the command plays it: with a program, or with the
// person at this terminal.
import { createInterface } from 'node:readline/promises'
import { certifyCounter } from '../../src/sandbox/counter/certifier.ts'
import { driveProgram } from '../../src/sandbox/counter/lines.ts'
import { askPerson } from '../../src/sandbox/counter/person.ts'
import type { CounterTimes } from '../../src/sandbox/counter/play.ts'
import type { Till } from '../../src/sandbox/counter/till.ts'
import type { Certificate } from '../../src/sandbox/runs/certifier.ts'
import { createKeyRedactor } from '../../src/sandbox/runs/report.ts'
import type { ScenarioRun } from '../../src/sandbox/runs/scenario-run.ts'
import { UsageFault, type Cli } from './program.ts'

interface CounterOptions {
  host: string
  port: number
  key: string
  drive?: string
  /** For tests: how long it waits for the till. */
  times?: Partial<CounterTimes>
}

interface Progress {
  only?: readonly string[] | undefined
  isInterrupted?: (() => boolean) | undefined
  onStart: (scenario: { name: string }, finished: number, total: number) => void
  onRun?: ((run: ScenarioRun, finished: number, total: number) => void) | undefined
}

/** @throws UsageFault when neither a program nor a person can be asked */
export function counterCertifier(
  { io }: Cli,
  { host, port, key, drive, times = {} }: CounterOptions,
): (progress: Progress) => Promise<{ certificate: Certificate; redact: (text: string) => string }> {
  if (drive === undefined && io.stdin.isTTY !== true) {
    throw new UsageFault(
      'Nobody can be asked here: name a program with --drive, or use a terminal.',
    )
  }
  const openTill = async (url: string): Promise<Till> => {
    io.stderr.write(`Dojo's API is at ${url}, and the API key is ${key}\n`)
    const environment = { ...io.env, DOJO_API_URL: url, DOJO_API_KEY: key }
    if (drive === undefined) return atTerminal(io)
    return driveProgram({ command: drive, environment, onRemark: (text) => io.stderr.write(text) })
  }
  return async ({ only, isInterrupted, onStart, onRun }) => ({
    certificate: await certifyCounter({
      host,
      port,
      key,
      openTill,
      times,
      onStart,
      ...(only === undefined ? {} : { only }),
      ...(onRun === undefined ? {} : { onRun }),
      ...(isInterrupted === undefined ? {} : { isInterrupted }),
    }),
    redact: createKeyRedactor(key),
  })
}

function atTerminal({ stdin, stderr }: Cli['io']): Till {
  const terminal = createInterface({ input: stdin, output: stderr })
  const till = askPerson(async (text) => await terminal.question(text))
  return {
    ...till,
    close: async () => {
      terminal.close()
    },
  }
}
