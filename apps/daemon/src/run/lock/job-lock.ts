/**
 * Decides which of several replicas does a job at a moment it is due. All rejections are `network` failures: without the
 * lock nobody may know whether another replica is at work.
 */
export interface JobLock {
  /** The last moment for which the job was done by anybody; undefined when nobody knows of one. */
  lastDone(job: string): Promise<number | undefined>
  /** Asks for the right to do the job for the moment `due`. A lease ends after `leaseMs` unless it is renewed. */
  claim(job: string, due: number, leaseMs: number): Promise<Claim>
  close(): Promise<void>
}

export type Claim = { kind: 'yours'; lease: JobLease } | { kind: 'held by another' } | { kind: 'done' }

export interface JobLease {
  /** Another `leaseMs`; false when the lease ended and somebody else may have it. */
  renew(): Promise<boolean>
  /** The job is done for that moment. */
  finish(): Promise<void>
  /** Somebody else may do it. */
  release(): Promise<void>
}

/** For a daemon without replicas. */
export function createMemoryLock(): JobLock {
  const done = new Map<string, number>()
  return {
    lastDone: (job) => Promise.resolve(done.get(job)),
    claim: (job, due) => {
      if ((done.get(job) ?? Number.NEGATIVE_INFINITY) >= due) return Promise.resolve({ kind: 'done' })
      return Promise.resolve({
        kind: 'yours',
        lease: {
          renew: () => Promise.resolve(true),
          finish: () => {
            done.set(job, due)
            return Promise.resolve()
          },
          release: () => Promise.resolve(),
        },
      })
    },
    close: () => Promise.resolve(),
  }
}
