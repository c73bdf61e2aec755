// Options that several commands have, and how their values are read.
import { Option } from 'commander'
import { text as readAll } from 'node:stream/consumers'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { limits } from '../../src/limits.ts'
import type { Io } from './io.ts'
import { UsageFault } from './program.ts'

/** The venue that a command works on. */
export function locationOption(): Option {
  return textOption('--location <id>', 'the venue').makeOptionMandatory()
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON')
}

export function insecureOption(): Option {
  return new Option(
    '--allow-insecure',
    'accept a PUBLIC_URL without TLS or in a private network, for a Dojo of your own',
  )
}

/** A text that cannot be empty. */
export function textOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => notEmpty(text, flags))
}

/** May be given several times. */
export function repeatedOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text, before: string[] | undefined) => [
    ...(before ?? []),
    notEmpty(text, flags),
  ])
}

export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
): Option {
  const option = new Option(flags, description).choices(choices)
  return option.argParser((text) => {
    if (notEmpty(text, flags) !== '' && choices.includes(text)) return text
    throw new UsageFault(`${nameOf(flags)} is one of ${choices.join(', ')}, not ${text}.`)
  })
}

export function switchOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (text !== 'on' && text !== 'off') {
      throw new UsageFault(`${nameOf(flags)} is on or off, not ${text}.`)
    }
    return text === 'on'
  })
}

/** An amount in minor units, or off. */
export function minorOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    // Commander takes null for a value that is missing.
    if (text === 'off') return text
    if (/^[1-9]\d*$/.test(text) && Number(text) <= limits.maxAmountMinor) return Number(text)
    throw new UsageFault(
      `${nameOf(flags)} is an amount in minor units, such as 5000 for 50.00, or off; not ${text}.`,
    )
  })
}

/** One of these numbers, or `off` for none. */
export function numberOrOffOption(
  flags: string,
  description: string,
  { least, most }: { least: number; most: number },
): Option {
  return new Option(flags, description).argParser((text) => {
    if (text === 'off') return text
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    const numbers = least === most ? `${least}` : `a whole number from ${least} to ${most}`
    throw new UsageFault(`${nameOf(flags)} is ${numbers}, or off, not ${text}.`)
  })
}

/** One of these numbers. */
export function wholeNumberOption(
  flags: string,
  description: string,
  { least, most }: { least: number; most: number },
): Option {
  return new Option(flags, description).argParser((text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN
    if (number >= least && number <= most) return number
    throw new UsageFault(
      `${nameOf(flags)} is a whole number from ${least} to ${most}, not ${text}.`,
    )
  })
}

/** Names separated by commas. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
}

function notEmpty(text: string, flags: string): string {
  if (text === '') throw new UsageFault(`${nameOf(flags)} is missing.`)
  return text
}

/** What an option that is a number or `off` sets. */
export function orNull<Value>(value: Value | 'off' | undefined): Value | null | undefined {
  return value === 'off' ? null : value
}

const nameOf = (flags: string): string => flags.split(' ')[0]!

/** A line typed at a terminal, which does not show it, or everything from a pipe. */
export async function readSecret({ stdin, stderr }: Io, question: string): Promise<string> {
  if (stdin.isTTY !== true) return (await readAll(stdin)).trim()
  stderr.write(question)
  const silence = new Writable({
    write(_chunk, _encoding, done) {
      done()
    },
  })
  const terminal = createInterface({ input: stdin, output: silence, terminal: true })
  try {
    const stopped = new Promise<never>((_resolve, reject) => {
      terminal.once('SIGINT', () => {
        reject(new Error('Nothing was changed.'))
      })
    })
    return (await Promise.race([terminal.question(''), stopped])).trim()
  } finally {
    terminal.close()
    stderr.write('\n')
  }
}
