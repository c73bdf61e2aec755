// What a guest adds on a phone.
import { Segments } from '../../../page/browser/parts.tsx'

export type TipShare = '0' | '1000' | '1250'

const CHOICES = [
  { value: '0', label: 'None' },
  { value: '1000', label: '10 %' },
  { value: '1250', label: '12.5 %' },
] as const

interface TipProps {
  chosen: TipShare
  onChoose: (share: TipShare) => void
}

export function Tip({ chosen, onChoose }: TipProps) {
  return (
    <div class="stack stack--1">
      <span class="label">Tip on top</span>
      <Segments label="Tip" choices={CHOICES} chosen={chosen} onChoose={onChoose} />
    </div>
  )
}
