export type Theme = 'light' | 'dark'

const kept = 'tenantry-portal-theme'

/** The theme that was chosen here before, or else what the system prefers. */
export function firstTheme(): Theme {
  const chosen = localStorage.getItem(kept)
  if (chosen === 'light' || chosen === 'dark') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
}

export function keepTheme(theme: Theme): void {
  localStorage.setItem(kept, theme)
}
