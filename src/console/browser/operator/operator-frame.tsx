// What is around the pages of an operator. Its clock is UTC.
import type { ComponentChildren } from 'preact'
import { useLocation } from 'preact-iso'
import { Leave, PageFrame } from '../../../page/browser/frame.tsx'
import type { IconName } from '../../../page/browser/icon.tsx'
import { Keys, type KeyPlace } from '../../../page/browser/keys.tsx'
import { Rail, SignedIn } from '../../../page/browser/rail.tsx'
import { leave, operator, utc, venuesPath } from './operator.ts'

const RECORD = `${venuesPath}/record`

const PLACES: readonly (KeyPlace & { icon: IconName })[] = [
  { name: 'Venues', path: venuesPath, icon: 'venues', letter: 'v' },
  { name: 'Record', path: RECORD, icon: 'file', letter: 'r' },
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
      <PageFrame rail={<OperatorRail />} title={title} sub={sub} formats={utc} leave={<SignOut />}>
        {children}
      </PageFrame>
    </>
  )
}

function OperatorRail() {
  const { path } = useLocation()
  // The pages of single venues belong to the list of them.
  const here = path === RECORD ? RECORD : venuesPath
  return (
    <Rail
      label="Operator"
      home={venuesPath}
      mark="EP"
      name="All venues"
      note="of this server"
      places={PLACES.map((place) => ({ ...place, isHere: place.path === here }))}
    >
      <SignedIn name={operator.value} role="Operator" leave={<SignOut />} />
    </Rail>
  )
}

function SignOut() {
  return (
    <Leave
      word="Sign out"
      onLeave={() => {
        void leave()
      }}
    />
  )
}
