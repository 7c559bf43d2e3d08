// Which addresses the desk writes to: plain ones, one sign @, nothing that a mail server, a command
// or a page could take for more than an address. Whether it exists, a reply will tell.

const plain = /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cf}]{1,64}@(?=[^@]{1,190}$)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u

export const isPlainAddress = (text: string): boolean => plain.test(text)

/**
 * The address in small letters, as far as they are of the English alphabet: mail servers look at those alone.
 * Wider folding makes two mailboxes one (the Kelvin sign is a small k then), and whoever has one would read the other's.
 */
export const foldedAddress = (address: string): string =>
  address.trim().replaceAll(/[A-Z]/gu, (letter) => letter.toLowerCase())

/** Of the same mailbox, as far as can be told. */
export const isSameAddress = (one: string, other: string): boolean =>
  foldedAddress(one) === foldedAddress(other)

/** Where belay.yaml lets only some domains use the form, only they may open tickets, by whatever way. */
export const isOfOurDomains = (
  address: string,
  { emailDomains }: { readonly emailDomains: readonly string[] },
): boolean =>
  emailDomains.length === 0 ||
  emailDomains.includes(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
