// drafts
export {}
