// Why a backup, a restore or a move to PostgreSQL does not go on: the sentence says what a person can do.

export class BackupProblem extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackupProblem'
  }
}
