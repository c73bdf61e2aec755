// The console's page.
import '../../page/browser/styles/index.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { findOperator } from './operator/operator.ts'
import { findOut, watchTouches } from './session.ts'

watchTouches()
void begin()
render(<App />, document.getElementById('app')!)

/** An operator first: the page shows nothing before it is known who is there. */
async function begin(): Promise<void> {
  await findOperator()
  await findOut()
}
