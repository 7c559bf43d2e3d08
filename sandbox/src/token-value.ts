import { randomBytes } from 'node:crypto'

/** Tokens of GitLab begin like this since 14.5. */
export const newTokenValue = () => `glpat-${randomBytes(15).toString('base64url')}`
