// What the address shows: one of the pages in their frame, or the door when no account is open.
import { LocationProvider, Route, Router, ErrorBoundary, lazy } from 'preact-iso'
import { useEffect } from 'preact/hooks'
import { Toasts } from '../../page/browser/dialog.tsx'
import { Empty } from '../../page/browser/parts.tsx'
import { BenchPage } from './bench/bench-page.tsx'
import { AccountDoor } from './door.tsx'
import { Frame } from './frame.tsx'
import { startLive } from './live.ts'
import { key } from './session.ts'

const PhonePage = lazy(async () => (await import('./phone/phone-page.tsx')).PhonePage)
const BookingsPage = lazy(async () => (await import('./bookings/bookings-page.tsx')).BookingsPage)
const TesterPage = lazy(async () => (await import('./tester/tester-page.tsx')).TesterPage)
const WirePage = lazy(async () => (await import('./wire/wire-page.tsx')).WirePage)

export function App() {
  return (
    <LocationProvider>
      <ErrorBoundary>{key.value === undefined ? <AccountDoor /> : <Pages />}</ErrorBoundary>
      <Toasts />
    </LocationProvider>
  )
}

function Pages() {
  useEffect(startLive, [key.value])
  return (
    <Router>
      <Route path="/" component={BenchPage} />
      <Route path="/phone" component={PhonePage} />
      <Route path="/bookings" component={BookingsPage} />
      <Route path="/tester" component={TesterPage} />
      <Route path="/wire" component={WirePage} />
      <Route default component={NotFound} />
    </Router>
  )
}

function NotFound() {
  return (
    <Frame title="Not found">
      <Empty icon="search" title="There is nothing at this address">
        Choose another page, or go back to the <a href="/">machines</a>.
      </Empty>
    </Frame>
  )
}
