/** Drawn on a grid of 20 by 20, in the colour of the text. */
const shapes = {
  add: 'M10 4v12M4 10h12',
  app: 'M4 4h5v5H4zM11 4h5v5h-5zM4 11h5v5H4zM11 11h5v5h-5z',
  building: 'M4 17V4h8v13M12 8h4v9M3 17h14M7 7h2M7 10h2M7 13h2',
  check: 'M4 10.5l4 4 8-9',
  clock: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M10 6v4l3 2',
  close: 'M5 5l10 10M15 5L5 15',
  copy: 'M7 7h9v9H7zM13 7V4H4v9h3',
  delete: 'M4 6h12M8 6V4h4v2M6 6l1 10h6l1-10M9 9v4M11 9v4',
  flow: 'M4 4h5v4H4zM11 12h5v4h-5zM6.500 8v6H11',
  grant: 'M10 3l6 2v5c0 4-3 6-6 7c-3-1-6-3-6-7V5zM7 10l2 2 4-4',
  key: 'M8 12a3.5 3.5 0 1 1 0-4.9M8 8.5h9M14 8.5v3M17 8.5v2',
  list: 'M4 6h12M4 10h12M4 14h12',
  moon: 'M15 12.5A6.5 6.5 0 0 1 8 4a6.5 6.5 0 1 0 7 8.5',
  people:
    'M7.5 9.5a3 3 0 1 0 0-6a3 3 0 0 0 0 6M2 17c0-3 2.500-5 5.500-5s5.500 2 5.500 5M13 4a2.800 2.800 0 0 1 0 5.500M15 12.500c2 .6 3 2.300 3 4.500',
  pulse: 'M3 10h3l2-5 4 10 2-5h3',
  refresh: 'M15 6a6.500 6.500 0 1 0 1.500 4.500M15.500 3v3.500H12',
  search: 'M9 4a5 5 0 1 0 0 10a5 5 0 0 0 0-10M13 13l4 4',
  sun: 'M10 6.500a3.500 3.500 0 1 0 0 7a3.500 3.500 0 0 0 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.500 4.500l1.300 1.300M14.200 14.200l1.300 1.300M4.500 15.500l1.300-1.300M14.200 5.800l1.300-1.300',
  token: 'M10 3l6 3.500v7L10 17l-6-3.500v-7zM10 10l6-3.500M10 10v7M10 10L4 6.500',
  user: 'M10 10a3.500 3.500 0 1 0 0-7a3.500 3.500 0 0 0 0 7M4 17c0-3.500 2.500-5 6-5s6 1.500 6 5',
  warning: 'M10 3l8 14H2zM10 8v4M10 14.500v.5',
} as const

export type IconName = keyof typeof shapes

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  )
}
