// The console's page.
import '../../page/browser/styles/index.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { findOut, watchTouches } from './session.ts'

watchTouches()
void findOut()
render(<App />, document.getElementById('app')!)
