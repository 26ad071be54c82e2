import { Component, type ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
  readonly show: (error: unknown) => ReactNode
}

interface State {
  readonly failed: boolean
  readonly error: unknown
}

/** Shows what a part of the page threw instead of that part. Only a class can do this in React. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, error: undefined }

  static getDerivedStateFromError(error: unknown): State {
    return { failed: true, error }
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.show(this.state.error) : this.props.children
  }
}
