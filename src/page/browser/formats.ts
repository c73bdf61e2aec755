// Money and times as people read them, by the venue's currency and clocks.

export interface Formats {
  /** 1825 is `£18.25`, with a minus sign for less than nothing. */
  money: (amountMinor: number) => string
  /** The same with a plus for more than nothing. */
  change: (amountMinor: number) => string
  /** `20:31:07` */
  clock: (at: Date | string | number) => string
  /** `20:31` */
  time: (at: Date | string | number) => string
  /** `Friday 27 November` */
  day: (at: Date | string | number) => string
  /** `27/11/2026` */
  date: (at: Date | string | number) => string
  /** The city of the zone, as in `London`. */
  zone: string
}

export function createFormats(currency: string, timeZone: string): Formats {
  const amount = new Intl.NumberFormat('en-GB', { style: 'currency', currency })
  const money = (amountMinor: number): string =>
    amount.format(amountMinor === 0 ? 0 : amountMinor / 100).replace('-', '\u2212')
  const part = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options })
    return (at: Date | string | number) => format.format(new Date(at))
  }
  return {
    money,
    change: (amountMinor) => (amountMinor > 0 ? `+${money(amountMinor)}` : money(amountMinor)),
    clock: part({ hour: '2-digit', minute: '2-digit', second: '2-digit' }),
    time: part({ hour: '2-digit', minute: '2-digit' }),
    day: part({ weekday: 'long', day: 'numeric', month: 'long' }),
    date: part({ day: '2-digit', month: '2-digit', year: 'numeric' }),
    zone: timeZone.split('/').at(-1)!.replaceAll('_', ' '),
  }
}

/** `4 min`, `1 h 19`: to the minute. */
export function duration(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')}`
}

/** `7 min ago` */
export function ago(ms: number): string {
  return ms < 60_000 ? 'just now' : `${duration(ms)} ago`
}

/** `0:42` */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
}

/** `1 order`, `2 orders`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
