// The place where the desk keeps everything does not answer, or takes nothing just now: a database that is being
// restarted, a full disk. What was asked for was not done, or nobody knows; sent again, it is done once.

export class StoreAway extends Error {
  constructor(message: string, options: { readonly cause: unknown }) {
    super(message, options)
    this.name = 'StoreAway'
  }
}
