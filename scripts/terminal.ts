// Colours and a line of progress, where there is a terminal to show them, and text that it may
// show.

const CODES = { green: 32, red: 31, yellow: 33, blue: 34, dim: 2, bold: 1 } as const

const coloured = process.stdout.isTTY && !process.env['NO_COLOR']

export const paint = (style: keyof typeof CODES, text: string): string =>
  coloured ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text

/** Names come from elsewhere, and must not steer the terminal. */
export const plain = (text: string): string => text.replace(/\p{Cc}/gu, ' ')

export interface Progress {
  show: (done: number, total: number, doing: string) => void
  /** A line that stays, above the progress. */
  print: (line: string) => void
  end: () => void
}

const BAR_COLUMNS = 24

export function createProgress(): Progress {
  let bar = ''
  const clear = (): void => {
    if (process.stdout.isTTY && bar !== '') process.stdout.write('\r\u001b[2K')
  }
  return {
    show: (done, total, doing) => {
      clear()
      const full = Math.floor((BAR_COLUMNS * done) / total)
      bar = `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${done}/${total} ${doing}`
      if (process.stdout.isTTY) process.stdout.write(bar)
    },
    print: (line) => {
      clear()
      process.stdout.write(`${line}\n`)
      if (process.stdout.isTTY) process.stdout.write(bar)
    },
    end: () => {
      clear()
      bar = ''
    },
  }
}
