// What the address shows: the sign-in, or one of the pages in their frame.
import { lazy, LocationProvider, Route, Router, ErrorBoundary, useLocation } from 'preact-iso'
import { useEffect } from 'preact/hooks'
import { Empty } from '../../page/browser/parts.tsx'
import { Toasts } from '../../page/browser/dialog.tsx'
import { FloorPage } from './floor/floor-page.tsx'
import { Frame } from './frame.tsx'
import { startLive } from './live.ts'
import { operator, venuesPath } from './operator/operator.ts'
import { base, mayManage, mayServe, me, state } from './session.ts'

const BookingsPage = lazy(async () => (await import('./bookings/bookings-page.tsx')).BookingsPage)
const DayPage = lazy(async () => (await import('./day/day-page.tsx')).DayPage)
const DojoPage = lazy(async () => (await import('./dojo/dojo-page.tsx')).DojoPage)
const MoneyPage = lazy(async () => (await import('./money/money-page.tsx')).MoneyPage)
const OrderPage = lazy(async () => (await import('./order/order-page.tsx')).OrderPage)
const SetupPage = lazy(async () => (await import('./setup/setup-page.tsx')).SetupPage)
const RecordPage = lazy(async () => (await import('./operator/record-page.tsx')).RecordPage)
const VenuePage = lazy(async () => (await import('./operator/venue-page.tsx')).VenuePage)
const VenuesPage = lazy(async () => (await import('./operator/venues-page.tsx')).VenuesPage)
const SignIn = lazy(async () => (await import('./sign-in.tsx')).SignIn)

export function App() {
  if (state.value === 'asking') return null
  return (
    <LocationProvider>
      <ErrorBoundary>
        <Signed />
      </ErrorBoundary>
      <Toasts />
    </LocationProvider>
  )
}

/** An operator is at all venues until they enter one. */
function Signed() {
  const { path } = useLocation()
  const isOfOperator = state.value === 'out' || path.startsWith(venuesPath)
  if (operator.value !== undefined && isOfOperator) return <OperatorPages />
  return state.value === 'out' ? <SignIn /> : <Pages />
}

function OperatorPages() {
  return (
    <Router>
      <Route path={`${venuesPath}/record`} component={RecordPage} />
      <Route path={`${venuesPath}/:venueId`} component={VenuePage} />
      <Route default component={VenuesPage} />
    </Router>
  )
}

function Pages() {
  const venueId = me.value?.venue.id
  useEffect(startLive, [venueId])
  return (
    <Router>
      <Route path={base} component={FloorPage} />
      <Route path={`${base}/orders/:orderId`} component={OrderPage} />
      <Route path={`${base}/money`} component={mayServe() ? MoneyPage : NotFound} />
      <Route path={`${base}/day`} component={mayManage() ? DayPage : NotFound} />
      <Route path={`${base}/bookings`} component={BookingsPage} />
      <Route path={`${base}/setup`} component={mayManage() ? SetupPage : NotFound} />
      <Route path={`${base}/dojo`} component={mayManage() ? DojoPage : NotFound} />
      <Route default component={NotFound} />
    </Router>
  )
}

function NotFound() {
  return (
    <Frame title="Not found">
      <Empty icon="search" title="There is nothing at this address">
        Choose another page, or go back to the <a href={base}>floor</a>.
      </Empty>
    </Frame>
  )
}
