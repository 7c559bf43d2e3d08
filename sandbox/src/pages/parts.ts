import { iso } from '../clock.ts'
import { textColor } from '../shapes/label.ts'
import { userShape } from '../shapes/user.ts'
import type { LabelRow, ProjectRow } from '../store/rows.ts'
import type { World } from '../world.ts'
import { html, type Safe, safe } from './html.ts'

export const time = (ms: number): Safe =>
  html`<time datetime="${iso(ms)}">${iso(ms).slice(0, 16).replace('T', ' ')} UTC</time>`

export function person(world: World, id: number): Safe {
  const { name, username } = userShape(world, id)
  return html`<a href="/${username}" title="@${username}">${name}</a>`
}

/** Colours are `#rrggbb` by the rules of labels; a style attribute would break the page's CSP, so they are SVG. */
export function labelChip(label: LabelRow): Safe {
  const color = /^#[0-9a-f]{6}$/i.test(label.color) ? label.color : '#6699cc'
  const width = 18 + [...label.name].length * 7.4
  return html`<svg width="${width}" height="20" role="img" aria-label="label ${label.name}"><rect width="100%" height="20" rx="10" fill="${color}"/><text x="50%" y="14" text-anchor="middle" font-size="12" fill="${textColor(color)}">${label.name}</text></svg>`
}

export function crumbs(project: ProjectRow): Safe {
  const home = `/${project.full_path}`
  return html`<a href="${home}">${project.full_path}</a><a href="${home}/-/issues">Issues</a><a href="${home}/-/branches">Branches</a><a href="${home}/-/merge_requests">Merge requests</a><a href="/-/sandbox">Sandbox</a>`
}

export const state = (value: string): Safe =>
  html`<span class="state ${value}">${value === 'opened' ? 'Open' : value === 'merged' ? 'Merged' : 'Closed'}</span>`

export const space = safe(' ')
