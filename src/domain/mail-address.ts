// Which addresses the desk writes to: plain ones, one sign @, nothing that a mail server, a command
// or a page could take for more than an address. Whether it exists, a reply will tell.

const plain = /^[^\s@<>()[\],;:\\"\p{Cc}\p{Cf}]{1,64}@(?=[^@]{1,190}$)[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)+$/u

export const isPlainAddress = (text: string): boolean => plain.test(text)

/** Of the same mailbox, as far as can be told: letter case is not looked at. */
export const isSameAddress = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase()

/** Where belay.yaml lets only some domains use the form, only they may open tickets, by whatever way. */
export const isOfOurDomains = (
  address: string,
  { emailDomains }: { readonly emailDomains: readonly string[] },
): boolean =>
  emailDomains.length === 0 ||
  emailDomains.includes(address.slice(address.lastIndexOf('@') + 1).toLowerCase())
