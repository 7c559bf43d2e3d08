/** GitLab's own name for an issue's branch: number and title, cut to 100 at the last dash (app/models/issue.rb). */
export function branchName(iid: number, title: string, confidential: boolean): string {
  if (confidential) return `${iid}-confidential-issue`
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  const name = `${iid}-${slug}`
  return name.length <= 100 ? name : name.slice(0, 100).replace(/-[^-]*$/, '')
}
