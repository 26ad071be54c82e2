/** Gives an access token for Microsoft Graph. Asked for each call, so it keeps its token while that is good. */
export type GraphTokenSource = () => Promise<string>
