// The branch on which Level 2 writes the fix. GitLab's empty repositories, archived projects and
// protected names all end in a reason the page can show; none of them stops the escalation.

import { GatewayError } from '../../application/gateway-error.ts'
import { branchName, foreignBranchName, isBranchOf } from '../../domain/branch-name.ts'
import type { Outcome } from '../../domain/operation.ts'
import type { BranchProblem } from '../../domain/ticket.ts'
import type { Client } from './client.ts'
import { errorOf, wordsOf } from './client.ts'
import { branchProblemOf, saysBranchExists } from './gitlab-answers.ts'
import * as wire from './wire.ts'

type Wish = {
  readonly iid: number
  readonly title: string
  readonly confidential: boolean
  /** '' = the desk's own project. */
  readonly project: string
  /** '' = the default branch. */
  readonly ref: string
}

type BranchOutcome = Extract<Outcome, { kind: 'branch-made' | 'branch-missing' }>

const made = (branch: wire.WireBranch): BranchOutcome => ({
  kind: 'branch-made',
  name: branch.name,
  url: branch.web_url ?? null,
})

const missing = (why: BranchProblem): BranchOutcome => ({ kind: 'branch-missing', why })

/** Milliseconds for which a project's facts are believed, as long as they allow a branch. */
const factsLast = 5 * 60_000

export const createBranches = (options: {
  readonly client: Client
  readonly project: string
  readonly now: () => number
}) => {
  const { client, now } = options
  const known = new Map<string, { readonly facts: wire.WireProject; readonly readAt: number }>()

  const factsOf = async (project: string): Promise<wire.WireProject> => {
    const remembered = known.get(project)
    if (remembered && now() - remembered.readAt < factsLast) return remembered.facts
    const { data } = await client.call(wire.project, {
      method: 'GET',
      route: '/projects/:project',
      params: { project },
    })
    // A refusal is looked at afresh each time: whoever presses "try again" has just mended it.
    if (!data.empty_repo && !data.archived) known.set(project, { facts: data, readAt: now() })
    return data
  }

  const get = async (project: string, branch: string): Promise<wire.WireBranch | null> => {
    try {
      const { data } = await client.call(wire.branch, {
        method: 'GET',
        route: '/projects/:project/repository/branches/:branch',
        params: { project, branch },
      })
      return data
    } catch (error) {
      if (error instanceof GatewayError && error.kind === 'missing') return null
      throw error
    }
  }

  /** Branches of the desk's own project that belong to the ticket, by name. */
  const list = async (iid: number): Promise<wire.WireBranch[]> => {
    const found = await client.all(wire.branches, {
      method: 'GET',
      route: '/projects/:project/repository/branches',
      params: { project: options.project },
      query: { search: `^${iid}-` },
    })
    return found.filter((branch) => isBranchOf(iid, branch.name))
  }

  const adoptable = async (wish: Wish, name: string): Promise<BranchOutcome | null> => {
    if (wish.project !== '') {
      const branch = await get(wish.project, name)
      return branch ? made(branch) : null
    }
    const own = await list(wish.iid)
    const best = own.find((branch) => branch.name === name) ?? own[0]
    return best ? made(best) : null
  }

  const nameOf = (wish: Wish): string =>
    wish.project === '' ? branchName(wish.iid, wish.title, wish.confidential) : foreignBranchName(wish.iid)

  const create = async (wish: Wish): Promise<BranchOutcome> => {
    const project = wish.project === '' ? options.project : wish.project
    const facts = await factsOf(project)
    if (facts.archived) return missing('archived-project')
    // GitLab would first commit a README to an empty repository, and nobody asked for that.
    if (facts.empty_repo) return missing('empty-repository')
    const ref = wish.ref === '' ? facts.default_branch : wish.ref
    if (!ref) return missing('ref-missing')
    const name = nameOf(wish)
    if (wish.project === '') {
      const there = await adoptable(wish, name)
      if (there) return there
    }
    const request = {
      method: 'POST',
      route: '/projects/:project/repository/branches',
      params: { project },
      json: { branch: name, ref },
    } as const
    const answer = await client.raw(request)
    const words = wordsOf(answer.body)
    if (answer.status === 400) {
      if (!saysBranchExists(words)) return missing(branchProblemOf(words))
      return (await adoptable(wish, name)) ?? missing('refused')
    }
    if (answer.status < 200 || answer.status > 299) throw errorOf(request, answer, now())
    return made(client.read(wire.branch, request, answer).data)
  }

  return {
    list,
    /** Transient trouble and a bad token are thrown; every other no is an outcome. */
    make: async (wish: Wish): Promise<BranchOutcome> => {
      try {
        return await create(wish)
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (error.kind === 'missing') return missing('project-missing')
        if (error.status === 403) return missing('not-allowed')
        if (error.kind === 'permanent' || error.kind === 'conflict') return missing('refused')
        throw error
      }
    },
    lookUp: async (wish: Wish): Promise<BranchOutcome | null> => {
      try {
        return await adoptable(wish, nameOf(wish))
      } catch (error) {
        // No such project, or no right to look: the sending itself will say which.
        if (error instanceof GatewayError && (error.kind === 'missing' || error.kind === 'permanent'))
          return null
        throw error
      }
    },
  }
}
