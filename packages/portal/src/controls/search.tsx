import { useEffect, useState } from 'react'
import { Icon } from './icon.js'

interface SearchProps {
  readonly label: string
  readonly onSearch: (text: string) => void
}

/** Says what is looked for when typing has paused. */
export function Search({ label, onSearch }: SearchProps) {
  const [text, setText] = useState('')
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the pause.
  useEffect(() => {
    const timer = setTimeout(() => onSearch(text.trim()), 200)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div className="search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  )
}
