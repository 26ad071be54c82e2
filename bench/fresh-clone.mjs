import { join } from 'node:path'
import { inNewFolder, report, root, timeToEnd } from './measure.mjs'

export function run() {
  return inNewFolder(async (folder) => {
    const clone = join(folder, 'clone')
    await timeToEnd('git', ['clone', '--quiet', root, clone])
    const options = ['--', '--port', '0', '--api-port', '0']
    const time = await timeToEnd('npm', ['start', '--silent', ...options], { cwd: clone })
    report('clone to JSON', [time], ', bar 90 s with a warm npm cache')
  })
}
