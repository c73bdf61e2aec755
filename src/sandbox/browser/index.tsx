// The page of the stand-in for Dojo.
import '../../page/browser/styles/index.css'
import './styles/devices.css'
import './styles/runs.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { watchAddress } from './session.ts'

watchAddress()
render(<App />, document.getElementById('app')!)
