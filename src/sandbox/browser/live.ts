// What the page knows of the account, kept current by the stand-in's stream.
import { computed, signal } from '@preact/signals'
import { createFormats } from '../../page/browser/formats.ts'
import { asProblem, type Problem } from '../../page/browser/problem.ts'
import { follow } from '../../page/browser/stream.ts'
import { setServerTime } from '../../page/browser/use-now.ts'
import type { AccountView } from '../api/account.ts'
import type { BenchView } from '../bench/views.ts'
import type { CertificationView } from '../runs/certification.ts'
import type { WireSummary } from '../wire/entry.ts'
import { leaveAccount, sandbox } from './session.ts'

export interface ActiveFault {
  kind: string
  on?: string
  times?: number
  delayMs?: number
  hits: number
}

export interface FaultsView {
  kinds: Record<string, string>
  active: ActiveFault[]
}

export const connection = signal({ isLive: false, sinceMs: Date.now() })
export const problem = signal<Problem | undefined>(undefined)
export const account = signal<AccountView | undefined>(undefined)
export const bench = signal<BenchView | undefined>(undefined)
/** The newest first. */
export const calls = signal<readonly WireSummary[]>([])
export const faults = signal<FaultsView | undefined>(undefined)
export const certification = signal<CertificationView | undefined>(undefined)

const MOST_CALLS = 300
const TOGETHER_MS = 150

/** In pounds until an order says otherwise: the EPOS Data API names no currency of a venue. */
export const formats = computed(() => formatsIn('GBP'))

export function formatsIn(currencyCode: string) {
  return createFormats(currencyCode, account.value?.timeZone ?? 'Europe/London')
}

/** Follows the account until what it returns is called. */
export function startLive(): () => void {
  return follow(sandbox, '/stream', {
    onLive: () => {
      connection.value = { isLive: true, sinceMs: Date.now() }
      void readAll()
    },
    onLost: (lost) => {
      if (connection.value.isLive) connection.value = { isLive: false, sinceMs: Date.now() }
      if (lost?.status === 401) leaveAccount(lost)
    },
    onEvent: ({ type, data }) => {
      take(type, data)
    },
  })
}

function take(type: string, data: unknown): void {
  switch (type) {
    case 'wire':
      calls.value = [data as WireSummary, ...calls.value].slice(0, MOST_CALLS)
      // What the faults have done is counted at the stand-in.
      if ((faults.value?.active.length ?? 0) > 0) readFaultsSoon()
      break
    case 'bench':
      bench.value = data as BenchView
      break
    case 'faults':
      readFaultsSoon()
      break
    case 'account':
      void readAccount().catch(() => {})
      break
    case 'certification':
      certification.value = data as CertificationView
      break
  }
}

async function readAll(): Promise<void> {
  try {
    const [wire, machines] = await Promise.all([
      sandbox.call<{ calls: WireSummary[] }>('GET', '/wire'),
      sandbox.call<BenchView>('GET', '/machines'),
      readAccount(),
      readFaults(),
    ])
    calls.value = wire.calls
    bench.value = machines
    problem.value = undefined
  } catch (error) {
    problem.value = asProblem(error)
  }
}

async function readAccount(): Promise<void> {
  const read = await sandbox.call<AccountView>('GET', '/account')
  setServerTime(read.now)
  account.value = read
}

async function readFaults(): Promise<void> {
  faults.value = await sandbox.call<FaultsView>('GET', '/faults')
}

let timer: ReturnType<typeof setTimeout> | undefined

/** Calls that come together are counted together. */
function readFaultsSoon(): void {
  timer ??= setTimeout(() => {
    timer = undefined
    void readFaults().catch(() => {})
  }, TOGETHER_MS)
}
