import { join } from 'node:path'
import { inNewFolder, report, root, timeToEnd } from './measure.mjs'

const rounds = 7

export function run() {
  return inNewFolder(async (folder) => {
    const options = ['--', '--data', join(folder, 'data'), '--port', '0', '--api-port', '0']
    const npmStart = () => timeToEnd('npm', ['start', '--silent', ...options], { cwd: root })
    const first = await npmStart()
    const times = []
    for (let round = 0; round < rounds; round += 1) times.push(await npmStart())
    report('first run, new data', [first])
    report('npm start', times, ', bar 3000 ms on two cores')
  })
}
