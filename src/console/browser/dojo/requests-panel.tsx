// What Dojo asked last, and why it was refused. The list follows by itself until a request is
// chosen; then it holds still.
import { useLocation } from 'preact-iso'
import { useEffect, useRef, useState } from 'preact/hooks'
import { SearchField } from '../../../page/browser/fields.tsx'
import { Button } from '../../../page/browser/form.tsx'
import { Icon } from '../../../page/browser/icon.tsx'
import { Empty, Failure, Segments, Waiting } from '../../../page/browser/parts.tsx'
import { useLoad, type Loaded } from '../../../page/browser/use-load.ts'
import { base, formats, me, sessionEnded } from '../session.ts'
import { BodiesSwitch } from './bodies-switch.tsx'
import { CAPABILITIES } from './capabilities.ts'
import { RequestDetail } from './request-detail.tsx'
import { from, LOOKS, readRequests, type DojoRequest, type RequestPage } from './requests.ts'

/** Servers write requests down once a second. */
const FOLLOW_MS = 1_000

export function Requests() {
  const { query, route } = useLocation()
  const chosen = query['request']
  if (chosen === undefined) return <List chosen={undefined} />
  return (
    <div class="cols cols--wide">
      <List chosen={chosen} />
      <RequestDetail
        key={chosen}
        requestId={chosen}
        onClose={() => {
          route(`${base}/dojo`)
        }}
      />
    </div>
  )
}

type Show = 'all' | 'refused'

interface View {
  show: Show
  capability: string
  search: string
  /** The cursors of the pages that led here; none on the newest page. */
  pages: readonly string[]
}

const FIRST: View = { show: 'all', capability: '', search: '', pages: [] }

function List({ chosen }: { chosen: string | undefined }) {
  const [view, setView] = useState<View>(FIRST)
  const [isHeld, setHeld] = useState(false)
  const isNewest = view.pages.length === 0
  const follows = !isHeld && chosen === undefined && isNewest
  const { data, problem, reload } = useRequests(view, follows)
  return (
    <section class="panel" aria-labelledby="requests">
      <div class="panel__head row--wrap">
        <h2 id="requests">Requests</h2>
        <Choices view={view} onChange={setView} />
        <Button
          icon="pause"
          isSmall
          isPressed={!follows}
          disabled={chosen !== undefined || !isNewest}
          onPress={() => {
            setHeld(!isHeld)
          }}
        >
          Hold still
        </Button>
      </div>
      {problem === undefined ? null : <Failure problem={problem} onRetry={reload} />}
      {data === undefined ? (
        <Waiting rows={4} />
      ) : (
        <Rows rows={data.rows} chosen={chosen} isFiltered={isFiltered(view)} />
      )}
      <Paging
        pages={view.pages}
        after={data?.after}
        onGo={(pages) => {
          setView({ ...view, pages })
        }}
      />
      <BodiesSwitch />
    </section>
  )
}

function useRequests(
  { show, capability, search, pages }: View,
  follows: boolean,
): Loaded<RequestPage> {
  const after = pages.at(-1)
  const loaded = useLoad(
    `requests ${me.value!.venue.id} ${show} ${capability} ${after ?? ''} ${search}`,
    async () => await readRequests({ refusedOnly: show === 'refused', capability, search, after }),
  )
  const { problem, reload } = loaded
  useEffect(() => {
    if (!follows) return undefined
    const timer = setInterval(reload, FOLLOW_MS)
    return () => {
      clearInterval(timer)
    }
  }, [follows, reload])
  useEffect(() => {
    if (problem !== undefined) sessionEnded(problem)
  }, [problem])
  return loaded
}

interface ChoicesProps {
  view: View
  onChange: (view: View) => void
}

function Choices({ view, onChange }: ChoicesProps) {
  const { show, capability } = view
  return (
    <>
      <Search
        onSearch={(search) => {
          onChange({ ...view, search, pages: [] })
        }}
      />
      <select
        class="input requests__choice"
        aria-label="Capability"
        value={capability}
        onChange={({ currentTarget }) => {
          onChange({ ...view, capability: currentTarget.value, pages: [] })
        }}
      >
        <option value="">Every capability</option>
        {Object.keys(CAPABILITIES).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <Segments
        label="Which requests"
        choices={[
          { value: 'all', label: 'All' },
          { value: 'refused', label: 'Refused' },
        ]}
        chosen={show}
        onChoose={(next) => {
          onChange({ ...view, show: next, pages: [] })
        }}
      />
    </>
  )
}

/** Waits until nobody types. */
const REST_MS = 200

function Search({ onSearch }: { onSearch: (search: string) => void }) {
  const [text, setText] = useState('')
  const searched = useRef('')
  useEffect(() => {
    if (text.trim() === searched.current) return undefined
    const timer = setTimeout(() => {
      searched.current = text.trim()
      onSearch(text.trim())
    }, REST_MS)
    return () => {
      clearTimeout(timer)
    }
  }, [text])
  return <SearchField placeholder="Trace id, order, machine" value={text} onChange={setText} />
}

interface RowsProps {
  rows: readonly DojoRequest[]
  chosen: string | undefined
  isFiltered: boolean
}

const isFiltered = ({ show, capability, search }: View): boolean =>
  show !== 'all' || capability !== '' || search !== ''

function Rows({ rows, chosen, isFiltered }: RowsProps) {
  if (rows.length === 0 && isFiltered) {
    return (
      <Empty icon="search" title="No such request">
        Choose <b>All</b> and every capability, or search for something else.
      </Empty>
    )
  }
  if (rows.length === 0) {
    return (
      <Empty icon="dojo" title="No request here">
        What Dojo asks appears about a second after it was answered. Calls with a wrong credential
        are of no venue, and only in the log of the server.
      </Empty>
    )
  }
  return (
    <table class="table table--tight table--press requests">
      <caption class="unseen">Requests of Dojo, the newest first</caption>
      <thead>
        <tr>
          <th>Time</th>
          <th>Capability</th>
          <th>Answer</th>
          <th class="lo">From</th>
          <th class="num lo">ms</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((request) => (
          <Row key={request.id} request={request} isChosen={request.id === chosen} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ request, isChosen }: { request: DojoRequest; isChosen: boolean }) {
  const { route } = useLocation()
  const { id, at, capability, outcome, status, sentence, durationMs, droppedBefore } = request
  const { icon, tone } = LOOKS[outcome]
  const path = `${base}/dojo?request=${encodeURIComponent(id)}`
  return (
    <tr
      aria-selected={isChosen}
      onClick={() => {
        route(path)
      }}
    >
      <td class="faint small nowrap">{formats.value.clock(at)}</td>
      <td>
        <a
          class="strong small"
          href={path}
          onClick={(event) => {
            event.stopPropagation()
          }}
        >
          {capability}
        </a>
        <span class="two">{sentence ?? request.orderName ?? request.orderId ?? ''}</span>
        {droppedBefore === undefined ? null : (
          <span class="two">{droppedBefore} just before it came too fast to be kept</span>
        )}
      </td>
      <td>
        <span class={`status ${tone}`}>
          <Icon name={icon} />
          {status}
          <span class="unseen">{outcome}</span>
        </span>
      </td>
      <td class="lo small soft">{from(request)}</td>
      <td class="num lo">{Math.round(durationMs)}</td>
    </tr>
  )
}

interface PagingProps {
  pages: readonly string[]
  after: string | undefined
  onGo: (pages: readonly string[]) => void
}

function Paging({ pages, after, onGo }: PagingProps) {
  if (pages.length === 0 && after === undefined) return null
  return (
    <div class="panel__foot row row--wrap">
      <Button
        isSmall
        icon="left"
        disabled={pages.length === 0}
        onPress={() => {
          onGo(pages.slice(0, -1))
        }}
      >
        Newer
      </Button>
      <Button
        isSmall
        icon="right"
        disabled={after === undefined}
        onPress={() => {
          onGo([...pages, after!])
        }}
      >
        Older
      </Button>
    </div>
  )
}
