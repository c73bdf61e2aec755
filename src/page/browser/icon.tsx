// A picture of the sprite in icons.svg, which is part of every page's document.

/** By its name in the sprite. Always beside a word, so that nobody needs it to understand. */
export function Icon({ name, large = false }: { name: IconName; large?: boolean }) {
  return (
    <svg class={large ? 'i i--20' : 'i'} aria-hidden="true">
      <use href={`#i-${name}`} />
    </svg>
  )
}

// prettier-ignore
export type IconName =
  | 'back' | 'ban' | 'bell' | 'bill' | 'book' | 'card' | 'cash' | 'circle' | 'clock' | 'copy' | 'cross'
  | 'crossc' | 'day' | 'disc' | 'dojo' | 'down' | 'eye' | 'file' | 'flask' | 'floor' | 'hand' | 'key'
  | 'left' | 'lock' | 'money' | 'more' | 'move' | 'pause' | 'pen' | 'people' | 'phone' | 'plus'
  | 'print' | 'pulse' | 'raise' | 'right' | 'save' | 'search' | 'send' | 'setup' | 'shield' | 'sign' | 'square'
  | 'tag' | 'term' | 'tick' | 'tickc' | 'till' | 'undo' | 'unlock' | 'up' | 'user' | 'venues' | 'wait'
  | 'warn' | 'wave'
