import { runTogether } from '../support/together.ts'

await runTogether('till/document.test.ts', 'till/feed', 'till/kit', 'till/orders', 'till/paper')
