// What is around the pages of an operator: the rail, the title, and the clock, which is UTC.
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso'
import { Button } from '../../../page/browser/form.tsx'
import { Icon, type IconName } from '../../../page/browser/icon.tsx'
import { Keys, type KeyPlace } from '../../../page/browser/keys.tsx'
import { useNow } from '../../../page/browser/use-now.ts'
import { leave, operator, utc, venuesPath } from './operator.ts'

const PLACES: readonly (KeyPlace & { icon: IconName })[] = [
  { name: 'Venues', path: venuesPath, icon: 'venues', letter: 'v' },
  { name: 'Record', path: `${venuesPath}/record`, icon: 'file', letter: 'r' },
]

interface FrameProps {
  title: string
  sub?: ComponentChildren
  children: ComponentChildren
}

export function OperatorFrame({ title, sub, children }: FrameProps) {
  const { route } = useLocation()
  return (
    <>
      <Keys places={PLACES} onGo={route} />
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="app">
        <Rail />
        <div class="page">
          <header class="bar">
            <div class="bar__title">
              <h1>{title}</h1>
              {sub === undefined ? null : <span class="bar__sub">{sub}</span>}
            </div>
            <div class="tape" />
            <div class="bar__clock">
              <b>{utc.clock(useNow())}</b> <span class="lo-text">UTC</span>
            </div>
            <div class="bar__narrow row">
              <SignOut />
            </div>
          </header>
          <main class="main" id="main" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
    </>
  )
}

function Rail() {
  const { path } = useLocation()
  const isRecord = path === `${venuesPath}/record`
  return (
    <nav class="rail" aria-label="Operator">
      <a class="rail__venue" href={venuesPath}>
        <span class="rail__mark" aria-hidden="true">
          EP
        </span>
        <span>
          <b>All venues</b>
          <small>of this server</small>
        </span>
      </a>
      <ul class="rail__list">
        {PLACES.map(({ name, path: to, icon }) => (
          <li key={name}>
            <a
              class="rail__item"
              href={to}
              aria-current={(name === 'Record') === isRecord ? 'page' : undefined}
            >
              <Icon name={icon} />
              <span>{name}</span>
            </a>
          </li>
        ))}
      </ul>
      <div class="rail__foot">
        <div class="rail__user">
          <Icon name="user" />
          <span>
            {operator.value}
            <br />
            <small class="faint">Operator</small>
          </span>
          <SignOut />
        </div>
      </div>
    </nav>
  )
}

function SignOut() {
  return (
    <Button
      kind="quiet"
      isSmall
      onPress={() => {
        void leave()
      }}
    >
      Sign out
    </Button>
  )
}
