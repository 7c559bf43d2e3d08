// What processes that share the data of one desk know of each other: who is on duty, who lives, how GitLab and the
// mail servers answer, and what one tells the others. A desk of one process is its own only neighbour.

import type { Connection } from './ports.ts'

/** How the mail servers are doing, as a worker sees it. */
export type MailConnection = {
  readonly sending: 'up' | 'down' | 'unauthorised'
  readonly fetching: 'up' | 'down' | 'unauthorised' | 'off'
}

/** What a worker says of itself. */
export type WorkerReport = {
  /** Of the process: another one after each start. */
  readonly id: string
  /** Version of Belay. */
  readonly release: string
  readonly onDuty: boolean
  readonly gitlab: Connection
  /** null where Belay has no mail server of its own. */
  readonly mail: MailConnection | null
}

/** `age`: how long ago it said so (milliseconds, by one clock for all). */
export type SeenWorker = WorkerReport & { readonly age: number }

/** None of this is a change of the desk: no version grows by it, nobody is told. */
export type Presence = {
  /**
   * The duty to read GitLab and mailboxes, to look after promises and to keep house, for the next `forMs` milliseconds;
   * false while another holds it. Asking again holds it for longer. Always true where one process has the data alone.
   */
  takeDuty(holder: string, forMs: number): Promise<boolean>
  report(report: WorkerReport): Promise<void>
  /** Those heard of within the last hour, the latest first. */
  workers(): Promise<readonly SeenWorker[]>
  /** It ends: its duty and its report go. */
  leave(id: string): Promise<void>
}

/** Short messages to the other processes, as a hint: one can be lost, and none comes back to who told it. */
export type Neighbours = {
  /** `topic`: what it is about. At most 7,000 bytes. Throws where it cannot be told. */
  tell(topic: string, message: string): Promise<void>
  /** Answers how to stop listening. */
  onTold(topic: string, listener: (message: string) => void): () => void
}
