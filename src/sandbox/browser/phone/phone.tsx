// The phone itself: the bill of the table, or the menu.
import { useState } from 'preact/hooks'
import { Icon } from '../../../page/browser/icon.tsx'
import { Segments } from '../../../page/browser/parts.tsx'
import { BillScreen } from './bill-screen.tsx'
import { MenuScreen } from './menu-screen.tsx'
import type { ScannedTable } from './venue.ts'

type Part = 'bill' | 'menu'

export function Phone({ table }: { table: ScannedTable | undefined }) {
  const [part, setPart] = useState<Part>('bill')
  return (
    <div class="bench__place guest__phone">
      <div class="phone" role="group" aria-label="A guest’s phone">
        <div class="screen">
          <div class="screen__top">
            <b>{table?.name ?? 'Camera'}</b>
            {table === undefined ? null : (
              <Segments
                label="Pay or order"
                choices={[
                  { value: 'bill', label: 'Pay' },
                  { value: 'menu', label: 'Order' },
                ]}
                chosen={part}
                onChoose={setPart}
              />
            )}
          </div>
          {table === undefined ? <Camera /> : null}
          {table !== undefined && part === 'bill' ? <BillScreen table={table} /> : null}
          {table !== undefined && part === 'menu' ? <MenuScreen table={table} /> : null}
        </div>
      </div>
      <p class="bench__label">
        <b>A guest’s phone</b>
        <br />
        <span class="small soft">
          {table === undefined ? 'looks for a code' : `scanned the code on ${table.name}`}
        </span>
      </p>
    </div>
  )
}

function Camera() {
  return (
    <div class="screen__body screen__body--mid camera">
      <span class="camera__frame" aria-hidden="true">
        <Icon name="floor" large />
      </span>
      <p>
        <b>Scan a table</b>
      </p>
      <p class="small soft">Press one of the codes</p>
    </div>
  )
}
