// What becomes of the card that a guest pays with.
import { Segments } from '../../../page/browser/parts.tsx'
import type { GuestCard } from '../../products/payment.ts'

export type { GuestCard }

const CHOICES: readonly { value: GuestCard; label: string }[] = [
  { value: 'approved', label: 'Approved' },
  { value: 'declined', label: 'Declined' },
]

interface CardChoiceProps {
  chosen: GuestCard
  onChoose: (card: GuestCard) => void
}

export function CardChoice({ chosen, onChoose }: CardChoiceProps) {
  return (
    <div class="stack stack--1">
      <span class="label">The card is</span>
      <Segments label="The card is" choices={CHOICES} chosen={chosen} onChoose={onChoose} />
    </div>
  )
}
