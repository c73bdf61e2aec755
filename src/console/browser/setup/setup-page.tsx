// What a venue is set up with: the menu, the waiters, the tables, what its bills say, its settings,
// and the first three at once from a spreadsheet.
import { useLocation } from 'preact-iso'
import { base, formats } from '../session.ts'
import { useNow } from '../../../page/browser/use-now.ts'
import { Frame } from '../frame.tsx'
import { PrintedBill } from './bill/printed-bill.tsx'
import { Import } from './import.tsx'
import { Menu } from './menu.tsx'
import { Settings } from './settings.tsx'
import { Tables } from './tables.tsx'
import { Waiters } from './waiters.tsx'

const PARTS = [
  { name: 'Menu', part: 'menu', content: Menu },
  { name: 'Waiters', part: 'waiters', content: Waiters },
  { name: 'Tables', part: 'tables', content: Tables },
  { name: 'Printed bill', part: 'bill', content: PrintedBill },
  { name: 'Settings', part: 'settings', content: Settings },
  { name: 'Import', part: 'import', content: Import },
] as const

export function SetupPage() {
  const { query } = useLocation()
  const shown = PARTS.find(({ part }) => part === query.part) ?? PARTS[0]
  const Content = shown.content
  return (
    <Frame title="Setup" sub={formats.value.day(useNow())}>
      <nav class="tabs" aria-label="Setup">
        {PARTS.map(({ name, part }) => (
          <a
            key={part}
            class="tab"
            href={`${base}/setup?part=${part}`}
            aria-current={part === shown.part ? 'page' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <Content />
    </Frame>
  )
}
