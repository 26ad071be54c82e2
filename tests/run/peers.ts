import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspaces.js'

export const peers = join(root, 'tests/run/peers')

/** Why tests with these packages are skipped here; undefined where they are installed. */
export const installedPeers = existsSync(join(peers, 'node_modules/.package-lock.json'))
  ? undefined
  : 'not installed: run .ci/install-clients'

/** The Node that runs this, and others of which npm has packages. */
export const nodes = [
  { name: `this Node (${process.versions.node})`, path: process.execPath },
  ...[22, 24, 26].map((major) => ({ name: `Node ${major}`, path: join(peers, `node_modules/node-${major}/bin/node`) })),
]
