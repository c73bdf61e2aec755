import { runTogether } from '../support/together.ts'

await runTogether('till/feed', 'till/kit', 'till/orders', 'till/paper')
