import { runTogether } from '../support/together.ts'

await runTogether('till/bookings', 'till/mirror', 'till/venue')
