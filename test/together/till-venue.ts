import { runTogether } from '../support/together.ts'

await runTogether('till/bookings', 'till/payments', 'till/venue')
