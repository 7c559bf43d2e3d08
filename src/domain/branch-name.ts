// The branch on which Level 2 writes the fix. GitLab links a branch to an issue when its name
// begins with the number and a dash. Branch names are public to whoever reads the code, so a
// confidential ticket's title never stands in one.

const longest = 100

const slug = (title: string): string =>
  title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/gu, '-')
    .replace(/^-+|-+$/gu, '')

/** In the desk's own project. GitLab's own form: cut at 100 characters, at the last dash. */
export const branchName = (iid: number, title: string, confidential: boolean): string => {
  if (confidential) return `${iid}-confidential-issue`
  const words = slug(title)
  const name = words === '' ? `${iid}-ticket` : `${iid}-${words}`
  if (name.length <= longest) return name
  const cut = name.slice(0, longest + 1)
  const dash = cut.lastIndexOf('-')
  return dash > String(iid).length ? cut.slice(0, dash) : name.slice(0, longest)
}

/** In another project the title and number mean nothing to others: only this exact name is ours. */
export const foreignBranchName = (iid: number): string => `ticket-${iid}`

/** The number of the ticket that a branch of the desk's own project belongs to, null when it is none's. */
export const ticketOfBranch = (name: string): number | null => {
  const number = /^([1-9]\d{0,9})-/u.exec(name)?.[1]
  return number === undefined ? null : Number(number)
}

/** Whether a branch of the desk's own project belongs to this ticket. */
export const isBranchOf = (iid: number, name: string): boolean => name.startsWith(`${iid}-`)
