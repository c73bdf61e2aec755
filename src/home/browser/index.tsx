// The page at `/`: what runs here, and where to go.
import '../../page/browser/styles/index.css'
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { pageBase } from '../../page/browser/api.ts'
import { Icon, type IconName } from '../../page/browser/icon.tsx'

interface Health {
  status: string
  checks: { database: string; load: string }
}

const PLACES: readonly { path: string; icon: IconName; name: string; what: string }[] = [
  { path: '/console', icon: 'floor', name: 'Console', what: 'the venue as it is now' },
  { path: '/docs', icon: 'file', name: 'Docs', what: 'the APIs of this server, to read and try' },
  { path: '/health/ready', icon: 'pulse', name: 'Health', what: 'whether it can serve' },
]

function Home() {
  const [health, setHealth] = useState<Health>()
  const [isReached, setReached] = useState(true)
  useEffect(() => {
    void fetch(`${pageBase()}/health/ready`)
      .then(async (response) => (await response.json()) as Health)
      .then(setHealth, () => {
        setReached(false)
      })
  }, [])
  const isReady = health?.status === 'ready'
  return (
    <main class="door">
      <div class="door__form">
        <div class="row row--3">
          <span class="rail__mark" aria-hidden="true">
            EP
          </span>
          <b>EPOS Data server</b>
        </div>
        <div class="stack stack--1">
          <h1>A till’s data, for Dojo and for the venue</h1>
          <p class="soft">
            Card machines, QR codes and bookings of Dojo ask this server for tables, orders and
            bills, and record their payments on it. The tills of the venue work on the same orders.
          </p>
        </div>
        <p class={`state ${isReady ? 'good' : 'warn'}`} role="status">
          <Icon name={isReady ? 'tickc' : 'wait'} />
          {sentence(health, isReached)}
        </p>
        <ul class="panel links">
          {PLACES.map(({ path, icon, name, what }) => (
            <li key={path}>
              <a href={pageBase() + path}>
                <Icon name={icon} />
                <b>{name}</b>
                <span class="faint small">{what}</span>
              </a>
            </li>
          ))}
        </ul>
      </div>
      <div class="door__side" aria-hidden="true">
        <Paper health={health} />
      </div>
    </main>
  )
}

function sentence(health: Health | undefined, isReached: boolean): string {
  if (!isReached) return 'The server does not answer.'
  if (health === undefined) return 'Asking whether it is ready.'
  return health.status === 'ready' ? 'It is ready.' : `It is ${health.status}.`
}

function Paper({ health }: { health: Health | undefined }) {
  const rows = Object.entries({ Server: health?.status, ...health?.checks })
  return (
    <figure class="paper">
      <div class="paper__sheet">
        <h3>EPOS Data server</h3>
        <hr class="double" />
        {rows.map(([name, value]) => (
          <div class="paper__line" key={name}>
            <span>{name[0]!.toUpperCase() + name.slice(1)}</span>
            <span>{value ?? '–'}</span>
          </div>
        ))}
        <hr />
        <p class="c">Thank you</p>
      </div>
    </figure>
  )
}

render(<Home />, document.getElementById('app')!)
