// What bills say besides: one switch for each part that can be left out.
import { SwitchField } from '../../../../page/browser/fields.tsx'
import { Panel } from '../../../../page/browser/parts.tsx'
import type { AlsoPrint } from './template.ts'

const PARTS: readonly { name: keyof AlsoPrint; label: string; help?: string }[] = [
  {
    name: 'taxes',
    label: 'Taxes in the prices, by rate',
    help: 'Taxes that are added to the prices are always printed.',
  },
  {
    name: 'options',
    label: 'Options under each dish',
    help: 'Without them, the dish has their price in its own.',
  },
  { name: 'payments', label: 'How it was paid, and the tip', help: 'Without it, one sum.' },
  { name: 'freeItems', label: 'Dishes that cost nothing' },
]

interface AlsoPrintFieldsProps {
  alsoPrint: AlsoPrint | undefined
  onChange: (alsoPrint: AlsoPrint) => void
}

export function AlsoPrintFields({ alsoPrint = {}, onChange }: AlsoPrintFieldsProps) {
  return (
    <Panel title="Also print">
      <div class="panel__body stack stack--4">
        {PARTS.map(({ name, label, help }) => (
          <SwitchField
            key={name}
            {...{ label, help }}
            isOn={alsoPrint[name] ?? true}
            onChange={(isOn) => {
              onChange(changed(alsoPrint, name, isOn))
            }}
          />
        ))}
      </div>
    </Panel>
  )
}

/** Only what is off is said, so that switching on and off again changes nothing. */
function changed(was: AlsoPrint, name: keyof AlsoPrint, isOn: boolean): AlsoPrint {
  const { [name]: _, ...others } = was
  return isOn ? others : { ...others, [name]: false }
}
