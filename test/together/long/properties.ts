import { runAtLength } from '../../support/together.ts'

await runAtLength('domain/orders/mirror-lines.test.ts', 'properties', 'till/orders/history.test.ts')
