import { runAtLength } from '../../support/together.ts'

await runAtLength('properties')
