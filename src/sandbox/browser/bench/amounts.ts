// Amounts that a hand types, and shares that a guest adds.

export const SHARES = [
  { name: '10 %', hundredths: 1_000 },
  { name: '12.5 %', hundredths: 1_250 },
  { name: '15 %', hundredths: 1_500 },
] as const

/** `12.5` is 1250; undefined when it is not an amount above zero with at most two decimals. */
export function minorOf(text: string): number | undefined {
  if (!/^\d{1,6}([.,]\d{1,2})?$/.test(text.trim())) return undefined
  const minor = Math.round(Number(text.trim().replace(',', '.')) * 100)
  return minor > 0 ? minor : undefined
}

/** A tenth is 1000. */
export function shareOf(amountMinor: number, hundredthsOfPercent: number): number {
  return Math.round((amountMinor * hundredthsOfPercent) / 10_000)
}
