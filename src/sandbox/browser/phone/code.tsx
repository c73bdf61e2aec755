// A QR code, drawn as one path.
import encodeQR from 'qr'
import { useMemo } from 'preact/hooks'

export function CodeOf({ text }: { text: string }) {
  const { path, size } = useMemo(() => drawn(text), [text])
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      <path d={path} />
    </svg>
  )
}

function drawn(text: string): { path: string; size: number } {
  const rows = encodeQR(text, 'raw', { border: 1 })
  const path = rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  return { path, size: rows.length }
}
