// The page at `/`: what runs here, and where to go.
import '../../page/browser/styles/index.css'
import { render } from 'preact'
import { pageBase } from '../../page/browser/api.ts'
import { Door, Slip } from '../../page/browser/door.tsx'
import { Icon, type IconName } from '../../page/browser/icon.tsx'
import { healthLines, useHealth, type ServerHealth } from '../../page/browser/use-health.ts'

const PLACES: readonly { path: string; icon: IconName; name: string; what: string }[] = [
  { path: '/console', icon: 'floor', name: 'Console', what: 'the venue as it is now' },
  { path: '/docs', icon: 'file', name: 'Docs', what: 'the APIs of this server, to read and try' },
  { path: '/health/ready', icon: 'pulse', name: 'Health', what: 'whether it can serve' },
]

function Home() {
  const server = useHealth(pageBase())
  const isReady = server.health?.status === 'ready'
  const slip = <Slip title="EPOS Data server" lines={healthLines(server)} foot="Thank you" />
  return (
    <Door mark="EP" name="EPOS Data server" slip={slip}>
      <div class="stack stack--1">
        <h1>A till’s data, for Dojo and for the venue</h1>
        <p class="soft">
          Card machines, QR codes and bookings of Dojo ask this server for tables, orders and bills,
          and record their payments on it. The tills of the venue work on the same orders.
        </p>
      </div>
      <p class={`state ${isReady ? 'good' : 'warn'}`} role="status">
        <Icon name={isReady ? 'tickc' : 'wait'} />
        {sentence(server)}
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
    </Door>
  )
}

function sentence({ health, isReached }: ServerHealth): string {
  if (!isReached) return 'The server does not answer.'
  if (health === undefined) return 'Asking whether it is ready.'
  return health.status === 'ready' ? 'It is ready.' : `It is ${health.status}.`
}

render(<Home />, document.getElementById('app')!)
