// Random numbers, ids and secrets that repeat: the same seed draws the same ones.

export interface Random {
  /** From 0 up to, but not including, 1. */
  next: () => number
  /** From 0 up to, but not including, the bound. */
  below: (bound: number) => number
  /** Letters and digits. */
  text: (characters: number) => string
  uuid: () => string
  /** The seed that continues the sequence from here. */
  state: () => number
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Mulberry32: 32 bits of state, good enough for shuffling and for ids. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  const text = (characters: number): string =>
    Array.from({ length: characters }, () => ALPHABET[below(ALPHABET.length)]!).join('')
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => below(16).toString(16)).join('')
  const uuid = (): string =>
    `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[below(4)]!}${hex(3)}-${hex(12)}`
  return { next, below, text, uuid, state: () => state }
}

/** A seed from a text, so that each account and each fault has its own sequence. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
