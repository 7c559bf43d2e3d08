// Text becomes HTML in one place. Most texts hold nothing to escape and go through as they are.

import { assetUrl } from '../asset-url.ts'

const special = /[&<>"']/
const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

/** For text between tags and inside quoted attributes. `null` and `undefined` are nothing. */
export const escapeHtml = (value: unknown): string => {
  if (value === null || value === undefined) return ''
  const text = String(value)
  return special.test(text) ? text.replace(/[&<>"']/g, (sign) => names[sign] ?? sign) : text
}

/** A shape of assets/icons.svg. Decoration only: a word always stands beside it or in a hidden text. */
export const iconHtml = (name: string, className = ''): string =>
  `<svg class="icon${className === '' ? '' : ` ${className}`}" aria-hidden="true"><use href="${assetUrl('icons.svg')}#${name}"/></svg>`
