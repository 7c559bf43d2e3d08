// Something about the installation is wrong and a person must act: wrong settings, a port in use,
// a data folder that belongs to another project. The message says what to do.

export class SetupProblem extends Error {
  /** 1: found or refused something; 2: wrong use or settings. */
  readonly exitCode: 1 | 2
  constructor(message: string, exitCode: 1 | 2) {
    super(message)
    this.name = 'SetupProblem'
    this.exitCode = exitCode
  }
}

/** Settings, all that is wrong with them at once, a sentence each. */
export class ConfigProblems extends SetupProblem {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'), 2)
    this.name = 'ConfigProblems'
    this.problems = problems
  }
}
