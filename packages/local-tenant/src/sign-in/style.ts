/** The one style sheet of the tenant's pages, in light and dark. */
export const style = `
:root { color-scheme: light dark; --page: #eef1f6; --card: #fff; --text: #1b2330; --soft: #566275; --line: #76849a; --accent: #1f5fbf; --on: #fff; --bad: #b3261e; --shadow: 0 1px 2px #1b233014, 0 12px 32px #1b23301f }
@media (prefers-color-scheme: dark) { :root { --page: #12161d; --card: #1c222c; --text: #e9edf4; --soft: #a3afc2; --line: #7d8aa0; --accent: #8ab4ff; --on: #10203a; --bad: #ffb4ab; --shadow: 0 12px 32px #0008 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 1.25rem; padding: 1.5rem; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 27rem; padding: 2.25rem; border-radius: .75rem; background: var(--card); box-shadow: var(--shadow) }
h1 { margin: .25rem 0 1rem; font-size: 1.45rem; line-height: 1.25; font-weight: 600 }
p { margin: 0 0 1rem }
.tenant { margin: 0; color: var(--soft); font-weight: 600 }
.field { margin-bottom: 1.1rem }
label { display: block; margin-bottom: .3rem; font-weight: 600 }
input { width: 100%; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent; color: inherit; font: inherit }
input[aria-invalid] { border-color: var(--bad) }
.check { display: flex; gap: .6rem; align-items: center; margin-bottom: 1.1rem }
.check input { width: 1.1rem; height: 1.1rem }
.check label { margin: 0; font-weight: 400 }
fieldset { margin: 0 0 1.1rem; padding: 0; border: 0 }
legend { margin-bottom: .3rem; padding: 0; font-weight: 600 }
fieldset .check { margin-bottom: .4rem }
.people { display: grid; gap: .5rem; margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line) }
.people h2 { margin-bottom: .25rem; font-size: .95rem }
button.person { width: 100%; padding: .55rem .85rem; border-color: var(--line); background: transparent; color: inherit; font-weight: 400; text-align: left; overflow-wrap: anywhere }
button.person strong { display: block }
.code { letter-spacing: .12em; font-family: ui-monospace, monospace; text-transform: uppercase }
.error { margin: .35rem 0 0; color: var(--bad) }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem }
button { padding: .6rem 1.4rem; border: 1px solid var(--accent); border-radius: .4rem; background: var(--accent); color: var(--on); font: inherit; font-weight: 600; cursor: pointer }
button.quiet { background: transparent; color: var(--accent) }
button.link { padding: 0; border: 0; background: transparent; color: var(--accent); font-weight: 400; text-decoration: underline }
article { padding: 1rem 0; border-top: 1px solid var(--line) }
h2 { margin: 0 0 .2rem; font-size: 1.05rem }
.quiet { color: var(--soft) }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
footer { color: var(--soft); font-size: .85rem; text-align: center }
`
