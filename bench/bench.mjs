// npm run bench -- [name …]: the benchmarks, one command each. Without a name it lists them.
const benchmarks = {
  'npm-start': 'a second npm start, installed and built: wall time',
  'fresh-clone': 'git clone, then npm start with a warm npm cache: wall time',
  'tenant-start':
    'tenantry start with existing data to its first discovery answer, beside an empty Node script; memory',
  run: 'tenantry run: what the preload costs an empty Node script, the proxy a TLS connection, and the command a start',
  daemon:
    "node . --op getToDos as a whole process, beside a bare script and the packages of Microsoft's sample; 10,000 API calls; an export of 1,000,000 to-dos",
  token: 'tokens per second over HTTPS, latency, processor time and memory, beside a bare issuer and two peers',
  'entra-token': 'one check beside other validators, and what protection costs a route',
  'entra-token-corpus':
    'every attack of the corpus against five validators; writes the table in the README of entra-token',
  apps: 'apply of the tutorial from nothing, beside a bare client making the same calls; calls of apply and plan',
  api: 'the whole ToDoList API beside a bare Fastify and two peers; pages, streams and export of up to 1,000,000 to-dos',
  'scale-out': 'a simulation of API replicas and database shards, fed with costs measured here',
  scale: 'token rate, start and Graph look-ups with 1, 1,000 and 100,000 registered applications',
  pages:
    'the sign-in page beside the discovery document; the admin portal: size, and the paint of 1,000 applications beside 20',
  graph: 'Graph look-ups among 1, 1,000 and 100,000 applications, and a listing of all of them: time and memory',
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name))

if (names.length === 0 || unknown.length > 0) {
  for (const name of unknown) console.error(`There is no benchmark ${name}.`)
  for (const [name, what] of Object.entries(benchmarks)) console.log(`${name.padEnd(20)}${what}`)
  process.exitCode = unknown.length > 0 ? 2 : 0
} else {
  for (const name of names) {
    const { run } = await import(`./${name}.mjs`)
    console.log(`${name}: ${benchmarks[name]}`)
    await run()
  }
}
