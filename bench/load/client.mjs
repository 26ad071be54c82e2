// A load client for machines without wrk: sends requests in turn over keep-alive TLS connections. It speaks TLS by itself
// and reads no more of an answer than where it ends: every microsecond it takes is one that the server does not get.
import { once } from 'node:events'
import { connect } from 'node:tls'

process.on('message', (job) => {
  run(job).then(
    (result) => process.send(result),
    (error) => process.send({ failure: error.message }),
  )
})

/** Resolves to the number of answers, the seconds they took, and quantiles of latency in milliseconds. */
async function run({ port, texts, connections, seconds }) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const requests = inTurn(texts.map((text) => Buffer.from(text)))
  const latencies = []
  const started = performance.now()
  const end = started + seconds * 1_000
  try {
    await Promise.all(sockets.map((socket) => repeat(socket, requests, end, latencies)))
  } finally {
    for (const socket of sockets) socket.destroy()
  }
  const took = (performance.now() - started) / 1_000
  const sorted = Float64Array.from(latencies).sort()
  const quantile = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { answers: sorted.length, seconds: took, p50: quantile(0.5), p99: quantile(0.99) }
}

function inTurn(requests) {
  let sent = 0
  return () => requests[sent++ % requests.length]
}

async function open(port) {
  // Nothing is proved here; a client that checks certificates would measure itself.
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false })
  socket.setNoDelay(true)
  await once(socket, 'secureConnect')
  return socket
}

/** Sends, waits for the whole answer, and sends again, until `end`. */
function repeat(socket, nextRequest, end, latencies) {
  return new Promise((resolve, reject) => {
    let sent = 0
    const send = () => {
      sent = performance.now()
      socket.write(nextRequest())
    }
    const onAnswer = (status) => {
      if (status !== '200') return reject(new Error(`An answer had status ${status}.`))
      const now = performance.now()
      latencies.push(now - sent)
      if (now < end) send()
      else resolve()
    }
    socket.on('data', answerReader(onAnswer, reject))
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('The server closed a connection.')))
    send()
  })
}

function answerReader(onAnswer, onError) {
  let head = ''
  let status = ''
  let missing = 0
  return (chunk) => {
    if (missing > 0) {
      missing -= chunk.length
    } else {
      head += chunk.latin1Slice()
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
      if (length === undefined) return onError(new Error('An answer has no content-length.'))
      status = head.slice(9, 12)
      missing = end + 4 + Number(length) - head.length
      head = ''
    }
    if (missing === 0) onAnswer(status)
  }
}
