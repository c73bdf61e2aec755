// The last requests of Dojo, as the page speaks of them.
import type { Static } from 'typebox'
import { useEffect } from 'preact/hooks'
import { useLoad } from '../../../page/browser/use-load.ts'
import type { IconName } from '../../../page/browser/icon.tsx'
import type { Tone } from '../../../page/browser/parts.tsx'
import type { RequestFiguresShape } from '../../../till/venue/dojo-request-figures.ts'
import type {
  RequestLogShape,
  RequestShape,
  RequestWithBodiesShape,
} from '../../../till/venue/dojo-requests.ts'
import { waiterNames } from '../live.ts'
import { base, me, till } from '../session.ts'

export type DojoRequest = Static<typeof RequestShape>
export type RequestWithBodies = Static<typeof RequestWithBodiesShape>
export type RequestFigures = Static<typeof RequestFiguresShape>
export type RequestLog = Static<typeof RequestLogShape>
export type Who = RequestLog['switches'][number]['startedBy']

export interface RequestPage {
  rows: DojoRequest[]
  after?: string
}

export interface Wanted {
  refusedOnly: boolean
  capability: string
  search: string
  /** The cursor of the page before it. */
  after: string | undefined
}

export async function readRequests({ refusedOnly, capability, search, after }: Wanted) {
  const query = new URLSearchParams({
    limit: '25',
    ...(refusedOnly ? { refusedOnly: 'true' } : {}),
    ...(capability === '' ? {} : { capability }),
    ...(search === '' ? {} : { search }),
    ...(after === undefined ? {} : { after }),
  })
  return await till.call<RequestPage>('GET', `/dojo/requests?${query.toString()}`)
}

export const LOOKS: Record<DojoRequest['outcome'], { icon: IconName; tone: Tone }> = {
  Answered: { icon: 'tick', tone: 'good' },
  Refused: { icon: 'warn', tone: 'warn' },
  Failed: { icon: 'cross', tone: 'bad' },
}

/** The card machine or the product, and who had it in hand. */
export function from({ deviceId, product, waiterId }: DojoRequest): string {
  const what = deviceId ?? product ?? 'Dojo'
  return waiterId === undefined ? what : `${what}, ${nameOf(waiterId)}`
}

export function who({ waiterId, deviceId }: Who): string {
  if (waiterId !== undefined) return nameOf(waiterId)
  return deviceId ?? 'a till'
}

const nameOf = (waiterId: string): string => waiterNames.value.get(waiterId) ?? `waiter ${waiterId}`

export function orderPath({ orderId = '' }: DojoRequest, clock: string): string {
  return `${base}/orders/${encodeURIComponent(orderId)}?at=${clock}`
}

const FIGURES_MS = 5_000

/** Undefined until they were read. They are read again by themselves. */
export function useRequestFigures(): RequestFigures | undefined {
  const { data, reload } = useLoad(
    `figures ${me.value!.venue.id}`,
    async () => await till.call<RequestFigures>('GET', '/dojo/request-figures'),
  )
  useEffect(() => {
    const timer = setInterval(reload, FIGURES_MS)
    return () => {
      clearInterval(timer)
    }
  }, [reload])
  return data
}
