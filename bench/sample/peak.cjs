// node --require ./peak.cjs …: writes to descriptor 3 how much memory the process had at most, in kilobytes.
'use strict'

const { writeSync } = require('node:fs')

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))
