export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <path d="m9 16.5 4.8 4.8L23.2 11" />
    </svg>
  )
}
